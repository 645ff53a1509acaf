"""Upstash's Redis as the local cloud serves it: HTTPS on a port of its own, one database for each stack."""

from __future__ import annotations

from typing import Final

from localcloud.api.faults import list_faults
from localcloud.api.store import Store
from localcloud.daemon.distances import distances
from localcloud.daemon.home import Home
from localcloud.daemon.https_service import HttpsService
from localcloud.data.kept_port import REDIS
from localcloud.data.redis_faults import Failing, RedisFault
from localcloud.data.redis_rest import RedisRest
from localcloud.data.valkey import Databases
from localcloud.working_secrets import kept_redis_tokens

FOLDER: Final = "valkey"
_DOWN: Final = "redis-down"


class RedisService:
    """Listens from `open` on; a Valkey runs for each stack that has sent a command."""

    def __init__(self, home: Home) -> None:
        self._databases = Databases(home.folder / FOLDER)
        app = RedisRest(
            self._databases, lambda: kept_redis_tokens(home), lambda: distances(home)["redis"]
        )
        self._faults: list[RedisFault] = []
        self._https = HttpsService(home, REDIS, Failing(app, lambda: self._faults))

    @property
    def port(self) -> int:
        return self._https.port

    async def open(self) -> None:
        """Raises `OSError`."""
        await self._https.open()

    async def obey(self, store: Store) -> None:
        """Fails from now on as the faults of the state say. Raises `OSError`."""
        faults = [fault for fault in list_faults(store) if fault.effect.startswith("redis-")]
        self._faults = [
            RedisFault(fault.effect.removeprefix("redis-"), fault.rate, fault.seconds, fault.after)
            for fault in faults
            if fault.effect != _DOWN
        ]
        if len(self._faults) < len(faults):
            await self._https.take_down()
        else:
            await self._https.bring_up()

    def processes(self) -> list[tuple[str, int]]:
        """Name and process of each Valkey that runs."""
        return self._databases.processes()

    async def close(self) -> None:
        await self._https.close()
        await self._databases.close()
