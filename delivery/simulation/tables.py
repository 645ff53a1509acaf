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
    """In time; where there is harm, after it began."""
    too_early: int
    """Returned before there was any harm."""
    finished: int
    paused: int
    unfinished: int
    """Neither at the end of the time that was simulated."""
    interval: tuple[float, float]
    """Of the share that was returned, at 95 %."""
    median_detected: float | None
    worst_detected: float | None
    mean_harmed: float
    median_harmed: float
    worst_harmed: int
    mean_seconds: float
    looks: int
    causes: tuple[tuple[str, int], ...]
    """Why they were returned or paused, the most frequent first."""


def summary(outcomes: Sequence[Outcome], within: float = math.inf) -> Summary:
    """Returns later than `within` seconds after harm began do not count as found."""
    found = [o.detected_after for o in outcomes if o.detected_after is not None]
    found = [seconds for seconds in found if seconds <= within]
    harmed = [o.harmed_requests for o in outcomes]
    phases = [o.phase for o in outcomes]
    ended = {Phase.FINISHED, Phase.PAUSED, Phase.RETURNED}
    causes: dict[str, int] = {}
    for one in outcomes:
        if one.cause and one.phase in ended - {Phase.FINISHED}:
            causes[one.cause] = causes.get(one.cause, 0) + 1
    return Summary(
        runs=len(outcomes),
        returned=len(found),
        too_early=sum(o.is_too_early for o in outcomes),
        finished=phases.count(Phase.FINISHED),
        paused=phases.count(Phase.PAUSED),
        unfinished=sum(phase not in ended for phase in phases),
        interval=wilson(len(found), len(outcomes)),
        median_detected=median(found) if found else None,
        worst_detected=max(found, default=None),
        mean_harmed=mean(harmed) if harmed else 0.0,
        median_harmed=median(harmed) if harmed else 0.0,
        worst_harmed=max(harmed, default=0),
        mean_seconds=mean(o.seconds for o in outcomes) if outcomes else 0.0,
        looks=sum(o.looks for o in outcomes),
        causes=tuple(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
