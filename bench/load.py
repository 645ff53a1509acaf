"""A small HTTP/1.1 load generator on raw sockets, so that little of the two cores goes into asking.

Keep-alive connections, one request at a time on each. A request is lost when no whole answer comes, or one of 500 or above.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import uvloop

T = TypeVar("T")
_END_OF_HEAD: Final = b"\r\n\r\n"
_END_OF_CHUNKS: Final = b"0\r\n\r\n"
_BODILESS: Final = frozenset({204, 304})
_REFUSED_PAUSE: Final = 0.01
_CONNECTIONS: Final = 32
_PATIENCE_SECONDS: Final = 10


@dataclass
class Tally:
    """`seen[n]` is the value of the watched header in the answer to the n-th request, None without one. `milliseconds`
    are the times of the answers in the order in which they came."""

    requests: int = 0
    lost: int = 0
    seconds: float = 0.0
    seen: list[str | None] = field(default_factory=list[str | None])
    milliseconds: list[float] = field(default_factory=list[float])

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def shares(self) -> Counter[str]:
        """How often each value of the watched header was seen."""
        return Counter(value for value in self.seen if value is not None)


class _Asking:
    """What the connections of one load share: which request comes next, and what came of those before it."""

    def __init__(self, requests: Callable[[int], bytes], total: int, watched: str) -> None:
        self.tally = Tally(seen=[None] * total)
        self.watched = watched.lower().encode()
        self._requests = requests
        self._total = total
        self._asked = 0

    @property
    def done(self) -> bool:
        return self._asked >= self._total

    def next(self) -> tuple[int, bytes] | None:
        if self.done:
            return None
        number = self._asked
        self._asked += 1
        return number, self._requests(number)

    def lose(self) -> None:
        self.tally.requests += 1
        self.tally.lost += 1


class _Connection(asyncio.Protocol):
    def __init__(self, asking: _Asking) -> None:
        self._asking = asking
        self._buffer = bytearray()
        self._number: int | None = None
        self._since = 0.0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        request = self._asking.next()
        if request is None:
            self._transport.close()
            return
        self._number, content = request
        self._since = time.perf_counter()
        self._transport.write(content)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(_END_OF_HEAD)
        if head_end < 0:
            return
        head = bytes(self._buffer[:head_end]).lower()
        body = len(self._buffer) - head_end - len(_END_OF_HEAD)
        length = header(head, b"content-length")
        whole = self._buffer.endswith(_END_OF_CHUNKS) if length is None else body >= int(length)
        if not whole:
            return
        self._buffer.clear()
        self._answered(head)
        self._ask()

    def _answered(self, head: bytes) -> None:
        tally, number = self._asking.tally, self._number
        self._number = None
        tally.milliseconds.append((time.perf_counter() - self._since) * 1000)
        tally.requests += 1
        if int(head[9:12]) >= 500:
            tally.lost += 1
        if self._asking.watched and number is not None:
            value = header(head, self._asking.watched)
            tally.seen[number] = None if value is None else value.decode()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number is not None:
            self._asking.lose()
        if not self.closed.done():
            self.closed.set_result(None)


def header(head: bytes, name: bytes) -> bytes | None:
    """Of a head in lower case, as the name has to be."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def _is_whole(head: bytes, body: bytes) -> bool:
    length = header(head, b"content-length")
    return body.endswith(_END_OF_CHUNKS) if length is None else len(body) >= int(length)


def on_a_loop(asking: Coroutine[Any, Any, T]) -> T:
    """Runs it on the quickest event loop, since what asks takes its time from what answers."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asking)


def get(host: str, path: str = "/", headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{k}: {v}" for k, v in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def run_load(
    port: int,
    requests: Callable[[int], bytes],
    *,
    total: int,
    connections: int = 20,
    watched: str = "",
) -> Tally:
    """Asks `total` times over so many connections to 127.0.0.1; `requests(n)` is the n-th request. Bounded: a connection
    that is lost has used up a request, and so has one that is refused."""
    asking = _Asking(requests, total, watched)

    async def keep_asking() -> None:
        while not asking.done:
            try:
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(asking), "127.0.0.1", port
                )
            except OSError:
                if asking.next() is not None:
                    asking.lose()
                await asyncio.sleep(_REFUSED_PAUSE)
                continue
            await connection.closed

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    asking.tally.seconds = time.perf_counter() - started
    return asking.tally


async def run_paced(
    port: int, requests: Callable[[int], bytes], *, per_second: float, seconds: float
) -> Tally:
    """Asks at a steady rate, each request on a connection that is free: times are counted from when a request was due, so
    that one slow answer cannot hide those that wait behind it (coordinated omission)."""
    total = round(per_second * seconds)
    tally = Tally(seen=[None] * total)
    free: asyncio.Queue[Steady] = asyncio.Queue()
    for _ in range(20):
        free.put_nowait(await Steady.to(port))
    started = time.perf_counter()

    async def ask(number: int) -> None:
        due = started + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await free.get()
        try:
            status = (await connection.ask(requests(number))).status
        except ConnectionError:
            status = 0
            connection = await Steady.to(port)
        free.put_nowait(connection)
        tally.milliseconds.append((time.perf_counter() - due) * 1000)
        tally.requests += 1
        tally.lost += status == 0 or status >= 500

    await asyncio.gather(*(ask(number) for number in range(total)))
    tally.seconds = time.perf_counter() - started
    while not free.empty():
        free.get_nowait().close()
    return tally


@dataclass(frozen=True, slots=True)
class Answer:
    """`head` in lower case, without the empty line at its end, and `told` as it came; a body that came in chunks has
    them still in it."""

    status: int
    head: bytes
    body: bytes
    told: bytes = b""


class Steady(asyncio.Protocol):
    """One connection, asked for one answer at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[Answer] | None = None

    @staticmethod
    async def to(port: int, tls: ssl.SSLContext | None = None, host: str | None = None) -> Steady:
        """A connection to 127.0.0.1, with `tls` for a host name. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            Steady, "127.0.0.1", port, ssl=tls, server_hostname=host
        )
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    @property
    def is_closed(self) -> bool:
        return self._transport.is_closing()

    async def ask(self, content: bytes) -> Answer:
        """Raises `ConnectionError`."""
        if self.is_closed:
            raise ConnectionError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(content)
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(_END_OF_HEAD)
        if head_end < 0 or self._answer is None or self._answer.done():
            return
        told = bytes(self._buffer[:head_end])
        head = told.lower()
        status = int(head[9:12])
        body = bytes(self._buffer[head_end + len(_END_OF_HEAD) :])
        if status in _BODILESS or _is_whole(head, body):
            self._buffer.clear()
            self._answer.set_result(Answer(status, head, body, told))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError())


class Connections:
    """At most `most` at a time to 127.0.0.1, each asked for one answer after another, and within `free` alone. `patience` in
    seconds."""

    def __init__(
        self,
        port: int,
        tls: ssl.SSLContext | None = None,
        host: str | None = None,
        most: int = _CONNECTIONS,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._port, self._tls, self._host = port, tls, host
        self._idle: list[Steady] = []
        self._patience = patience
        self.free = asyncio.Semaphore(most)

    async def ask(self, content: bytes) -> Answer | None:
        """None where no answer comes in time; that connection is not asked again."""
        connection = self._idle.pop() if self._idle else None
        # One that the edge closed while nobody used it was never asked.
        while connection is not None and connection.is_closed:
            connection = self._idle.pop() if self._idle else None
        try:
            async with asyncio.timeout(self._patience):
                if connection is None:
                    connection = await Steady.to(self._port, self._tls, self._host)
                answer = await connection.ask(content)
        except (OSError, TimeoutError):
            if connection is not None:
                connection.close()
            return None
        self._idle.append(connection)
        return answer

    async def open(self, count: int) -> None:
        """So many are open, and nobody asks on them. Raises `OSError`."""
        self._idle = [connection for connection in self._idle if not connection.is_closed]
        for _ in range(len(self._idle), count):
            self._idle.append(await Steady.to(self._port, self._tls, self._host))

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
