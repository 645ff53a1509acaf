"""What made-up traffic is like: how many requests, whose, of which routes, and how each version answers them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from delivery.simulation.fault_words import CONTINENTS, ROUTES
from delivery.simulation.faults import Fault
from delivery.statistics.latency import LAST_BUCKET, lower_edge, upper_edge

STABLE, CANDIDATE = "stable", "candidate"
Numbers = NDArray[np.float64]

# Routes are wanted by Zipf's law (Breslau et al., Web Caching and Zipf-like Distributions, 1999).
_WANTED: Final = sum(1 / rank for rank in range(1, len(ROUTES) + 1))
_SEGMENTS: Final = (
    {f"route:{route}": 1 / rank / _WANTED for rank, route in enumerate(ROUTES, 1)},
    {"visitor:new": 0.05, "visitor:returning": 0.95},
    dict(zip([f"continent:{name}" for name in CONTINENTS], (0.5, 0.35, 0.15), strict=True)),
)
SEGMENTS: Final = tuple(name for group in _SEGMENTS for name in group)
_CELLS: Final = tuple(product(*_SEGMENTS))
"""A request belongs to one segment of each group."""
CELL_CHANCES: Final = np.array(
    [math.prod(group[name] for group, name in zip(_SEGMENTS, cell, strict=True)) for cell in _CELLS]
)
CELLS_OF_SEGMENTS: Final = np.array(
    [[name in cell for name in SEGMENTS] for cell in _CELLS]
).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests come by a Poisson process of `rate` a second; answers take `median` ms at the median with a lognormal spread of
    `spread` (the log's standard deviation: 0.5 puts p95 at 2.3 times the median). Shares are 0 to 1."""

    rate: float = 50.0
    errors: float = 0.005
    median: float = 40.0
    spread: float = 0.5
    cache_uses: float = 0.4
    """Of the requests."""
    cache_failures: float = 0.01
    """Of the uses."""
    database_uses: float = 0.3
    database_failures: float = 0.001
    faults: tuple[Fault, ...] = ()


Leak = tuple[Fault, int]
"""A fault, and for how many minutes it has grown."""


@dataclass(frozen=True)
class Answers:
    """How a version answers. `latency` is the chance of each of `buckets`; `errors` and `slowed` are by cell: a route, a kind of
    visitor and a continent."""

    buckets: Sequence[int]
    latency: Numbers
    errors: Numbers
    slowed: NDArray[np.bool_]
    uses: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType[str, tuple[float, float]]({})
    )
    """Counter → share of the requests that use it, and of the uses that fail."""


@lru_cache(maxsize=256)
def answers(traffic: Traffic, leaks: tuple[Leak, ...]) -> Answers:
    """With these faults."""
    errors = np.full(len(_CELLS), traffic.errors)
    slower = np.ones(len(_CELLS))
    for fault, minutes in leaks:
        hit = np.array([not fault.segment or fault.segment in cell for cell in _CELLS])
        errors[hit] += 1.0 if fault.dead else fault.errors + fault.errors_a_minute * minutes
        slower[hit] *= fault.slower + fault.slower_a_minute * minutes
    chances: dict[int, float] = {}
    for factor in np.unique(slower):
        weight = float(CELL_CHANCES[slower == factor].sum())
        for bucket, chance in _buckets(traffic.median * float(factor), traffic.spread).items():
            chances[bucket] = chances.get(bucket, 0.0) + weight * chance
    kept = {i: chance for i, chance in sorted(chances.items()) if chance > 1e-9}
    cache = traffic.cache_failures + sum(fault.cache for fault, _ in leaks)
    database = traffic.database_failures + sum(fault.database for fault, _ in leaks)
    return Answers(
        tuple(kept),
        np.array(list(kept.values())) / sum(kept.values()),
        np.clip(errors, 0, 1),
        slower > 1,
        MappingProxyType(
            {
                "cache": (traffic.cache_uses, min(cache, 1.0)),
                "database": (traffic.database_uses, min(database, 1.0)),
            }
        ),
    )


def _buckets(median: float, spread: float) -> dict[int, float]:
    """The chance of each bucket for lognormal latencies."""

    def below(ms: float) -> float:
        return 0.5 * math.erfc(-math.log(ms / median) / spread / math.sqrt(2)) if ms > 0 else 0.0

    tops = [below(upper_edge(i)) for i in range(LAST_BUCKET)] + [1.0]
    return {i: top - (below(lower_edge(i)) if i else 0.0) for i, top in enumerate(tops)}
