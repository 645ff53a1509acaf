"""Upstash's Redis as the local cloud serves it: HTTPS on a port of its own, one database for each stack."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from localcloud.daemon.distances import distances
from localcloud.daemon.home import Home
from localcloud.daemon.listening import HttpServer
from localcloud.data.redis_record import another_port, redis_port
from localcloud.data.redis_rest import RedisRest
from localcloud.data.valkey import Databases
from localcloud.edge.certificates import Certificates
from localcloud.edge.errors import PortTakenError
from localcloud.edge.sockets import close_unix, listen_tcp, listen_unix
from localcloud.edge.tls import TlsListener
from localcloud.working_secrets import kept_redis_tokens

FOLDER: Final = "valkey"


class RedisService:
    """Listens from `open` on; a Valkey runs for each stack that has sent a command."""

    def __init__(self, home: Home) -> None:
        self.port = 0
        self._home = home
        self._databases = Databases(home.folder / FOLDER)
        # Sockets need short paths, which a home may not have.
        self._inside = Path(tempfile.mkdtemp(prefix="pitchey-redis-")) / "rest"
        self._listener = listen_unix(self._inside)
        app = RedisRest(self._databases, self._tokens, lambda: distances(home)["redis"])
        self._http = HttpServer(app, self._listener)
        self._tls: TlsListener | None = None

    def _tokens(self) -> dict[str, str]:
        return kept_redis_tokens(self._home)

    async def open(self) -> None:
        """Raises `OSError`."""
        self.port = redis_port(self._home.folder)
        try:
            listener = listen_tcp(self.port)
        except PortTakenError:
            self.port = another_port(self._home.folder)
            listener = listen_tcp(self.port)
        self._http.begin()
        self._tls = TlsListener(Certificates(self._home.folder), self._inside)
        await self._tls.start(listener)

    def processes(self) -> list[tuple[str, int]]:
        """Name and process of each Valkey that runs."""
        return self._databases.processes()

    async def close(self) -> None:
        if self._tls is not None:
            await self._tls.stop()
        await self._http.end()
        await self._databases.close()
        close_unix(self._listener, self._inside)
        self._inside.parent.rmdir()
