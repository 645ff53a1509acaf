"""A service of the local cloud with HTTPS on a port of its own, under the home's certificate authority."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

from starlette.types import ASGIApp

from localcloud.daemon.home import Home
from localcloud.daemon.listening import HttpServer
from localcloud.data.kept_port import KeptPort
from localcloud.edge.certificates import Certificates
from localcloud.edge.errors import PortTakenError
from localcloud.edge.sockets import close_unix, hold_tcp, listen_tcp, listen_unix
from localcloud.edge.tls import TlsListener


class HttpsService:
    """Serves `app` from `open` to `close`; `port` is 0 before."""

    def __init__(self, home: Home, kept: KeptPort, app: ASGIApp) -> None:
        self.port = 0
        self._home = home
        self._kept = kept
        # Sockets need short paths, which a home may not have.
        self._inside = Path(tempfile.mkdtemp(prefix=f"pitchey-{kept.service}-")) / "http"
        self._listener = listen_unix(self._inside)
        self._http = HttpServer(app, self._listener)
        self._tls: TlsListener | None = None
        self._held: socket.socket | None = None
        """The port while it is down: bound, so that nobody else takes it, and not listening."""

    async def open(self) -> None:
        """Raises `OSError`."""
        self.port = self._kept.number(self._home.folder)
        try:
            listener = listen_tcp(self.port)
        except PortTakenError:
            self.port = self._kept.another(self._home.folder)
            listener = listen_tcp(self.port)
        self._http.begin()
        await self._listen(listener)

    async def _listen(self, listener: socket.socket) -> None:
        self._tls = TlsListener(Certificates(self._home.folder), self._inside)
        await self._tls.start(listener)

    async def take_down(self) -> None:
        """Hangs up on everybody, and refuses whoever comes until `bring_up`. Raises `OSError`."""
        if self._tls is None:
            return
        await self._tls.stop()
        self._tls = None
        self._held = hold_tcp(self.port)

    async def bring_up(self) -> None:
        """Raises `OSError`."""
        if self._held is None:
            return
        held, self._held = self._held, None
        held.close()
        await self._listen(listen_tcp(self.port))

    async def close(self) -> None:
        if self._held is not None:
            self._held.close()
        if self._tls is not None:
            await self._tls.stop()
        await self._http.end()
        close_unix(self._listener, self._inside)
        self._inside.parent.rmdir()
