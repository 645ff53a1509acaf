"""When harm began: the change point of the candidate's errors, looked for once it is known that there was harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from delivery.report.following import Moment
from delivery.report.outcome import Ending, Outcome
from delivery.report.readings import Interval
from delivery.rollout.strategy import Strategy

_UNHARMED: Final = frozenset(
    {"abort", "left", "pause", "shift", "no data", "switch", "somebody else"}
)
"""Causes of a return that say nothing of errors or slowness."""


def harm_began(
    strategy: Strategy, outcome: Outcome, counted: Sequence[Interval], looks: Sequence[Moment]
) -> float | None:
    """When what a rollout was returned for began, rather too early than too late; None when nothing shows it."""
    if outcome.ending is not Ending.RETURNED or outcome.cause in _UNHARMED:
        return None
    analysis = strategy.analysis
    if "latency" in outcome.cause:
        latency = analysis.latency
        return first_harm(counted, 0, latency.smallest_increase / 100 if latency else 0.0)
    errors = analysis.errors
    found = first_harm(counted, errors.smallest_difference / 100 if errors else 0.0, None)
    if outcome.cause != "probes":
        return found
    good = [look.entry.at for look in looks if not look.state.failed_probes]
    known = [at for at in (found, good[-1] if good else None) if at is not None]
    return min(known, default=None)


def first_harm(
    intervals: Sequence[Interval], smallest: float, slower: float | None
) -> float | None:
    """Unix seconds before which the candidate did no harm yet: the start of the interval that the harm began in, so that a time
    counted from it is rather too long. None when no interval shows any.

    Errors by default; with `slower` (a ratio, 0.15 for 15 percent) intervals whose p95 was more than so much above stable's.
    The interval is the one behind the last minimum of the sum of errors in excess of what was to be expected (the cumulative sum of
    Page, Continuous inspection schemes, Biometrika 41, 1954): stable's rate of the whole time, and `smallest` (a share) more.
    """
    excess = _slow(intervals, slower) if slower is not None else _wrong(intervals, smallest)
    lowest, total, found = 0.0, 0.0, None
    for interval, more in zip(intervals, excess, strict=True):
        if total <= lowest:
            lowest, found = total, interval.start
        total += more
    return found if total > lowest else None


def _wrong(intervals: Sequence[Interval], smallest: float) -> list[float]:
    compared = [one.stable for one in intervals if one.stable is not None]
    requests = sum(one.requests for one in compared)
    expected = (sum(one.errors for one in compared) / requests if requests else 0.0) + smallest
    return [one.candidate.errors - expected * one.candidate.requests for one in intervals]


def _slow(intervals: Sequence[Interval], slower: float) -> list[float]:
    return [
        0.0
        if one.stable is None or one.stable.p95 is None or one.candidate.p95 is None
        else one.candidate.p95 - (1 + slower) * one.stable.p95
        for one in intervals
    ]
