"""What one version's requests show: rates and quantiles with bands that hold however often one looks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from delivery.analysis.banded import Band, banded_quantile, banded_rate
from delivery.analysis.counts import Counts
from delivery.statistics.latency import quantile

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
class Measured:
    """`per_second` is of the last seconds, None when nobody counted; all else since the step began, or since 100 percent. Bands hold
    at all times together with the strategy's confidence."""

    version: str
    requests: int
    per_second: float | None
    errors: Rate
    cache: Rate
    database: Rate
    probes: Rate
    p50: float | None
    p95: Band | None
    p99: float | None


def measured(version: str, counts: Counts, per_second: float | None, alpha: float) -> Measured:
    """With bands that fail with probability `alpha`."""
    latency = counts.latency
    timed = bool(latency)
    return Measured(
        version,
        counts.requests,
        per_second,
        errors=_rate(counts.errors, counts.requests, alpha),
        cache=_rate(counts.count("cache.failures"), counts.count("cache.requests"), alpha),
        database=_rate(counts.count("database.failures"), counts.count("database.requests"), alpha),
        probes=_rate(counts.probe_errors, counts.probes, alpha),
        p50=quantile(latency, 0.5) if timed else None,
        p95=banded_quantile(latency, _P95, alpha),
        p99=quantile(latency, 0.99) if timed else None,
    )


def _rate(events: int, trials: int, alpha: float) -> Rate:
    band = banded_rate(events, trials, alpha)
    if band is None or band.high is None:
        return Rate(0, 0, 0.0, 1.0)
    return Rate(min(events, trials), trials, band.low, band.high)
