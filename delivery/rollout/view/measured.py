"""What one version's requests show: rates and quantiles with bands that hold however often one looks. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from delivery.analysis.counts import Counts
from delivery.statistics.bands import quantile_band, rate_band
from delivery.statistics.latency import quantile

_ALPHA: Final = 0.05
_P95: Final = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """`value`, `low` and `high` from 0 to 1; value None of nothing."""

    events: int
    trials: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.events / self.trials if self.trials else None


@dataclass(frozen=True, slots=True)
class Quantile:
    """Milliseconds; `low` 0 and `high` None where nothing is known yet."""

    value: float
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """`per_second` is of the last seconds, None when nobody counted; all else since the step began, or since 100 percent. Bands hold
    at all times together with 95 percent."""

    version: str
    requests: int
    per_second: float | None
    errors: Rate
    cache: Rate
    database: Rate
    probes: Rate
    p50: float | None
    p95: Quantile | None
    p99: float | None


def measured(version: str, counts: Counts, per_second: float | None) -> Measured:
    latency = counts.latency
    timed = bool(latency)
    return Measured(
        version,
        counts.requests,
        per_second,
        errors=_rate(counts.errors, counts.requests),
        cache=_rate(counts.count("cache.failures"), counts.count("cache.requests")),
        database=_rate(counts.count("database.failures"), counts.count("database.requests")),
        probes=_rate(counts.probe_errors, counts.probes),
        p50=quantile(latency, 0.5) if timed else None,
        p95=_quantile(counts) if timed else None,
        p99=quantile(latency, 0.99) if timed else None,
    )


def _rate(events: int, trials: int) -> Rate:
    # Two counters of one request may reach the recorder a report apart.
    events = min(events, trials)
    return Rate(events, trials, *rate_band(events, trials, _ALPHA))


def _quantile(counts: Counts) -> Quantile:
    low, value, high = quantile_band(counts.latency, _P95, _ALPHA)
    return Quantile(value, low, high if math.isfinite(high) else None)
