"""The numbers that a rollout was judged by, as its `observed` entries hold them: totals at each reading, and what was counted
between two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from delivery.analysis.banded import Band, banded_quantile, banded_rate
from delivery.analysis.counts import NOTHING, Counts
from delivery.analysis.judgement import Judgement
from delivery.report.following import Moment
from delivery.rollout.events import Kind
from delivery.rollout.state import Phase
from delivery.statistics.latency import quantile

ERRORS: Final = "error rate"
MOST: Final = 600
"""More readings than a chart has room for are thinned out."""
_LATE: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Version:
    """One version's requests in this step so far; rates as shares, latencies in ms, None without requests."""

    requests: int = 0
    errors: int = 0
    rate: Band | None = None
    p50: Band | None = None
    p95: Band | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """`harm` and `harmless`: metric → log of the evidence that the candidate is worse, and that it is not. `segment`: the part
    of the traffic with most evidence of harm."""

    at: float
    phase: Phase
    step: int
    stable: Version
    candidate: Version
    harm: Mapping[str, float] = field(default_factory=dict[str, float])
    harmless: Mapping[str, float] = field(default_factory=dict[str, float])
    segment: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """What one version counted in an interval; latencies in ms, None where they are not known."""

    requests: int
    errors: int
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end` (Unix seconds); `stable` None where it served nobody to compare with."""

    start: float
    end: float
    candidate: Count
    stable: Count | None


def observed(moments: Sequence[Moment]) -> list[Moment]:
    """Those that hold numbers, at most about `MOST`; each that a decision stands behind is kept."""
    found: list[Moment] = []
    every = max(math.ceil(len(moments) / MOST), 1)
    for index, moment in enumerate(moments):
        if moment.entry.kind != Kind.OBSERVED or not moment.readable:
            continue
        near = {
            other.entry.kind
            for other in (*moments[max(index - 1, 0) : index], *moments[index + 1 : index + 2])
        }
        if index % every == 0 or near != {Kind.OBSERVED.value}:
            found.append(moment)
    return found


def readings(moments: Sequence[Moment], alpha: float) -> tuple[Reading, ...]:
    """With bands that fail with probability `alpha`; `moments` as `observed` gives them."""
    return tuple(_reading(moment, alpha) for moment in moments)


def _reading(moment: Moment, alpha: float) -> Reading:
    state = moment.state
    known = Reading(moment.entry.at, state.phase, state.step, Version(), Version())
    if state.phase is Phase.BAKING:
        evidence = state.bake.evidence
        errors = evidence.get(ERRORS)
        candidate = _version(Counts(errors.trials1, errors.events1), alpha) if errors else Version()
        return replace(
            known, candidate=candidate, harm={name: one.log_e for name, one in evidence.items()}
        )
    judgement = state.judgement
    segments = {name: one.log_e for name, one in judgement.segments.items()}
    return replace(
        known,
        stable=_version(judgement.stable, alpha),
        candidate=_version(judgement.candidate, alpha),
        harm={name: pair.worse.log_e for name, pair in judgement.metrics.items()},
        harmless={name: pair.not_worse.log_e for name, pair in judgement.metrics.items()},
        segment=max(segments.items(), key=lambda one: one[1], default=None),
    )


def _version(counts: Counts, alpha: float) -> Version:
    if not counts.requests:
        return Version()
    rate = banded_rate(counts.errors, counts.requests, alpha)
    p50, p95 = (banded_quantile(counts.latency, p, alpha) for p in (0.5, 0.95))
    return Version(counts.requests, counts.errors, rate, p50, p95)


def intervals(moments: Sequence[Moment]) -> tuple[Interval, ...]:
    """What was counted between each two readings; nothing where nobody counted. `moments` as `observed` gives them."""
    found: list[Interval] = []
    before: Moment | None = None
    for moment in moments:
        if before is not None:
            one = _between(before, moment)
            if one is not None:
                found.append(one)
        before = moment
    return tuple(found)


def _between(before: Moment, after: Moment) -> Interval | None:
    start, end = _counted_until(before), _counted_until(after)
    if end <= start:
        return None
    if after.state.phase is Phase.BAKING:
        candidate = _baked(before, after)
        return None if candidate is None else Interval(start, end, candidate, None)
    old, new = before.state.judgement, after.state.judgement
    stable = _less(stable_in(new), stable_in(old))
    candidate = _less(candidate_in(new), candidate_in(old))
    if stable is None or candidate is None or not stable.requests + candidate.requests:
        return None
    return Interval(start, end, _count(candidate), _count(stable))


def _counted_until(moment: Moment) -> float:
    """By the source's own clock where that makes sense: analytics are minutes late, and tell when."""
    through = moment.state.through
    return through if 0 <= moment.entry.at - through < _LATE else moment.entry.at


def _baked(before: Moment, after: Moment) -> Count | None:
    new = after.state.bake.evidence.get(ERRORS)
    old = before.state.bake.evidence.get(ERRORS) if before.state.phase is Phase.BAKING else None
    if new is None:
        return None
    requests = new.trials1 - (old.trials1 if old else 0)
    errors = new.events1 - (old.events1 if old else 0)
    return Count(requests, errors) if 0 <= errors <= requests else None


def stable_in(judgement: Judgement) -> Counts:
    """All that stable counted in the rollout, this step's included."""
    return judgement.stable_before + judgement.stable


def candidate_in(judgement: Judgement) -> Counts:
    """All that the candidate counted until 100 %."""
    return judgement.candidate_before + judgement.candidate


def _less(new: Counts, old: Counts) -> Counts | None:
    """None when `new` does not continue `old`."""
    latency = {b: n - old.latency.get(b, 0) for b, n in new.latency.items()}
    requests, errors = new.requests - old.requests, new.errors - old.errors
    if requests < 0 or not 0 <= errors <= requests or min(latency.values(), default=0) < 0:
        return None
    return Counts(requests, errors, {b: n for b, n in latency.items() if n})


def _count(counts: Counts) -> Count:
    if not counts.latency:
        return Count(counts.requests, counts.errors)
    p50, p95 = quantile(counts.latency, 0.5), quantile(counts.latency, 0.95)
    return Count(counts.requests, counts.errors, p50, p95)


def served(moments: Sequence[Moment]) -> Counts:
    """All that the candidate is known to have served, the bake included (of which requests and errors alone are kept)."""
    if not moments:
        return NOTHING
    state = moments[-1].state
    errors = state.bake.evidence.get(ERRORS)
    baked = NOTHING if errors is None else Counts(errors.trials1, errors.events1)
    return candidate_in(state.judgement) + baked
