"""A small HTTP/1.1 load generator on raw sockets, so that little of the two cores goes into asking.

Keep-alive connections, one request at a time on each. A request is lost when no whole answer comes, or one of 500 or above.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass
class Tally:
    """`seen` counts the values of the header that was watched for."""

    requests: int = 0
    lost: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[int] = field(default_factory=Counter[int])

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, next_request: Callable[[], bytes | None], tally: Tally, watched: bytes) -> None:
        self._next = next_request
        self._tally = tally
        self._watched = watched.lower()
        self._buffer = bytearray()
        self._waiting = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        request = self._next()
        if request is None:
            self._transport.close()
            return
        self._waiting = True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(_END_OF_HEAD)
        if head_end < 0:
            return
        head = bytes(self._buffer[:head_end]).lower()
        body = self._buffer[head_end + 4 :]
        length = _header(head, b"content-length")
        if length is not None:
            if len(body) < int(length):
                return
        elif not body.endswith(b"0\r\n\r\n"):
            return
        self._buffer.clear()
        self._waiting = False
        status = int(head[9:12])
        self._tally.requests += 1
        self._tally.statuses[status] += 1
        if status >= 500:
            self._tally.lost += 1
        if self._watched:
            value = _header(head, self._watched)
            if value is not None:
                self._tally.seen[value.decode()] += 1
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting:
            self._tally.requests += 1
            self._tally.lost += 1
        if not self.closed.done():
            self.closed.set_result(None)


def _header(head: bytes, name: bytes) -> bytes | None:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def get(host: str, path: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{k}: {v}" for k, v in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def run_load(
    port: int, requests: Callable[[int], bytes], *, total: int, connections: int, watched: str = ""
) -> Tally:
    """Asks `total` times over so many connections to 127.0.0.1; `requests(n)` is the n-th request. Bounded: each lost
    connection is opened again at most as often as there are requests."""
    tally = Tally()
    asked = 0

    def next_request() -> bytes | None:
        nonlocal asked
        if asked >= total:
            return None
        asked += 1
        return requests(asked - 1)

    async def keep_asking() -> None:
        while asked < total:
            try:
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(next_request, tally, watched.encode()), "127.0.0.1", port
                )
            except OSError:
                if next_request() is not None:
                    tally.requests += 1
                    tally.lost += 1
                await asyncio.sleep(0.01)
                continue
            await connection.closed

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    tally.seconds = time.perf_counter() - started
    return tally
