"""Fills a database with made-up people, pitches and NDAs, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from database.address import Address
from database.connecting import Connection, connected
from database.errors import DatabaseRefusedError
from database.seed.making_up import DOMAIN, MadeUp, Nda, Person, Pitch, SavedPitch, Size, make_up
from database.seed.password import demo_hash, unknown_hash

Report = Callable[[str], None]
_TABLES: Final[Sequence[tuple[str, type[NamedTuple]]]] = (
    ("people", Person),
    ("pitches", Pitch),
    ("saved_pitches", SavedPitch),
    ("ndas", Nda),
)
"""In the order in which one refers to another."""
_LOCK: Final = 7_165_443_206_514_891_008


@dataclass(frozen=True)
class Seeded:
    people: int
    pitches: int
    ndas: int


@dataclass(frozen=True)
class Content:
    """How much is in the database, and how many of its people are made up."""

    people: int = 0
    made_up: int = 0
    pitches: int = 0


async def content(connection: Connection) -> Content:
    """Nothing where there is no table for it yet."""
    if await connection.fetchval("select to_regclass('pitches')") is None:
        return Content()
    row = await connection.fetchrow(
        "select (select count(*) from people) as people, (select count(*) from pitches) as pitches,"
        " (select count(*) from people where email like $1) as made_up",
        f"%@{DOMAIN}",
    )
    return Content(row["people"], row["made_up"], row["pitches"])


async def has_pitches(connection: Connection) -> bool:
    """False also where there is no table for them yet."""
    if await connection.fetchval("select to_regclass('pitches')") is None:
        return False
    return bool(await connection.fetchval("select exists (select from pitches)"))


async def seed(
    address: Address,
    *,
    known_password: bool,
    again: bool = False,
    size: Size | None = None,
    report: Report = lambda _text: None,
) -> Seeded:
    """With a `known_password` all made-up people share the demo's: for a database that nobody else can reach. Else nobody knows
    theirs. `again` makes them anew, with what is theirs; what others made stays. Raises `DatabaseError`, and has changed nothing then."""
    report("makes up people and pitches")
    password = demo_hash() if known_password else unknown_hash()
    made = make_up(size or Size(), password, datetime.now(UTC))
    async with connected(address, report=report) as connection:
        if await connection.fetchval("select to_regclass('ndas')") is None:
            raise DatabaseRefusedError(
                f"database {address} has no tables yet", "`pitchey database migrate` makes them"
            )
        report(f"writes {len(made.pitches)} pitches")
        async with connection.transaction():
            # Of two that seed at the same time the second finds what the first has written.
            await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
            if again:
                await connection.execute("delete from people where email like $1", f"%@{DOMAIN}")
            elif await has_pitches(connection):
                raise DatabaseRefusedError(
                    f"database {address} has pitches already",
                    "`--again` makes the made-up ones anew; what others made stays",
                )
            await _copy(connection, made)
        # So that the first queries are planned for what is there now.
        await connection.execute("analyze people, pitches, saved_pitches, ndas")
    return Seeded(len(made.people), len(made.pitches), len(made.ndas))


async def _copy(connection: Connection, made: MadeUp) -> None:
    rows = (made.people, made.pitches, made.saved, made.ndas)
    for (table, shape), records in zip(_TABLES, rows, strict=True):
        await connection.copy_records_to_table(table, records=records, columns=shape._fields)
