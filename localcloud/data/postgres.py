"""The local cloud's Postgres: one cluster, a database and a role of its own for each stack.

It is started by whoever connects first, and again when it dies. It listens on loopback only; everybody logs in with a
password. Its files are the home's `postgres`; a kill at any moment costs nothing that was committed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from localcloud.data.hyperdrive.channel import GoneError
from localcloud.data.hyperdrive.config import Origin
from localcloud.data.hyperdrive.frames import WireError, columns
from localcloud.data.hyperdrive.origin import Link, OriginError, connect
from localcloud.data.names import database_name
from localcloud.data.programs import NoProgramsError, folder_of_programs
from localcloud.owner import bound, end, servant

_log = logging.getLogger(__name__)
LOOPBACK: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 2.0
"""For a last checkpoint; without one the next start takes a moment longer."""
_POLL_SECONDS: Final = 0.03
_SHORT_LIFE: Final = 2.0
_SETTINGS: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "min_wal_size": "4MB",
    "max_wal_size": "64MB",
    "jit": "off",
    "log_timezone": "Etc/UTC",
    "log_checkpoints": "off",
    "recovery_init_sync_method": "syncfs",
    "cluster_name": "pitchey",
}
_ACCESS: Final = f"host all all {LOOPBACK}/32 scram-sha-256\n"


class PostgresError(OSError):
    """Postgres does not run; the text says why, in one line."""


def program(name: str) -> Path:
    """One of Postgres' own programs (`postgres`, `initdb`, `psql`). Raises `PostgresError`."""
    try:
        return folder_of_programs() / name
    except NoProgramsError as error:
        raise PostgresError(str(error)) from error


@dataclass(frozen=True)
class Condition:
    """What goes wrong on purpose: nothing can be written, or no connection more is let in."""

    read_only: bool = False
    full: bool = False


class Postgres:
    """`folder` holds the data; `password` is the superuser's, which never leaves the machine's own processes."""

    def __init__(self, folder: Path, log: Path, password: str) -> None:
        self.port = 0
        self.stopped = False
        """Somebody wants it down."""
        self._folder = folder
        self._log_file = log
        self._password = password
        self._process: asyncio.subprocess.Process | None = None
        self._started = 0.0
        self._lock = asyncio.Lock()
        self._databases: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._condition = Condition()
        self._obeyed: Condition | None = None
        """Not known before it was told."""
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def reach(self) -> tuple[str, int]:
        """Where it listens, started if need be. Raises `PostgresError`."""
        if self.stopped:
            raise PostgresError("Postgres is down on purpose")
        if self.pid is None or self._databases != self._made:
            async with self._lock:
                await self._start()
        return LOOPBACK, self.port

    async def want(self, databases: Mapping[str, str], condition: Condition | None = None) -> None:
        """Stack → password of its role: each has its database from the next connection on. Raises `PostgresError`."""
        self._databases = dict(databases)
        self._condition = condition or Condition()
        settled = self._databases == self._made and self._condition == self._obeyed
        if self.pid is not None and not settled:
            async with self._lock:
                await self._settle()

    async def take_down(self) -> None:
        """Until `bring_up`."""
        self.stopped = True
        async with self._lock:
            await self._end(signal.SIGQUIT)

    def bring_up(self) -> None:
        self.stopped = False

    async def stop(self) -> None:
        self.stopped = True
        async with self._lock:
            await self._end(signal.SIGINT)

    async def _start(self) -> None:
        if self.stopped:
            raise PostgresError("Postgres is down on purpose")
        if self.pid is None:
            if not (self._folder / "PG_VERSION").exists():
                await self._initialize()
            self._own_files()
            await asyncio.to_thread(_end_left_over, self._folder)
            await self._launch()
        await self._settle()

    async def _initialize(self) -> None:
        """Beside, and then in place: what was interrupted is not taken for a cluster."""
        fresh = self._folder.with_name(f".{self._folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        word = fresh.with_suffix(".password")
        word.touch(mode=0o600)
        word.write_text(f"{self._password}\n")
        try:
            process = await asyncio.create_subprocess_exec(
                program("initdb"),
                f"--pgdata={fresh}",
                f"--username={SUPERUSER}",
                f"--pwfile={word}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--wal-segsize=1",
                "--no-sync",
                "--no-instructions",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                preexec_fn=bound(),
                env=_environment(),
            )
            _, said = await process.communicate()
        finally:
            word.unlink(missing_ok=True)
        if process.returncode:
            last = (said.decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
            raise PostgresError(f"Postgres could not make its files in {self._folder}: {last}")
        (fresh / "pg_hba.conf").write_text(_ACCESS)
        if self._folder.exists():
            self._folder.rmdir() if not any(self._folder.iterdir()) else shutil.rmtree(self._folder)
        fresh.rename(self._folder)

    def _own_files(self) -> None:
        """Files of a snapshot that was laid out are root's."""
        self._folder.chmod(0o700)
        other = servant()
        if other is not None and self._folder.stat().st_uid != other[0]:
            for path in (self._folder, *self._folder.rglob("*")):
                self._give(path)

    def _give(self, path: Path) -> None:
        other = servant()
        if other is not None:
            os.chown(path, *other, follow_symlinks=False)

    async def _launch(self) -> None:
        self.port = _free_port()
        settings = {**_SETTINGS, "port": str(self.port)}
        # So that it cannot be read by anybody else whatever the umask.
        log = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                program("postgres"),
                "-D",
                str(self._folder),
                *(word for item in settings.items() for word in ("-c", "=".join(item))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=bound(signal.SIGQUIT),
                env=_environment(),
            )
        finally:
            os.close(log)
        self._process = process
        self._made = {}
        self._obeyed = None
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        self._watching = asyncio.create_task(self._watch(process))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while True:
                    if process.returncode is not None:
                        raise PostgresError(f"Postgres does not start: {self._last_words()}")
                    with suppress(OriginError):
                        (await self._superuser()).close()
                        break
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            await self._end(signal.SIGQUIT)
            raise PostgresError(f"Postgres does not start: {self._last_words()}") from error
        _log.info("Postgres runs (process %d, %.2f s)", process.pid, loop.time() - self._started)

    def _last_words(self) -> str:
        lines = self._log_file.read_text("utf-8", "replace").splitlines()
        told = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
        return f"{told[-1] if told else 'it said nothing'} ({self._log_file})"

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Starts it again when it dies; one that dies at once is left to the next connection."""
        await process.wait()
        loop = asyncio.get_running_loop()
        if self.stopped or self._process is not process:
            return
        _log.warning("Postgres ended with status %s", process.returncode)
        if loop.time() - self._started > _SHORT_LIFE:
            with suppress(PostgresError):
                await self.reach()

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        await end(process, (how, signal.SIGQUIT, signal.SIGKILL), _GRACE_SECONDS)

    # Databases

    async def _superuser(self, database: str = SUPERUSER) -> Link:
        return await connect(Origin(LOOPBACK, self.port, SUPERUSER, database, self._password))

    async def _settle(self) -> None:
        """Makes the databases that are wanted and not there yet."""
        try:
            link = await self._superuser()
        except OriginError as error:
            raise PostgresError(f"Postgres does not answer: {error}") from error
        try:
            for stack, password in self._databases.items():
                if self._made.get(stack) != password:
                    await self._make(link, database_name(stack), password)
                    self._made[stack] = password
            self._made = {s: p for s, p in self._made.items() if s in self._databases}
            if self._obeyed != self._condition:
                await self._obey(link, self._condition)
                self._obeyed = self._condition
        except (OriginError, GoneError, WireError) as error:
            raise PostgresError(f"Postgres cannot make a database: {error}") from error
        finally:
            link.close()

    async def _obey(self, link: Link, condition: Condition) -> None:
        await link.execute("SET default_transaction_read_only = off")
        limit = 0 if condition.full else -1
        for stack in self._made:
            own = _identifier(database_name(stack))
            await link.execute(f"ALTER DATABASE {own} CONNECTION LIMIT {limit}")
        switch = "on" if condition.read_only else "off"
        await link.execute(f"ALTER SYSTEM SET default_transaction_read_only = {switch}")
        await link.execute("SELECT pg_reload_conf()")

    async def _make(self, link: Link, name: str, password: str) -> None:
        own, word, told = _identifier(name), _literal(password), _literal(name)
        await link.execute("SET default_transaction_read_only = off")
        if not await link.execute(f"SELECT 1 FROM pg_roles WHERE rolname = {told}"):  # noqa: S608
            await link.execute(f"CREATE ROLE {own}")
        await link.execute(f"ALTER ROLE {own} LOGIN PASSWORD {word}")
        if not await link.execute(f"SELECT 1 FROM pg_database WHERE datname = {told}"):  # noqa: S608
            await link.execute(f"CREATE DATABASE {own} OWNER {own}")
        # Nobody but the owner: staging's role has no business in production's database.
        for database in (own, SUPERUSER, "template1"):
            await link.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")

    async def describe(self) -> dict[str, int]:
        """Database → connections in use; empty while it does not run."""
        if self.pid is None:
            return {}
        asked = (
            "SELECT d.datname, count(a.pid) FROM pg_database d LEFT JOIN pg_stat_activity a "
            "ON a.datid = d.oid AND a.backend_type = 'client backend' "
            "WHERE d.datname LIKE 'pitchey\\_%' GROUP BY 1 ORDER BY 1"
        )
        try:
            link = await self._superuser()
            try:
                rows = await link.execute(asked)
            finally:
                link.close()
        except (OriginError, GoneError, WireError):
            return {}
        found = [tuple(columns(row)) for row in rows]
        return {(name or b"").decode(): int(count or b"0") for name, count in found}


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def _end_left_over(folder: Path) -> None:
    """What an earlier run of this very cluster left running, or written down of itself."""
    note = folder / "postmaster.pid"
    try:
        lines = note.read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if str(folder) in process.cmdline() and "postgres" in process.name():
            family = [process, *process.children(recursive=True)]
            with suppress(psutil.Error):
                process.send_signal(signal.SIGQUIT)
            _, alive = psutil.wait_procs(family, _STOP_SECONDS)
            for one in alive:
                with suppress(psutil.Error):
                    one.kill()
            psutil.wait_procs(alive, _STOP_SECONDS)
    except (OSError, ValueError, IndexError, psutil.Error):
        pass
    with suppress(FileNotFoundError):
        note.unlink()
