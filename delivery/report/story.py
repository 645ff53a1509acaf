"""A rollout as its ledger tells it, made ready for a page or a machine. Pure: entries in, one value out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from delivery.analysis.bake import Bound
from delivery.report.figures import Figure, figures
from delivery.report.following import Span, followed, shares, spans, uncounted, unwritten
from delivery.report.onset import harm_began
from delivery.report.outcome import Outcome, outcome_of
from delivery.report.readings import Interval, Reading, intervals, observed, readings, served
from delivery.report.telling import Decided, Happened, decided, happened
from delivery.report.texts import clean, without_paths
from delivery.rollout.journal import Rollout
from delivery.rollout.ledger import Entry
from delivery.rollout.strategy_files import strategy_json


@dataclass(frozen=True, slots=True)
class Story:
    """Times are Unix seconds by the ledger's clock; `now` is when it was read. Evidence is in logs: `failing` and `passing` are
    what decides, `failing_segment` for a part of the traffic. `unreadable` entries were passed over."""

    rollout: str
    stack: str
    worker: str
    stable: str
    candidate: str
    by: str
    strategy: dict[str, Any]
    began: float
    now: float
    outcome: Outcome
    figures: tuple[Figure, ...]
    spans: tuple[Span, ...]
    shares: tuple[tuple[float, float], ...]
    unwritten: tuple[tuple[float, float], ...]
    uncounted: tuple[tuple[float, float], ...]
    readings: tuple[Reading, ...]
    intervals: tuple[Interval, ...]
    decided: tuple[Decided, ...]
    happened: tuple[Happened, ...]
    metrics: tuple[str, ...]
    confidence: float
    """Of the bands, in percent."""
    failing: float
    passing: float
    failing_segment: float
    bounds: dict[str, Bound]
    """What the bake holds the candidate to, by metric."""
    unreadable: int
    last: int
    """The number of the newest entry that was read."""

    @property
    def name(self) -> str:
        return str(self.strategy["name"])

    @property
    def end(self) -> float:
        """Of the charts."""
        return max(self.now if self.outcome.ended is None else self.outcome.ended, self.began + 1)

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold: numbers that are not finite are null."""
        found: dict[str, Any] = _finite(asdict(self))
        return found


def story(rollout: Rollout, entries: Sequence[Entry], now: float) -> Story:
    """`entries` may be of several rollouts, doubled, or cut short; `now` by the ledger's clock."""
    moments = followed(rollout, entries)
    looks = observed(moments)
    outcome = outcome_of(rollout, moments)
    counted = intervals(looks)
    split = shares(moments) or ((rollout.at, 0.0),)
    analysis, judge = rollout.strategy.analysis, rollout.strategy.judge
    made = rollout.started
    told = cast("dict[str, Any]", without_paths(strategy_json(rollout.strategy)))
    now = max([now, rollout.at, *(moment.entry.at for moment in moments)])
    return Story(
        rollout=clean(rollout.id),
        stack=clean(made.get("stack", "")),
        worker=clean(made.get("worker", "")),
        stable=clean(rollout.state.stable),
        candidate=clean(rollout.state.candidate),
        by=clean(made.get("by", "somebody")),
        strategy=told,
        began=rollout.at,
        now=now,
        outcome=outcome,
        figures=figures(
            outcome,
            rollout.at,
            now,
            counted,
            served(looks),
            max(share for _, share in split),
            harm_began(rollout.strategy, outcome, counted, looks),
        ),
        spans=spans(moments, now),
        shares=split,
        unwritten=unwritten(moments, now),
        uncounted=uncounted(moments, now),
        readings=readings(looks, 1 - analysis.confidence / 100),
        intervals=counted,
        decided=decided(moments),
        happened=happened(moments),
        metrics=tuple(metric.name for metric in judge.metrics),
        confidence=analysis.confidence,
        failing=judge.failing,
        passing=judge.passing,
        failing_segment=judge.failing_segment,
        bounds=dict(moments[-1].state.bake.bounds) if moments else {},
        unreadable=sum(not moment.readable for moment in moments),
        last=max((entry.seq for entry in entries), default=0),
    )


def _finite(value: object) -> Any:  # noqa: ANN401 (whatever JSON holds)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in cast("list[Any]", value)]
    return value
