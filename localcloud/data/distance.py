"""A distance between the edge and a service that runs next to it: a TCP relay by which bytes take their time.

Each byte takes half a round trip either way. Nothing overtakes, and as much can be under way as there is room for, so that
only time is lost, no throughput. Setting up a connection costs one round trip, as TCP's handshake does: whoever connects here
is connected at once and does not notice, but what it says first arrives one and a half round trips later instead of half a one.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

DEFAULTS: Final = {"postgres": 0.040, "redis": 0.015}
"""Round trips in seconds."""
LOOPBACK: Final = "127.0.0.1"
_MOST_UNDER_WAY: Final = 32 << 20
BACKLOG: Final = 1024


@dataclass
class Way:
    """How long it takes, and may be changed while bytes are under way: `round_trip` always, `slow` besides for that share
    (`rate`, 0 < r ≤ 1) of what is asked. In seconds."""

    round_trip: float
    slow: float = 0.0
    rate: float = 1.0

    @property
    def half(self) -> float:
        return self.round_trip / 2

    def asking(self) -> float:
        """From here to the service."""
        struck = self.slow > 0 and random.random() < self.rate  # noqa: S311
        return self.half + (self.slow if struck else 0.0)

    def answering(self) -> float:
        return self.half


class Relay:
    """`reach` says where the service listens, and may start it first; an `OSError` from it refuses the connection."""

    def __init__(self, way: Way, reach: Callable[[], Awaitable[tuple[str, int]]]) -> None:
        self.way = way
        self._reach = reach
        self._server: asyncio.AbstractServer | None = None
        self._connections: set[_Connection] = set()

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def listen(self, listener: socket.socket) -> None:
        """`listener` listens already, and may outlive this relay."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._begin().near(), sock=listener, backlog=BACKLOG
        )

    def cut(self) -> None:
        """Ends every connection, as when the service goes down."""
        for connection in list(self._connections):
            connection.abort()

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def _begin(self) -> _Connection:
        connection = _Connection(self.way, self._reach, self._connections.discard)
        self._connections.add(connection)
        return connection


class _Pipe:
    """One direction."""

    def __init__(self, delay: Callable[[], float], not_before: float) -> None:
        self.source: asyncio.Transport | None = None
        self._delay = delay
        self._last = not_before
        self._under_way: deque[tuple[float, bytes | None]] = deque()
        self._size = 0
        self._target: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._blocked = False
        self._paused = False
        self._loop = asyncio.get_running_loop()

    def push(self, data: bytes | None) -> None:
        """None: nothing more comes."""
        self._last = max(self._last, self._loop.time() + self._delay())
        self._under_way.append((self._last, data))
        self._size += len(data or b"")
        if self._size > _MOST_UNDER_WAY and not self._paused and self.source is not None:
            self._paused = True
            self.source.pause_reading()
        self._schedule()

    def attach(self, target: asyncio.Transport) -> None:
        self._target = target
        self._schedule()

    def block(self, blocked: bool) -> None:
        self._blocked = blocked
        self._schedule()

    def _schedule(self) -> None:
        ready = self._under_way and self._target is not None and not self._blocked
        if ready and self._timer is None:
            self._timer = self._loop.call_at(self._under_way[0][0], self._deliver)

    def _deliver(self) -> None:
        self._timer = None
        target = self._target
        now = self._loop.time()
        while self._under_way and target is not None and not self._blocked:
            due, data = self._under_way[0]
            if due > now:
                break
            self._under_way.popleft()
            if data is None:
                target.close()
                break
            self._size -= len(data)
            target.write(data)
        if self._paused and self._size < _MOST_UNDER_WAY // 2 and self.source is not None:
            self._paused = False
            self.source.resume_reading()
        self._schedule()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._under_way.clear()
        self._target = None


class _Connection:
    def __init__(
        self,
        way: Way,
        reach: Callable[[], Awaitable[tuple[str, int]]],
        ended: Callable[[_Connection], None],
    ) -> None:
        now = asyncio.get_running_loop().time()
        self.out = _Pipe(way.asking, now + way.round_trip + way.half)
        self.back = _Pipe(way.answering, now)
        self._reach = reach
        self._ended = ended
        self._task: asyncio.Task[None] | None = None
        self._way = way
        self._open = 0

    def near(self) -> asyncio.Protocol:
        return _End(self, self._arrived, says=self.out, hears=self.back)

    def _far(self) -> asyncio.Protocol:
        return _End(self, self._reached, says=self.back, hears=self.out)

    def _arrived(self, near: asyncio.Transport) -> None:
        self.out.source = near
        self._open += 1
        self.back.attach(near)
        self._task = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            host, port = await self._reach()
            await asyncio.get_running_loop().create_connection(self._far, host, port)
        except OSError:
            self.abort()

    def _reached(self, far: asyncio.Transport) -> None:
        self.back.source = far
        self._open += 1
        self.out.attach(far)

    def lost(self, other: asyncio.Transport | None) -> None:
        """One side is gone: the other hears of it when what was said before has arrived."""
        self._open -= 1
        if self._open <= 0 or other is None:
            self.abort()
            return
        asyncio.get_running_loop().call_later(self._way.half + self._way.slow, other.close)

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for pipe in (self.out, self.back):
            if pipe.source is not None:
                pipe.source.abort()
        self.out.end()
        self.back.end()
        self._ended(self)


class _End(asyncio.Protocol):
    """The near or the far one: `made` gets its transport, what it says goes into one pipe, what it hears comes by the other."""

    def __init__(
        self,
        connection: _Connection,
        made: Callable[[asyncio.Transport], None],
        *,
        says: _Pipe,
        hears: _Pipe,
    ) -> None:
        self._connection = connection
        self._made = made
        self._says = says
        self._hears = hears

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made(transport)  # pyright: ignore[reportArgumentType]

    def data_received(self, data: bytes) -> None:
        self._says.push(data)

    def eof_received(self) -> bool:
        self._says.push(None)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.lost(self._hears.source)

    def pause_writing(self) -> None:
        self._hears.block(True)

    def resume_writing(self) -> None:
        self._hears.block(False)
