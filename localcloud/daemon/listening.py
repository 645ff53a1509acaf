"""Sockets on loopback and the HTTP servers behind them, several in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localcloud.api.cutting import TRANSPORT

LOOPBACK: Final = "127.0.0.1"
GRACE_SECONDS: Final = 3
_BACKLOG: Final = 2048
_KEEP_ALIVE_SECONDS: Final = 75
"""Longer than clients keep an idle connection: none is closed at the moment it is used again."""


class PortInUseError(Exception):
    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


def bind(port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises `PortInUseError`."""
    # With the protocol named: asyncio sets TCP_NODELAY on no other, and each answer would wait 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise
    listener.listen(_BACKLOG)
    return listener


class _Protocol(HttpToolsProtocol):
    """Lets an application end its connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


class HttpServer(uvicorn.Server):
    """`begin` serves until `end`, which lets requests under way finish for up to three seconds."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                proxy_headers=False,
                http=_Protocol,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                log_level="warning",
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are the daemon's own business."""
        yield

    def begin(self) -> None:
        self._task = asyncio.create_task(self.serve(sockets=[self._listener]))

    async def end(self) -> None:
        self.should_exit = True
        if self._task is not None:
            await self._task
        self._listener.close()
