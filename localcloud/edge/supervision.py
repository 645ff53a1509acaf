"""Processes that are kept: started when first asked for or at once, and again when they die."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from localcloud.edge import process
from localcloud.edge.errors import EdgeError
from localcloud.edge.model import EdgeProcess
from localcloud.edge.process import Program, Workerd
from localcloud.edge.sockets import refuse_waiting
from localcloud.edge.stale import Ledger

_log = logging.getLogger(__name__)
_SHORT_LIFE: Final = 2.0
_LONGEST_PAUSE: Final = 5.0
_HURRIED: Final = 0.5


@dataclass
class Ground:
    """Where processes are started. `folder`: short and only for its owner, for sockets; `configs`: for a moment, the
    configuration of each."""

    workerd: Path
    folder: Path
    configs: Path
    ledger: Ledger
    running: dict[int, Workerd] = field(default_factory=dict[int, Workerd])
    quickest: float = 0.0
    """Seconds that the quickest start took: what starting costs without any code."""
    _numbers: count[int] = field(default_factory=count)

    async def start(
        self,
        name: str,
        program: Program,
        sockets: Mapping[str, socket.socket],
        watch: Callable[[Workerd], None] | None = None,
    ) -> Workerd:
        """Raises `StartError`."""

        def note(running: Workerd) -> None:
            self.running[running.pid] = running
            self.ledger.add(running.pid)
            running.on_end(lambda: self._forget(running.pid))
            if watch is not None:
                watch(running)

        folder = self.configs / str(next(self._numbers))
        running = await process.start(self.workerd, name, program, sockets, folder, note)
        seconds = running.startup_seconds
        self.quickest = min(self.quickest, seconds) if self.quickest else seconds
        return running

    def _forget(self, pid: int) -> None:
        self.running.pop(pid, None)
        self.ledger.remove(pid)

    def next_path(self, prefix: str) -> Path:
        return self.folder / f"{prefix}{next(self._numbers)}"

    def processes(self) -> list[EdgeProcess]:
        return [EdgeProcess(running.name, running.pid) for running in self.running.values()]


class Supervised:
    """A program on sockets that outlive its processes. `ready` is awaited after each start, before it counts as started."""

    def __init__(
        self,
        ground: Ground,
        name: str,
        program: Program,
        sockets: Mapping[str, socket.socket],
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self.program = program
        self.sockets = sockets
        self.running: Workerd | None = None
        self._ground = ground
        self._ready = ready
        self._wanted = True
        self._armed = False
        self._pause = 0.0
        self._lock = asyncio.Lock()
        self._again: asyncio.Task[None] | None = None

    async def start(self, watch: Callable[[Workerd], None] | None = None) -> Workerd:
        """Returns at once when it runs already. Raises `StartError`."""
        async with self._lock:
            self._disarm()
            if self.running is not None:
                return self.running
            running = await self._ground.start(self.name, self.program, self.sockets, watch)
            if self._ready is not None:
                await self._ready()
            self.running = running
            running.on_end(lambda: self._died(running))
            return running

    def arm(self) -> None:
        """Starts it with the first connection, which waits in the socket's queue meanwhile."""
        if self.running is None and not self._armed and self._wanted and "serve" in self.sockets:
            self._armed = True
            asyncio.get_running_loop().add_reader(self.sockets["serve"], self._asked)

    def _disarm(self) -> None:
        if self._armed:
            self._armed = False
            asyncio.get_running_loop().remove_reader(self.sockets["serve"])

    def _asked(self) -> None:
        self._disarm()
        self._again = asyncio.get_running_loop().create_task(self._restart())

    def _died(self, dead: Workerd) -> None:
        if self.running is not dead:
            return
        self.running = None
        if not self._wanted:
            return
        _log.warning("workerd for %s ended by itself and is started again", self.name)
        lived = time.monotonic() - dead.started
        self._pause = min(_LONGEST_PAUSE, self._pause * 2 + 0.1) if lived < _SHORT_LIFE else 0.0
        self._again = asyncio.get_running_loop().create_task(self._restart())

    async def _restart(self) -> None:
        while self._wanted:
            await asyncio.sleep(self._pause)
            try:
                await self.start()
            except EdgeError as error:
                _log.warning("%s", error)
                if "serve" in self.sockets:
                    refuse_waiting(self.sockets["serve"])
                self._pause = min(_LONGEST_PAUSE, self._pause * 2 + 0.1)
            else:
                return

    async def stop(self, grace: float) -> None:
        """Lets requests in flight end; nothing is started again."""
        self._wanted = False
        if self._again is not None and self._again is not asyncio.current_task():
            self._again.cancel()
        async with self._lock:
            self._disarm()
            running, self.running = self.running, None
        if running is not None:
            await running.stop(grace)


class Departures:
    """What is no longer referenced, on its way out: a moment for requests that were already routed to it, then for those in
    flight."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._tasks: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    def add(self, end: Callable[[float], Awaitable[None]], delay: float, grace: float) -> None:
        """Calls `end(grace)` after `delay` seconds."""

        async def leave() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._hurry.wait()
            await end(_HURRIED if self._hurry.is_set() else grace)

        task = asyncio.create_task(leave())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """All of them, within a moment."""
        self._hurry.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_HURRIED)
        for running in list(self._ground.running.values()):
            if running.stopping:
                await running.kill()
        await asyncio.gather(*self._tasks)
