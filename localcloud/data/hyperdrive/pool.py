"""A configuration's links: at most so many, lent for one transaction each, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from localcloud.data.hyperdrive.channel import GoneError
from localcloud.data.hyperdrive.frames import WireError
from localcloud.data.hyperdrive.origin import IDLE, Link, OriginError

WAIT_SECONDS: Final = 15.0
IDLE_SECONDS: Final = 600.0
_NO_SLOT: Final = "Timed out while waiting for an open slot in the pool."
_NO_CONNECTION: Final = "Failed to acquire a connection from the pool."


class Pool:
    """`connect` makes a link; `limit` is how many there are at a time."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Link]],
        limit: int,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.limit = limit
        self.size = 0
        """Links that are open or being opened."""
        self.parameters: dict[str, str] = {}
        """What the origin said of itself last."""
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._idle: list[Link] = []
        self._waiting: deque[asyncio.Future[Link | None]] = deque()
        self._work: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return sum(not waiter.done() for waiter in self._waiting)

    async def acquire(self) -> Link:
        """Raises `OriginError` when there is none within the time, or no way to the origin."""
        waits = True
        try:
            async with asyncio.timeout(self._wait_seconds):
                link = self._ready() or await self._slot()
                waits = False
                return link or await self._open()
        except TimeoutError as error:
            raise OriginError.of(_NO_SLOT if waits else _NO_CONNECTION) from error

    def _ready(self) -> Link | None:
        while self._idle:
            link = self._idle.pop()
            if link.alive:
                return link
            self.size -= 1
        return None

    async def _slot(self) -> Link | None:
        """A link that was given back, or None with the right to open one."""
        if self.size < self.limit:
            self.size += 1
            return None
        waiter: asyncio.Future[Link | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            raise

    async def _open(self) -> Link:
        try:
            link = await self._connect()
        except BaseException:
            self._pass_on(None)
            raise
        self.parameters = link.parameters
        return link

    def _pass_on(self, link: Link | None) -> None:
        """To whoever waits longest; None is the right to open one."""
        if link is not None and (not link.alive or self._closed):
            link.close()
            link = None
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(link)
                return
        if link is None:
            self.size -= 1
            return
        link.idle_since = asyncio.get_running_loop().time()
        self._idle.append(link)

    def release(self, link: Link) -> None:
        """Takes a link back, however it was left."""
        clean = not (link.busy or link.skipping or link.unsynced or link.reset)
        if link.alive and clean and link.status == IDLE:
            self._pass_on(link)
        else:
            self._later(self._mend(link))

    async def _mend(self, link: Link) -> None:
        if link.busy or link.skipping or link.unsynced or not link.alive:
            # Whoever asked has gone in the middle of it: nobody is to wait for what it wanted.
            if link.busy and link.alive:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_seconds):
                        await link.cancel()
            link.close()
            self._pass_on(None)
            return
        try:
            async with asyncio.timeout(self._wait_seconds):
                await link.renew()
        except (GoneError, OriginError, WireError, TimeoutError):
            link.close()
            self._pass_on(None)
            return
        self._pass_on(link)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def reap(self, now: float) -> None:
        """Closes links that nobody has used for long, and those that the origin has closed."""
        for link in list(self._idle):
            if not link.alive or now - link.idle_since > IDLE_SECONDS:
                self._idle.remove(link)
                link.close()
                self.size -= 1

    def close(self) -> None:
        """Links that are lent are closed when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
            self.size -= 1
