"""A connection as a sequence of frames, with its own pace each way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from localcloud.data.hyperdrive.frames import FrameBuffer, WireError

_T = TypeVar("_T")
_MOST_BUFFERED: Final = 1 << 20


class GoneError(ConnectionError):
    """The other side has closed the connection."""


class Channel(asyncio.Protocol):
    """What arrived before the end can still be read after it. One reader at a time."""

    def __init__(self, on_close: Callable[[], None] | None = None) -> None:
        self.closed = False
        self._frames = FrameBuffer()
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._paused = False
        self._on_close = on_close
        self._transport: asyncio.Transport | None = None

    @property
    def transport(self) -> asyncio.Transport:
        if self._transport is None:
            raise GoneError
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)
        self._wake()

    def _pause(self) -> None:
        # Only once nobody is able to make a frame of what is there.
        if len(self._frames) > _MOST_BUFFERED and not self._paused and self._waiter is None:
            self._paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._writable.set()

    def _end(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._wake()
        if self._on_close is not None:
            self._on_close()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        elif waiter is None:
            self._pause()

    async def _more(self) -> None:
        if self.closed:
            raise GoneError
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def _taken(self, take: Callable[[], _T | None]) -> _T:
        while True:
            found = take()
            if found is not None:
                return found
            await self._more()

    async def read_byte(self) -> bytes:
        """Raises `GoneError`."""
        return await self._taken(self._frames.take_byte)

    async def read_first(self) -> bytes:
        """The body of a first message. Raises `GoneError`, `WireError`."""
        return await self._taken(self._frames.take_first)

    async def read(self) -> bytes:
        """Raises `GoneError`, `WireError`."""
        return await self._taken(self._frames.take)

    async def read_all(self) -> list[bytes]:
        """Every frame that is there, at least one. Raises `GoneError`, `WireError`."""
        return await self._taken(self._frames.take_all)

    async def ready(self) -> None:
        """Returns when there is something to read, or the other side has closed."""
        if not len(self._frames) and not self.closed:
            await self._more()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self.closed:
            self.transport.write(data)

    async def drain(self) -> None:
        """Waits while the other side does not take what was written."""
        if not self._writable.is_set():
            await self._writable.wait()

    async def say_last(self, data: bytes, seconds: float) -> None:
        """Waits until the other side has closed: closing while something of it is unread would take the last words back."""
        self.write(data)
        if self._transport is None or self.closed:
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        with suppress(TimeoutError, GoneError, WireError):
            async with asyncio.timeout(seconds):
                while True:
                    await self.read_all()

    def close(self) -> None:
        """What was written is still sent."""
        if self._transport is not None:
            self._transport.close()
