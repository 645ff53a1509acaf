"""A stack's database: where it is by the stack's own secrets, and how it is made ready beside a run of the engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from database.address import Address, parse_address
from database.connecting import Report, connected
from database.errors import DatabaseFailedError, DatabaseRefusedError
from database.migrating import look, migrate
from database.migration_files import Migration, read_migrations
from database.planning import Plan
from database.seed.making_up import demo_logins
from database.seed.password import DEMO_PASSWORD
from database.seeding import Seeded, has_pitches, seed
from delivery.errors import RefusedError
from delivery.stack import Stack

DATABASE_URL: Final = "databaseUrl"
_GLANCE_SECONDS: Final = 10.0
"""For a look that nobody waits for."""
_PREPARE_SECONDS: Final = 300.0
_HINT_HERE: Final = (
    "`pitchey local status` tells whether it runs, and if not, why; then run it again"
)


def migrations_of(project: Path) -> list[Migration]:
    """Raises `DatabaseRefusedError`."""
    return read_migrations(project / "database" / "migrations")


def database_of(target: Stack) -> Address:
    """By the stack's secret configuration; a stack of the local cloud that was never up has its database all the same. Raises
    `RefusedError`."""
    kept = (target.secrets(target.name) or {}).get(DATABASE_URL)
    url = kept or target.cloud.working_secret(DATABASE_URL, target.name)
    if url is None:
        raise RefusedError(
            f"pitchey:{DATABASE_URL} of {target.name} is not set, or cannot be decrypted here",
            f"`pulumi config set --secret pitchey:{DATABASE_URL} -s {target.name}` sets it",
        )
    return parse_address(url)


def is_rehearsal(target: Stack, address: Address) -> bool:
    """Whether the database is the local cloud's: nobody but whoever sits here has anything in it."""
    return target.cloud.name == "local" and address.is_on_this_machine


@dataclass(frozen=True)
class Ready:
    """What was done to the database; `waiting` and `newer` are names of files, where it was only looked at."""

    applied: tuple[str, ...] = ()
    seeded: Seeded | None = None
    waiting: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self, stack: str, cloud: str) -> Iterator[str]:
        """What a person is told of it."""
        if self.applied:
            yield f"database: {counted(len(self.applied), 'migration')} applied"
        if self.seeded is not None:
            yield seeded_line(self.seeded)
            yield login_line()
        if self.waiting:
            waits = "waits" if len(self.waiting) == 1 else "wait"
            yield (
                f"database: {counted(len(self.waiting), 'migration')} {waits}, {self.waiting[0]} first; "
                f"`pitchey database migrate {stack} --cloud {cloud}` applies what waits"
            )
        if self.newer:
            yield f"database: it is ahead of this checkout, by {self.newer[-1]}; left as it is"


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def seeded_line(seeded: Seeded) -> str:
    return (
        f"database: {seeded.pitches:,} pitches of {seeded.people:,} made-up people "
        f"and {seeded.ndas:,} NDAs"
    )


def login_line() -> str:
    """How one comes in as one of the made-up people, on this machine alone."""
    return (
        f"log in as {', '.join(demo_logins().values())}; the password of each is: {DEMO_PASSWORD}"
    )


class Preparation:
    """On the local cloud the stack's database is migrated and, when it has no pitches, filled; on any other it is only looked
    at. Runs in a thread of its own while the engine is busy, and ends with the process: what it was at is rolled back then."""

    def __init__(self, target: Stack, report: Report) -> None:
        self._target = target
        self._report = report
        self._ready = Ready()
        self.looks_only = target.cloud.name != "local"
        """Whether the database is not the local cloud's, as far as known: then nothing hangs on it."""
        self._wrong: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="database", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def done(self) -> Ready:
        """Waits for it. Raises `DatabaseError` or `DeliveryError` where the database could not be made ready, or seen."""
        self._thread.join()
        if self._wrong is not None:
            raise self._wrong
        return self._ready

    def _run(self) -> None:
        try:
            files = migrations_of(self._target.project)
            if files:
                address = database_of(self._target)
                local = is_rehearsal(self._target, address)
                self.looks_only = not local
                work = _bounded(address, files, self._report, local=local)
                self._ready = asyncio.run(work)
        except DatabaseFailedError as error:
            hint = error.hint if self.looks_only else _HINT_HERE
            self._wrong = DatabaseFailedError(error.what, hint)
        except Exception as error:
            self._wrong = error


async def _bounded(
    address: Address, files: list[Migration], report: Report, *, local: bool
) -> Ready:
    """A database that has let somebody in may still say nothing more."""
    seconds = _PREPARE_SECONDS if local else _GLANCE_SECONDS
    try:
        async with asyncio.timeout(seconds):
            return await (_prepare if local else _see)(address, files, report)
    except TimeoutError:
        raise DatabaseFailedError(
            f"database {address} was not done within {seconds:g} s", "run it again in a moment"
        ) from None


async def _prepare(address: Address, files: list[Migration], report: Report) -> Ready:
    async with connected(address, report=report) as connection:
        planned = await look(connection, files)
        is_empty = not await has_pitches(connection)
    if planned.newer:
        # An older commit is up on purpose: what a newer one has added does not disturb it.
        return _seen(planned)
    applied = await migrate(address, files) if planned.waiting else []
    seeded = await _seed_once(address) if is_empty else None
    return Ready(tuple(migration.file_name for migration in applied), seeded)


async def _seed_once(address: Address) -> Seeded | None:
    try:
        return await seed(address, known_password=True)
    except DatabaseRefusedError:
        # Somebody was quicker.
        return None


async def _see(address: Address, files: list[Migration], report: Report) -> Ready:
    async with connected(address, patience=_GLANCE_SECONDS, report=report) as connection:
        return _seen(await look(connection, files))


def _seen(planned: Plan) -> Ready:
    return Ready(
        waiting=tuple(migration.file_name for migration in planned.waiting),
        newer=tuple(row.file_name for row in planned.newer),
    )
