"""Upstash's Redis as the local cloud serves it: HTTPS on a port of its own, one database for each stack."""

from __future__ import annotations

from typing import Final

from localcloud.daemon.distances import distances
from localcloud.daemon.home import Home
from localcloud.daemon.https_service import HttpsService
from localcloud.data.kept_port import REDIS
from localcloud.data.redis_rest import RedisRest
from localcloud.data.valkey import Databases
from localcloud.working_secrets import kept_redis_tokens

FOLDER: Final = "valkey"


class RedisService:
    """Listens from `open` on; a Valkey runs for each stack that has sent a command."""

    def __init__(self, home: Home) -> None:
        self._databases = Databases(home.folder / FOLDER)
        app = RedisRest(
            self._databases, lambda: kept_redis_tokens(home), lambda: distances(home)["redis"]
        )
        self._https = HttpsService(home, REDIS, app)

    @property
    def port(self) -> int:
        return self._https.port

    async def open(self) -> None:
        """Raises `OSError`."""
        await self._https.open()

    def processes(self) -> list[tuple[str, int]]:
        """Name and process of each Valkey that runs."""
        return self._databases.processes()

    async def close(self) -> None:
        await self._https.close()
        await self._databases.close()
