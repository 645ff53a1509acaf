"""How sure a quantile is that was measured: no shape of what is measured is assumed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_TAIL: Final = 0.025


def interval(values: Sequence[float], percent: float) -> tuple[float, float]:
    """Between these two of the values lies the true quantile, 95 % sure: how many are below it is binomially distributed
    (Conover, Practical Nonparametric Statistics, 3.2). The whole range, where they are too few."""
    ordered = sorted(values)
    low, high = _ranks(len(ordered), percent / 100)
    return ordered[max(low - 1, 0)], ordered[min(high, len(ordered) - 1)]


def _ranks(trials: int, p: float) -> tuple[int, int]:
    """The 2.5 % and the 97.5 % quantile of the binomial distribution."""
    below, low = 0.0, None
    for events in range(trials + 1):
        below += math.exp(_log_chance(events, trials, p))
        if low is None and below >= _TAIL:
            low = events
        if below >= 1 - _TAIL:
            return low or 0, events
    return low or 0, trials


def _log_chance(events: int, trials: int, p: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(events + 1) - math.lgamma(trials - events + 1)
    return ways + events * math.log(p) + (trials - events) * math.log(1 - p)
