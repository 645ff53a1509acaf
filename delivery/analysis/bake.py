"""The judgement after 100 percent, when stable serves nobody to compare with: the candidate against what stable showed during
the rollout. Each bound is the upper end of stable's band, fixed when the bake begins, so that doubt is the candidate's gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from delivery.analysis.counts import Counts, Slice
from delivery.analysis.judgement import Judge
from delivery.analysis.metrics import Metric, RateMetric
from delivery.analysis.reasons import Because, Reason
from delivery.analysis.verdict import Outcome, Verdict
from delivery.analysis.words import count, odds, rate
from delivery.statistics.against_bound import BoundEvidence
from delivery.statistics.bands import rate_band
from delivery.statistics.latency import count_above, thresholds

_BAND_ALPHA: Final = 0.001
_FEWEST: Final = 200
"""Requests of stable; with fewer its band says nothing that could be held against anybody."""
_NEW_BET: Final = 120.0
"""Seconds after which one more bet is opened: an old one has learnt from a long good time, and would find late harm late."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The candidate's rate must stay at `limit` or below: of a rate's events, or of requests slower than bucket `slower_than`."""

    limit: float
    slower_than: int | None = None


@dataclass(frozen=True, slots=True)
class Bake:
    bounds: Mapping[str, Bound] = field(default_factory=dict[str, Bound])
    evidence: Mapping[str, BoundEvidence] = field(default_factory=dict[str, BoundEvidence])

    def to_json(self) -> dict[str, Any]:
        return {
            "bounds": {name: [b.limit, b.slower_than] for name, b in self.bounds.items()},
            "evidence": {name: one.to_json() for name, one in self.evidence.items()},
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Bake:
        return Bake(
            {name: Bound(pair[0], pair[1]) for name, pair in told["bounds"].items()},
            {name: BoundEvidence.from_json(one) for name, one in told["evidence"].items()},
        )


def begin_bake(judge: Judge, stable: Counts) -> Bake:
    """`stable`: all that it counted during the rollout."""
    found: dict[str, Bound] = {}
    for metric in judge.metrics:
        bound = _bound(metric, stable)
        if bound is not None:
            found[metric.name] = bound
    return Bake(found, {name: BoundEvidence.start() for name in found})


def _bound(metric: Metric, stable: Counts) -> Bound | None:
    if isinstance(metric, RateMetric):
        trials = stable.count(metric.trials)
        if trials < _FEWEST:
            return None
        high = rate_band(stable.count(metric.events), trials, _BAND_ALPHA)[1]
        return Bound(min(high + metric.smallest, 0.99))
    cut = thresholds(stable.latency, metric.quantile, metric.smallest, metric.floor, "worse")
    trials = sum(stable.latency.values())
    if cut is None or trials < _FEWEST:
        return None
    high = rate_band(count_above(stable.latency, cut[0]), trials, _BAND_ALPHA)[1]
    return Bound(min(high, 0.99), cut[1])


def observe_bake(judge: Judge, bake: Bake, seen: Slice, candidate: str) -> Bake:
    now = seen.of(candidate)
    if not now.requests:
        return bake
    again = seen.start // _NEW_BET != seen.end // _NEW_BET
    known = {name: one.restart() if again else one for name, one in bake.evidence.items()}
    evidence = {
        metric.name: known[metric.name].observe(
            *_counted(metric, bake.bounds[metric.name], now),
            bake.bounds[metric.name].limit,
            "above",
        )
        for metric in judge.metrics
        if metric.name in bake.bounds
    }
    return Bake(bake.bounds, evidence)


def _counted(metric: Metric, bound: Bound, now: Counts) -> tuple[int, int]:
    if isinstance(metric, RateMetric):
        return now.count(metric.events), now.count(metric.trials)
    slower = bound.slower_than or 0
    return count_above(now.latency, slower), sum(now.latency.values())


def bake_failures(judge: Judge, bake: Bake) -> list[Verdict]:
    """What is shown to be worse than stable was."""
    found: list[Verdict] = []
    for name, evidence in bake.evidence.items():
        if not evidence.trials1 or not evidence.reaches(judge.failing):
            continue
        bound, value = bake.bounds[name], evidence.events1 / evidence.trials1
        what = name if bound.slower_than is None else f"{name}: slow answers"
        reason = Reason(Because.ABOVE_STABLE, bound.limit)
        said = (
            f"{what} {rate(value)} of {count(evidence.trials1)} since 100 %, {reason.said} "
            f"({odds(evidence.log_e)} to 1, {odds(judge.failing)} decide)"
        )
        found.append(
            Verdict(name, Outcome.FAIL, said, value, bound.limit, evidence.trials1, reason=reason)
        )
    return found
