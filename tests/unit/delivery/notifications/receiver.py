"""An HTTP server on this machine that keeps what it is told and answers as a test wants it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.unit.delivery.http_server import served


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    lost: bool = False
    """The connection breaks instead of an answer."""


@dataclass
class Receiver:
    reply: Callable[[Received], Reply] = lambda _: Reply()
    received: list[Received] = field(default_factory=list[Received])
    url: str = ""
    free: threading.Event = field(default_factory=threading.Event)
    """Set: answers at once. Cleared: hangs."""


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Generator[Receiver]:
    receiver = Receiver()
    receiver.free.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = Received(self.command, self.path, headers, self.rfile.read(length))
            receiver.received.append(told)
            receiver.free.wait(60)
            reply = receiver.reply(told)
            if reply.lost:
                self.close_connection = True
                return
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                pass  # it did not wait for the answer

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with served(Handler, tls) as receiver.url:
        try:
            yield receiver
        finally:
            receiver.free.set()
