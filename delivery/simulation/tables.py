"""What many simulated rollouts say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from delivery.rollout.state import Phase
from delivery.simulation.running import Outcome

_Z95 = 1.959964


def wilson(events: int, trials: int) -> tuple[float, float]:
    """(low, high) of a rate at 95 %: the score interval (Wilson, Probable inference, the law of succession, and statistical
    inference, Journal of the American Statistical Association 22, 1927)."""
    if trials == 0:
        return 0.0, 1.0
    rate, square = events / trials, _Z95**2
    centre = rate + square / (2 * trials)
    half = _Z95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    whole = 1 + square / trials
    return max((centre - half) / whole, 0.0), min((centre + half) / whole, 1.0)


@dataclass(frozen=True, slots=True)
class Summary:
    """`returned` is false alarms where nothing is wrong, and power where something is. Times in seconds."""

    runs: int
    returned: int
    finished: int
    paused: int
    interval: tuple[float, float]
    """Of the share that was returned, at 95 %."""
    median_detected: float | None
    worst_detected: float | None
    mean_harmed: float
    looks: int


def summary(outcomes: Sequence[Outcome], within: float = math.inf) -> Summary:
    """Returns later than `within` seconds after the candidate first served do not count as found."""
    times = [o.detected_after for o in outcomes if o.detected_after is not None]
    found = [seconds for seconds in times if seconds <= within]
    return Summary(
        runs=len(outcomes),
        returned=len(found),
        finished=sum(o.phase is Phase.FINISHED for o in outcomes),
        paused=sum(o.phase is Phase.PAUSED for o in outcomes),
        interval=wilson(len(found), len(outcomes)),
        median_detected=median(found) if found else None,
        worst_detected=max(found, default=None),
        mean_harmed=mean(o.harmed_requests for o in outcomes) if outcomes else 0.0,
        looks=sum(o.looks for o in outcomes),
    )
