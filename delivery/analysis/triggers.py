"""Limits that are not waited for: plain numbers over the last seconds, each with the least number of requests behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from delivery.analysis.counts import Counts, Slice
from delivery.analysis.words import count, rate
from delivery.statistics.latency import quantile_of_all

_P95: Final = 0.95
_NEED_NOT_EXCUSE: Final = 0.5
"""Stable is in the same trouble when its own rate is at least this part of the candidate's."""
_FEWEST_EXCUSE: Final = 5
"""Where stable has few requests, as late in a rollout: so many errors among them are no chance."""


class Limit(Protocol):
    @property
    def above(self) -> float: ...
    @property
    def least_requests(self) -> int: ...


class Limits(Protocol):
    """`delivery.rollout.strategy.Triggers`."""

    @property
    def error_rate(self) -> Limit | None: ...
    @property
    def latency(self) -> Limit | None: ...
    @property
    def database(self) -> Limit | None: ...
    @property
    def cache(self) -> Limit | None: ...
    @property
    def security(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Fired:
    """`both`: stable is in the same trouble, so it is nobody's fault who is being rolled out."""

    name: str
    said: str
    value: float
    limit: float
    requests: int
    both: bool = False


def fired(limits: Limits, window: Sequence[Slice], stable: str, candidate: str) -> Fired | None:
    """The first limit that the last slices break; None when all hold. Stable's trouble is told too, behind whatever is the
    candidate's own."""
    mine, theirs = [one.of(candidate) for one in window], [one.of(stable) for one in window]
    all1, all0 = _totals(mine), _totals(theirs)
    alike: Fired | None = None
    for name, limit, events, trials in (
        ("error rate", limits.error_rate, "errors", "requests"),
        ("database unreachable", limits.database, "database.failures", "database.requests"),
        ("cache failures", limits.cache, "cache.failures", "cache.requests"),
    ):
        if limit is not None:
            found = _rate(name, limit, all1, all0, events, trials)
            if found is not None and not found.both:
                return found
            alike = alike or found
    signals = all1.get("security", 0)
    if limits.security is not None and signals >= limits.security:
        said = f"{count(signals, 'security signals')} of the candidate, {limits.security} decide"
        return Fired("security", said, signals, limits.security, all1["requests"])
    slow = _slow(limits.latency, mine, theirs) if limits.latency is not None else None
    return slow or alike


def _totals(counts: Sequence[Counts]) -> dict[str, int]:
    """By `Counts.count`'s names."""
    summed = {
        "requests": sum([one.requests for one in counts]),
        "errors": sum([one.errors for one in counts]),
    }
    for one in counts:
        for name, n in one.counters.items():
            summed[name] = summed.get(name, 0) + n
    return summed


def _rate(
    name: str,
    limit: Limit,
    mine: Mapping[str, int],
    theirs: Mapping[str, int],
    events: str,
    trials: str,
) -> Fired | None:
    n1, n0 = mine.get(trials, 0), theirs.get(trials, 0)
    highest = limit.above / 100
    rate1 = mine.get(events, 0) / n1 if n1 else 0.0
    rate0 = theirs.get(events, 0) / n0 if n0 else 0.0
    stable_too = n0 >= limit.least_requests and rate0 > highest
    if n1 < limit.least_requests or rate1 <= highest:
        if not stable_too:
            return None
        said = f"{name} of stable {rate(rate0)} of {count(n0)}, above {rate(highest)}"
        return Fired(name, said, rate0, highest, n0, both=True)
    known = n0 >= limit.least_requests or theirs.get(events, 0) >= _FEWEST_EXCUSE
    as_bad = known and rate0 >= rate1 * _NEED_NOT_EXCUSE
    said = f"{name} {rate(rate1)} of {count(n1)}, above {rate(highest)}"
    said += f"; stable {rate(rate0)} of {n0:,}" if n0 else ""
    if as_bad and rate0 <= highest:
        return None
    return Fired(name, said, rate1, highest, n1, as_bad)


def _slow(limit: Limit, mine: Sequence[Counts], theirs: Sequence[Counts]) -> Fired | None:
    n1, n0 = sum([one.requests for one in mine]), sum([one.requests for one in theirs])
    if min(n1, n0) < limit.least_requests:
        return None
    latency1, latency0 = [one.ordered for one in mine], [one.ordered for one in theirs]
    if not any(one.trials for one in latency1) or not any(one.trials for one in latency0):
        return None
    p1, p0 = quantile_of_all(latency1, _P95), quantile_of_all(latency0, _P95)
    highest = limit.above / 100
    # Below 20 ms a ratio is made of the clock's own steps.
    if p1 <= p0 * highest or p1 - p0 < _LEAST_MS:
        return None
    said = (
        f"p95 {p1:.3g} ms of {count(n1)}, above {limit.above:g} % of stable's {p0:.3g} ms of {n0:,}"
    )
    return Fired("p95 latency", said, p1 / p0, highest, n1)


_LEAST_MS: Final = 10.0
