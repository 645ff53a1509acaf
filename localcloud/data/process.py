"""The process of the data services, as the daemon holds it: started when something needs it, started again when it dies."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from localcloud.data.distance import BACKLOG, LOOPBACK
from localcloud.data.record import DatabaseRecord
from localcloud.owner import ending_with

Json = dict[str, Any]
_log = logging.getLogger(__name__)
_ANSWER_SECONDS: Final = 40.0
_STOP_SECONDS: Final = 12.0
_PAUSE_SECONDS: Final = 1.0
_CODE: Final = Path(__file__).resolve().parents[2]
_NOTE: Final = "data-sockets.json"
_PREFIX: Final = "pitchey-data-"
_LINE_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class Faults:
    """What goes wrong on purpose: Postgres `down`, or `slow` by so many seconds for that share (`rate`) of what it is asked,
    or `read_only`, or `full`: at its limit of connections, those that are open apart."""

    down: bool = False
    slow: float = 0.0
    rate: float = 1.0
    read_only: bool = False
    full: bool = False


@dataclass(frozen=True)
class Wanted:
    """All that the services are to do. `configs`: Hyperdrive's, in the API's words, their origins' passwords included."""

    configs: Sequence[Json] = field(repr=False, default=())
    databases: dict[str, str] = field(repr=False, default_factory=dict[str, str])
    distance: float = 0.0
    faults: Faults = field(default_factory=Faults)

    @property
    def anything(self) -> bool:
        return bool(self.configs or self.databases)


class DataProcess:
    """`home` is the local cloud's folder. Sockets lie in a folder of their own with a short name, `sockets`, which is there
    before anything runs."""

    def __init__(self, home: Path, record: DatabaseRecord) -> None:
        self.sockets = _fresh_folder(home)
        self.error: str | None = None
        """Why it does not run, or does not do what it is to do."""
        self._home = home
        self._record = record
        self._wanted = Wanted()
        self._process: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._lock = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._closed = False
        self._listener: socket.socket | None = None

    async def apply(self, wanted: Wanted) -> None:
        """Returns when it is so; what fails is in `error`, since the rest of the cloud goes on."""
        self._wanted = wanted
        async with self._lock:
            if self._closed or (not self._running and not wanted.anything):
                return
            try:
                if not self._running:
                    await self._start()
                answer = await self._order({"do": "apply", **asdict(wanted)})
                self.error = answer.get("problem")
            except (OSError, TimeoutError) as error:
                self.error = str(error) or "the data services do not answer"
            if self.error:
                _log.error("data services: %s", self.error)

    @property
    def _running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def describe(self) -> Json | None:
        """What they are doing; None while nothing needed them."""
        if not self._running:
            return None if self.error is None else {"error": self.error}
        try:
            answer = await self._order({"do": "status"})
        except (OSError, TimeoutError):
            return {"error": "the data services do not answer"}
        return {**answer, "error": self.error}

    def processes(self) -> list[tuple[str, int]]:
        """Name and id of each, from the one that starts the others on."""
        if self._process is None or not self._running:
            return []
        found = [("data services", self._process.pid)]
        with suppress(psutil.Error):
            children = psutil.Process(self._process.pid).children(recursive=True)
            found += [("postgres", child.pid) for child in children]
        return found

    async def close(self) -> None:
        self._closed = True
        async with self._lock:
            process = self._process
            if process is not None and process.returncode is None:
                if process.stdin is not None:
                    process.stdin.close()
                try:
                    async with asyncio.timeout(_STOP_SECONDS):
                        await process.wait()
                except TimeoutError:
                    process.kill()
                    await process.wait()
        if self._reading is not None:
            self._reading.cancel()
        if self._listener is not None:
            self._listener.close()
        shutil.rmtree(self.sockets, ignore_errors=True)

    async def _start(self) -> None:
        """Raises `OSError`."""
        if self._listener is None:
            self._listener = self._listen()
        process = await self._launch(self._listener)
        told = await self._first(process)
        if "ready" not in told:
            raise OSError(told["error"])
        self._process = process
        self._reading = asyncio.create_task(self._read(process))

    def _listen(self) -> socket.socket:
        """It outlives each process: while one is started again, connections wait instead of being refused."""
        for port in self._record.ports():
            with suppress(OSError):
                listener = socket.create_server((LOOPBACK, port), backlog=BACKLOG)
                self._record.remember(port)
                return listener
        raise OSError("no free port for Postgres")

    async def _launch(self, listener: socket.socket) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "localcloud.data"),
            *("--data", str(self._home / "postgres"), "--log", str(self._home / "postgres.log")),
            *("--sockets", str(self.sockets), "--listener", str(listener.fileno())),
            *("--earlier", *map(str, self._record.earlier)),
            cwd=_CODE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            pass_fds=(listener.fileno(),),
            preexec_fn=ending_with(),
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps({"password": self._record.password}).encode() + b"\n")
        return process

    async def _first(self, process: asyncio.subprocess.Process) -> Json:
        if process.stdout is None:
            raise OSError("the data services have no output")
        async with asyncio.timeout(_ANSWER_SECONDS):
            line = await process.stdout.readline()
        return json.loads(line) if line else {"error": "the data services did not start"}

    async def _order(self, order: Json) -> Json:
        process = self._process
        if process is None or process.stdin is None:
            raise ConnectionError("the data services do not run")
        number = next(self._numbers)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            process.stdin.write(json.dumps({"id": number, **order}).encode() + b"\n")
            await process.stdin.drain()
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await answer
        finally:
            self._answers.pop(number, None)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout is not None and (line := await process.stdout.readline()):
            told = json.loads(line)
            waiting = self._answers.get(told.pop("id", 0))
            if waiting is not None and not waiting.done():
                waiting.set_result(told)
        await process.wait()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the data services have ended"))
        if not self._closed:
            _log.warning("the data services ended with status %s", process.returncode)
            await asyncio.sleep(_PAUSE_SECONDS)
            await self.apply(self._wanted)


def _fresh_folder(home: Path) -> Path:
    """Sockets need short paths, which a home may not have. What a killed daemon of this very home left is removed."""
    note = home / _NOTE
    with suppress(OSError, ValueError, KeyError, TypeError):
        left = json.loads(note.read_text(encoding="utf-8"))
        # In a copy of a home, the folder is that of the home that it was copied from.
        if left["home"] == str(home) and Path(left["folder"]).name.startswith(_PREFIX):
            shutil.rmtree(left["folder"], ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    note.touch(mode=0o600)
    note.write_text(json.dumps({"home": str(home), "folder": folder}), encoding="utf-8")
    return Path(folder)
