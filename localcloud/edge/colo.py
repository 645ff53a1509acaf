"""The process that keeps what a data centre of Cloudflare keeps in memory: the cache, rate limits, data points.

It starts when a Worker first asks it for something, and what it held ends with it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from localcloud.edge.control import order
from localcloud.edge.model import DataPoint, EdgeState
from localcloud.edge.programs import colo_program
from localcloud.edge.sockets import close_unix, listen_unix
from localcloud.edge.supervision import Ground, Supervised
from localcloud.edge.table import script_key

_log = logging.getLogger(__name__)
_GRACE: Final = 0.5
Json = dict[str, Any]


class Colo:
    """`address` is where versions reach it."""

    def __init__(self, ground: Ground, secret: str) -> None:
        self._secret = secret
        self._serve = ground.folder / "colo"
        self._control = ground.folder / "colo-control"
        self._zones = _zones(EdgeState())
        self._supervised = Supervised(
            ground,
            "colo",
            colo_program(secret),
            {"serve": listen_unix(self._serve), "control": listen_unix(self._control)},
            self._tell_zones,
        )
        self._supervised.arm()

    @property
    def address(self) -> str:
        return f"unix:{self._serve}"

    @property
    def _runs(self) -> bool:
        return self._supervised.running is not None

    async def obey(self, state: EdgeState) -> None:
        """Which zone's cache each Worker uses. Raises `EdgeError`."""
        zones = _zones(state)
        if zones != self._zones:
            self._zones = zones
            if self._runs:
                await self._tell_zones()

    async def _tell_zones(self) -> None:
        await self._order("zones", self._zones)

    async def purge(self, zone_id: str, kind: str, wanted: Sequence[str]) -> int:
        """How many answers were taken out of the zone's cache: all of them (`kind` everything), or those that are at the
        URLs `files`, carry one of `tags`, or are under one of `hosts` or `prefixes`. Raises `EdgeError`."""
        if not self._runs:
            return 0
        return await self._order(
            "purge", {"zone": zone_id, "kind": kind, "wanted": list(wanted) or ["*"]}
        )

    async def take_points(self) -> list[DataPoint]:
        """What was written to Analytics Engine since it was last asked. Raises `EdgeError`."""
        if not self._runs:
            return []
        taken: Json = await self._order("take")
        if taken["dropped"]:
            _log.warning("%d data points came faster than they were fetched", taken["dropped"])
        return [
            DataPoint(account, dataset, at / 1000, index, tuple(doubles), tuple(blobs))
            for account, dataset, at, index, doubles, blobs in taken["points"]
        ]

    async def _order(self, what: str, body: object = None) -> Any:  # noqa: ANN401 (what the other side says)
        return await order(self._control, what, body, secret=self._secret)

    async def stop(self) -> None:
        await self._supervised.stop(_GRACE)
        close_unix(self._supervised.sockets["serve"], self._serve)
        close_unix(self._supervised.sockets["control"], self._control)


def _zones(state: EdgeState) -> Json:
    ordered = sorted(state.zones, key=lambda zone: -len(zone.name))
    scripts: dict[str, str] = {}
    for route in state.routes:
        if route.script is None:
            continue
        host = route.pattern.lower().partition("/")[0].removeprefix("*").removeprefix(".")
        for zone in ordered:
            if zone.account == route.account and f".{host}".endswith(f".{zone.name}"):
                scripts.setdefault(script_key(route.account, route.script), zone.id)
                break
    return {"zones": [[zone.account, zone.name, zone.id] for zone in ordered], "scripts": scripts}
