"""Requests as no client library writes them: the bytes themselves, over TLS, and what comes back."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_PART = 65536
_LISTENING_SECONDS = 10


@dataclass(frozen=True)
class Raw:
    """A way to the edge for one host name."""

    host: str
    port: int
    authority: Path

    def ask(self, *parts: bytes, seconds: float = 30) -> list[RawAnswer]:
        """All that is answered until the edge hangs up, or says nothing for as long."""
        return self.stream([b"".join(parts)], seconds)

    def get(self, target: bytes, *headers: bytes, method: bytes = b"GET") -> RawAnswer:
        """The one answer to a request without a body; `target` is sent as it is. Raises `AssertionError` for none or more."""
        lines = (method + b" " + target + b" HTTP/1.1", b"host: " + self.host.encode(), *headers)
        [answer] = self.ask(b"\r\n".join((*lines, b"connection: close", b"", b"")))
        return answer

    def stream(self, parts: Iterable[bytes], seconds: float = 30) -> list[RawAnswer]:
        """As a client that listens while it sends: nothing more is sent once an answer has begun."""
        context = ssl.create_default_context(cafile=str(self.authority))
        address = ("127.0.0.1", self.port)
        with (
            socket.create_connection(address, seconds) as plain,
            context.wrap_socket(plain, server_hostname=self.host) as link,
        ):
            for part in parts:
                link.sendall(part)
                if select.select([link], [], [], _LISTENING_SECONDS)[0]:
                    break
            return _answers(_all_of(link))


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""


def _all_of(link: ssl.SSLSocket) -> bytes:
    received = b""
    with contextlib.suppress(OSError):
        while part := link.recv(_PART):
            received += part
    return received


def _answers(received: bytes) -> list[RawAnswer]:
    answers: list[RawAnswer] = []
    while received.startswith(b"HTTP/1."):
        head, _, rest = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        content, received = _body(headers, rest)
        if not status.split()[1].startswith("1"):
            answers.append(RawAnswer(int(status.split()[1]), headers, content))
    return answers


def _body(headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes]:
    """The content, and what comes after it."""
    if headers.get("transfer-encoding") != "chunked":
        length = int(headers.get("content-length", 0 if rest.startswith(b"HTTP/1.") else len(rest)))
        return rest[:length], rest[length:]
    content = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        content, rest = content + rest[:length], rest[length + 2 :]
        if length == 0:
            return content, rest
