"""The data services of a running cloud: what the state, the secrets and the user's settings make of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from localcloud.api.faults import Fault, list_faults
from localcloud.api.hyperdrive import models as hyperdrive
from localcloud.api.store import Store
from localcloud.daemon.distances import distances
from localcloud.daemon.home import Home
from localcloud.data.process import DataProcess, Faults, Wanted
from localcloud.data.record import DatabaseRecord
from localcloud.working_secrets import kept_databases

Json = dict[str, Any]


class DataServices:
    """Nothing runs until a Hyperdrive configuration or a stack's database is there to be served."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._process = DataProcess(home.folder, DatabaseRecord(home.folder))
        self._known: Wanted | None = None
        self._opening: asyncio.Task[None] | None = None

    @property
    def sockets(self) -> Path:
        """The folder in which each Hyperdrive configuration has its socket."""
        return self._process.sockets

    async def obey(self, store: Store) -> None:
        """Serves what is there now; returns when it is so, but for the first time: what was there when the state was opened
        is begun to be served, and nobody's start takes longer for it."""
        wanted = Wanted(
            configs=[config.body for config in store.list(hyperdrive.KIND)],
            databases=kept_databases(self._home),
            distance=distances(self._home)["postgres"],
            faults=_faults(list_faults(store)),
        )
        if wanted == self._known:
            return
        begins, self._known = self._known is None, wanted
        if begins:
            self._opening = asyncio.create_task(self._process.apply(wanted))
        else:
            await self._process.apply(wanted)

    async def describe(self) -> Json | None:
        return await self._process.describe()

    def processes(self) -> list[tuple[str, int]]:
        return self._process.processes()

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        await self._process.close()


def _faults(faults: list[Fault]) -> Faults:
    slow = max(
        (fault for fault in faults if fault.effect == "postgres-slow"),
        key=lambda fault: fault.seconds,
        default=None,
    )
    effects = {fault.effect for fault in faults}
    return Faults(
        down="postgres-down" in effects,
        slow=slow.seconds if slow else 0.0,
        rate=slow.rate if slow else 1.0,
        read_only="postgres-read-only" in effects,
        full="postgres-full" in effects,
    )
