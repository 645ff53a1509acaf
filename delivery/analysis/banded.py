"""A number and where it lies: what a look at a rollout and its report both show of a version."""

from __future__ import annotations

import math
from dataclasses import dataclass

from delivery.statistics.bands import quantile_band, rate_band
from delivery.statistics.latency import Histogram


@dataclass(frozen=True, slots=True)
class Band:
    """A value and where it lies at all times together, but with probability `alpha`; `low` 0 and `high` None where nothing is known yet."""

    low: float
    value: float
    high: float | None


def banded_rate(events: int, trials: int, alpha: float) -> Band | None:
    """As shares; None without trials. Two counters of one request may come a report apart, so that `events` above `trials` count as them."""
    if not trials:
        return None
    events = min(events, trials)
    low, high = rate_band(events, trials, alpha)
    return Band(low, events / trials, high)


def banded_quantile(histogram: Histogram, p: float, alpha: float) -> Band | None:
    """In ms; None of an empty histogram."""
    if not histogram:
        return None
    low, value, high = quantile_band(histogram, p, alpha)
    return Band(low, value, high if math.isfinite(high) else None)
