"""What the numbers say so far, slice by slice: a value that grows with each look, and the verdicts that it allows.

Both versions are compared within each slice, so neither a busy hour nor a growing share makes a difference. Evidence of harm is
gathered over the whole rollout and opens a new bet at each step, so that harm which begins late is found; what a step needs to
pass it has to show by its own numbers. The tests may be looked at after every slice (`delivery/statistics/two_rates.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Final, Literal

from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.analysis.metrics import (
    REQUIRED,
    Analysis,
    LatencyMetric,
    Metric,
    RateMetric,
    failure_alpha,
    metrics_of,
)
from delivery.analysis.reasons import Because, Reason
from delivery.analysis.verdict import Outcome, Verdict
from delivery.analysis.words import count, odds, rate
from delivery.statistics.latency import Ordered, exceed_counts, merge, quantile, thresholds
from delivery.statistics.two_rates import Evidence

MOST_SEGMENTS: Final = 32
_FEWEST_BEYOND: Final = 10
"""Requests expected beyond a quantile: with fewer nothing can be shown of it, and a step passes without it."""
_FEWEST_USES: Final = 20
"""Of a cache or a database by the candidate: with fewer it is not judged, since it need not be used at all."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Evidence of one metric: that the candidate is worse (whole rollout), and that it is not (this step)."""

    worse: Evidence = field(default_factory=partial(Evidence.of, "worse"))
    not_worse: Evidence = field(default_factory=partial(Evidence.of, "not_worse"))


@dataclass(frozen=True, slots=True)
class Judgement:
    """`candidate` and `stable` are what was counted in this step, `candidate_before` and `stable_before` in earlier ones."""

    metrics: Mapping[str, Pair] = field(default_factory=dict[str, Pair])
    segments: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])
    candidate: Counts = NOTHING
    stable: Counts = NOTHING
    candidate_before: Counts = NOTHING
    stable_before: Counts = NOTHING
    bad_numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    """A custom number's name → how often in a row it was bad."""

    def to_json(self) -> dict[str, Any]:
        return {
            "metrics": {
                name: [pair.worse.to_json(), pair.not_worse.to_json()]
                for name, pair in self.metrics.items()
            },
            "segments": {name: evidence.to_json() for name, evidence in self.segments.items()},
            "candidate": self.candidate.to_json(),
            "stable": self.stable.to_json(),
            "candidateBefore": self.candidate_before.to_json(),
            "stableBefore": self.stable_before.to_json(),
            "badNumbers": dict(self.bad_numbers),
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Judgement:
        """Raises `LookupError`, `TypeError` or `ValueError` for another shape."""
        return Judgement(
            {
                name: Pair(Evidence.from_json(pair[0]), Evidence.from_json(pair[1]))
                for name, pair in told["metrics"].items()
            },
            {name: Evidence.from_json(one) for name, one in told["segments"].items()},
            Counts.from_json(told["candidate"]),
            Counts.from_json(told["stable"]),
            Counts.from_json(told["candidateBefore"]),
            Counts.from_json(told["stableBefore"]),
            dict(told["badNumbers"]),
        )


class Judge:
    """An analysis made ready: metrics, and how much evidence decides."""

    def __init__(self, analysis: Analysis, *, fill_in: bool = False) -> None:
        self.metrics: tuple[Metric, ...] = metrics_of(analysis)
        self.fill_in = fill_in
        # Half of what a metric may spend belongs to the bake.
        self.failing = math.log(2 / failure_alpha(analysis))
        # Many segments are looked at, each of which may look bad by chance.
        self.failing_segment = self.failing + math.log(MOST_SEGMENTS)
        self.passing = -math.log(1 - analysis.confidence / 100)
        self._segments = analysis.segments

    def begin_step(self, known: Judgement) -> Judgement:
        """A step's numbers begin at nothing; evidence of harm goes on, with a new bet."""
        return replace(
            known,
            metrics={name: Pair(pair.worse.restart()) for name, pair in known.metrics.items()},
            segments={name: evidence.restart() for name, evidence in known.segments.items()},
            candidate=NOTHING,
            stable=NOTHING,
            candidate_before=known.candidate_before + known.candidate,
            stable_before=known.stable_before + known.stable,
        )

    def restart(self, known: Judgement) -> Judgement:
        """A new bet on harm that begins now, within a step; and one on a candidate whose beginning was bad for once."""
        return replace(
            known,
            metrics={
                name: Pair(pair.worse.restart(), pair.not_worse.restart())
                for name, pair in known.metrics.items()
            },
        )

    def observe(self, known: Judgement, seen: Slice, stable: str, candidate: str) -> Judgement:
        """After one more slice in which both were served."""
        now0, now1 = seen.of(stable), seen.of(candidate)
        past = _Past(known) if now0.latency and now1.latency else None
        metrics: dict[str, Pair] = {}
        for metric in self.metrics:
            pair = known.metrics.get(metric.name) or Pair()
            if isinstance(metric, RateMetric):
                pair = self._rate_observed(metric, pair, now0, now1)
            elif past is not None:
                pair = _latency_observed(metric, pair, past, now0.ordered, now1.ordered)
            metrics[metric.name] = pair
        return replace(
            known,
            metrics=metrics,
            segments=self._segments_observed(known.segments, now0, now1),
            candidate=known.candidate + now1,
            stable=known.stable + now0,
        )

    def _rate_observed(self, metric: RateMetric, pair: Pair, now0: Counts, now1: Counts) -> Pair:
        counted = (
            *(now0.count(metric.events), now0.count(metric.trials)),
            *(now1.count(metric.events), now1.count(metric.trials)),
        )
        if not counted[1] and not counted[3] and not self.fill_in:
            return pair
        worse = pair.worse.observe(*counted, metric.smallest, "worse")
        if self.fill_in and metric.trials == "requests":
            counted = (
                *(counted[0] + now0.probe_errors, counted[1] + now0.probes),
                *(counted[2] + now1.probe_errors, counted[3] + now1.probes),
            )
        return Pair(worse, pair.not_worse.observe(*counted, metric.tolerance, "not_worse"))

    def _segments_observed(
        self, known: Mapping[str, Evidence], now0: Counts, now1: Counts
    ) -> Mapping[str, Evidence]:
        if self._segments is None or not now1.segments:
            return known
        margin = self._segments.smallest_difference / 100
        grown = dict(known)
        for name, (requests1, errors1) in now1.segments.items():
            if name not in grown and len(grown) >= MOST_SEGMENTS:
                continue
            requests0, errors0 = now0.segments.get(name, (0, 0))
            before = grown.get(name) or Evidence.of("worse")
            grown[name] = before.observe(errors0, requests0, errors1, requests1, margin, "worse")
        return grown

    # Verdicts

    def failures(self, known: Judgement) -> list[Verdict]:
        """What is shown to be worse by now, if anything; may be asked after every slice."""
        found = [
            self._failed(metric, known, pair)
            for metric in self.metrics
            if (pair := known.metrics.get(metric.name)) and pair.worse.reaches(self.failing)
        ]
        found.extend(
            self._segment_failed(name, evidence, self.failing_segment)
            for name, evidence in known.segments.items()
            if evidence.reaches(self.failing_segment)
        )
        return found

    def verdicts(self, known: Judgement, least_requests: int) -> list[Verdict]:
        """One for each metric at the end of a step; failures first."""
        failed = self.failures(known)
        names = {verdict.metric for verdict in failed}
        others = (self._at_end(m, known, least_requests) for m in self.metrics)
        return [*failed, *(v for v in others if v is not None and v.metric not in names)]

    def _failed(self, metric: Metric, known: Judgement, pair: Pair) -> Verdict:
        reason = Reason(Because.WORSE, 100 * metric.smallest, _unit(metric))
        return self._told(metric, known, Outcome.FAIL, pair.worse.log_e, self.failing, reason)

    def _at_end(self, metric: Metric, known: Judgement, least: int) -> Verdict | None:
        pair = known.metrics.get(metric.name) or Pair()
        is_rate = isinstance(metric, RateMetric)
        trials = metric.trials if isinstance(metric, RateMetric) else "requests"
        mine, theirs = known.candidate.count(trials), known.stable.count(trials)
        if trials not in REQUIRED and mine < _FEWEST_USES:
            return None
        if self.fill_in and is_rate:
            mine, theirs = mine + known.candidate.probes, theirs + known.stable.probes
        elif self.fill_in and mine < least:
            return None
        if isinstance(metric, LatencyMetric) and mine >= least:
            beyond = min(metric.quantile, 1 - metric.quantile) * mine
            if beyond < _FEWEST_BEYOND:
                return None
        outcome = Outcome.INCONCLUSIVE
        if mine == 0:
            outcome, reason = Outcome.NO_DATA, Reason(Because.NO_CANDIDATE)
        elif theirs == 0:
            outcome, reason = Outcome.NO_DATA, Reason(Because.NO_STABLE)
        elif trials in REQUIRED and mine < least:
            reason = Reason(Because.FEW, counted=mine, needed=least)
        elif pair.not_worse.log_e >= self.passing:
            outcome = Outcome.PASS
            reason = Reason(Because.NOT_WORSE, 100 * metric.tolerance, _unit(metric))
        else:
            reason = Reason(Because.UNTOLD)
        return self._told(metric, known, outcome, pair.not_worse.log_e, self.passing, reason)

    def _told(
        self,
        metric: Metric,
        known: Judgement,
        outcome: Outcome,
        log_e: float,
        limit: float,
        reason: Reason,
    ) -> Verdict:
        mine, theirs = known.candidate, known.stable
        if isinstance(metric, RateMetric):
            n1, n0 = mine.count(metric.trials), theirs.count(metric.trials)
            value1 = mine.count(metric.events) / n1 if n1 else None
            value0 = theirs.count(metric.events) / n0 if n0 else None
            shown1 = "nothing" if value1 is None else rate(value1)
            shown0 = "nothing" if value0 is None else rate(value0)
        else:
            n1, n0 = mine.requests, theirs.requests
            value1 = quantile(mine.latency, metric.quantile) if mine.latency else None
            value0 = quantile(theirs.latency, metric.quantile) if theirs.latency else None
            shown1 = "nothing" if value1 is None else f"{value1:.3g} ms"
            shown0 = "nothing" if value0 is None else f"{value0:.3g} ms"
        compared = f"{metric.name} {shown1} of {count(n1)}, stable {shown0} of {n0:,}"
        return Verdict(
            metric.name,
            outcome,
            f"{compared}: {reason.said} ({odds(log_e)} to 1, {odds(limit)} decide)",
            value1,
            value0,
            n1,
            n0,
            _shown(log_e),
            _shown(limit),
            reason,
        )

    def _segment_failed(self, name: str, evidence: Evidence, limit: float) -> Verdict:
        value1 = evidence.events1 / max(evidence.trials1, 1)
        value0 = evidence.events0 / max(evidence.trials0, 1)
        smallest = 0.0 if self._segments is None else self._segments.smallest_difference
        reason = Reason(Because.WORSE, smallest, "points")
        said = (
            f"errors of {name}: {rate(value1)} of {count(evidence.trials1)}, stable {rate(value0)} of "
            f"{evidence.trials0:,}: {reason.said} ({odds(evidence.log_e)} to 1, {odds(limit)} decide)"
        )
        return Verdict(
            f"errors of {name}",
            Outcome.FAIL,
            said,
            value1,
            value0,
            evidence.trials1,
            evidence.trials0,
            _shown(evidence.log_e),
            _shown(limit),
            reason,
        )


def _unit(metric: Metric) -> str:
    return "points" if isinstance(metric, RateMetric) else "%"


class _Past:
    """What stable's quantiles are told from before a slice is judged: this step so far, and where that is too little the earlier ones too."""

    def __init__(self, known: Judgement) -> None:
        self._known = known
        self._step = Ordered(known.stable.latency)

    @cached_property
    def _all(self) -> Ordered:
        return Ordered(merge((self._known.stable_before.latency, self._known.stable.latency)))

    def cut(
        self, metric: LatencyMetric, margin: float, side: Literal["worse", "not_worse"]
    ) -> tuple[int, int] | None:
        """`thresholds`."""
        asked = (metric.quantile, margin, metric.floor, side)
        known = self._known.stable_before.latency
        return thresholds(self._step, *asked) or (thresholds(self._all, *asked) if known else None)


def _latency_observed(
    metric: LatencyMetric, pair: Pair, past: _Past, now0: Ordered, now1: Ordered
) -> Pair:
    worse, not_worse = pair.worse, pair.not_worse
    cut = past.cut(metric, metric.smallest, "worse")
    if cut is not None:
        worse = worse.observe(*exceed_counts(now0, now1, *cut), 0.0, "worse")
    cut = past.cut(metric, metric.tolerance, "not_worse")
    if cut is not None:
        not_worse = not_worse.observe(*exceed_counts(now0, now1, *cut), 0.0, "not_worse")
    return Pair(worse, not_worse)


def _shown(log_value: float) -> float:
    """An e-value that JSON can hold."""
    return math.exp(min(log_value, 300.0))
