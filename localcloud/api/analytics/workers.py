"""`workersInvocationsAdaptive`: what each version of a Worker served.

CPU time, memory, subrequests and the spread of body sizes are not measured on one machine: their fields are there and
are null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from localcloud.api.analytics import models
from localcloud.api.analytics.datasets import Asked, Dataset
from localcloud.api.analytics.filters import chosen
from localcloud.api.analytics.models import Invocations
from localcloud.api.analytics.times import QUANTILES, WallTimes
from localcloud.api.store import Json

_WEEK: Final = 7 * 86400
_GIGABYTES: Final = 0.128
"""Duration is billed at 128 MB: GB-seconds."""
_TIMES: Final = ("wallTime", "requestDuration", "duration")
_UNMEASURED_TIMES: Final = ("cpuTime", "memoryUsageBytes", "responseBodySize")
_ERRORS: Final = frozenset({"scriptThrewException", "exceededResources", "internalError"})
"""A client that went away is no error of the Worker's: it is counted apart."""


def _rows(asked: Asked) -> Iterable[Invocations]:
    scripts = chosen(asked.filter, "scriptName")
    return models.invocations(asked.store, asked.account, asked.since, asked.until, scripts)


def _measure(rows: Sequence[Invocations], asked: Asked) -> Mapping[str, Json]:
    sums: Json = {
        "requests": sum(row.requests for row in rows),
        "errors": sum(row.requests for row in rows if row.status in _ERRORS),
        "clientDisconnects": sum(r.requests for r in rows if r.status == "clientDisconnected"),
        "responseBodySize": sum(row.response_bytes for row in rows),
    }
    if not asked.wants("quantiles", "min", "max") and not {"wallTime", "duration"} & set(
        asked.sections.get("sum", ())
    ):
        return {"sum": sums}
    walls = WallTimes(row.durations for row in rows)
    sums |= {"wallTime": walls.total(), "duration": _gigabyte_seconds(walls.total())}
    quantiles: Json = {}
    for name, share in QUANTILES.items():
        wall = walls.quantile(share)
        quantiles[f"wallTime{name}"] = quantiles[f"requestDuration{name}"] = wall
        quantiles[f"duration{name}"] = _gigabyte_seconds(wall)
    return {
        "sum": sums,
        "min": _extremes(walls.least()),
        "max": _extremes(walls.greatest()),
        "quantiles": quantiles,
    }


def _extremes(wall: float | None) -> Json:
    return {"wallTime": wall, "requestDuration": wall, "duration": _gigabyte_seconds(wall)}


def _gigabyte_seconds(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds / 1e6 * _GIGABYTES


def _always(value: str) -> Callable[[Any], str]:
    return lambda _row: value


_EXTREMES: Final[dict[str, str]] = dict.fromkeys(
    ("wallTime", "requestDuration", "duration", "cpuTime"), "float64"
)
WORKERS: Final = Dataset[Invocations](
    name="workersInvocationsAdaptive",
    type_name="AccountWorkersInvocationsAdaptive",
    texts={
        "scriptName": lambda row: row.script,
        "scriptTag": lambda row: row.script_id,
        "scriptVersion": lambda row: row.version,
        "status": lambda row: row.status,
        "usageModel": _always("standard"),
        "coloCode": _always("LCL"),
        "environmentName": _always("production"),
        "cacheStatus": _always(""),
        "dispatchNamespaceName": _always(""),
        "previewSlug": _always(""),
    },
    numbers={"isDispatcher": lambda _row: 0, "isPreview": lambda _row: 0},
    sections={
        "sum": {
            "requests": "uint64!",
            "errors": "uint64!",
            "clientDisconnects": "uint64!",
            "responseBodySize": "uint64!",
            "subrequests": "uint64",
            "duration": "float64",
            "wallTime": "float64",
            "cpuTimeUs": "uint64",
        },
        "min": _EXTREMES,
        "max": _EXTREMES,
        "quantiles": {
            f"{name}{share}": "float64"
            for name in (*_TIMES, *_UNMEASURED_TIMES)
            for share in QUANTILES
        },
    },
    rows=_rows,
    measure=_measure,
    longest=_WEEK,
    kept=models.KEPT_SECONDS,
)
