"""The numbers behind the charts, as a table that can be read: neighbouring intervals of one share are put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from delivery.report.readings import Count, Interval
from delivery.report.story import Story

MOST_ROWS: Final = 60


@dataclass(frozen=True, slots=True)
class Row:
    """From `start` to `end` at one share (percent); `stable` None where it was not counted. p95 is the highest of the parts."""

    start: float
    end: float
    share: float
    candidate: Count
    stable: Count | None


def rows(story: Story) -> tuple[Row, ...]:
    """At most about `MOST_ROWS`."""
    every = max(math.ceil(len(story.intervals) / MOST_ROWS), 1)
    found: list[Row] = []
    parts: list[Interval] = []
    for interval in story.intervals:
        share = _share_at(story, interval)
        if parts and (len(parts) >= every or share != _share_at(story, parts[0])):
            found.append(_row(parts, _share_at(story, parts[0])))
            parts = []
        parts.append(interval)
    if parts:
        found.append(_row(parts, _share_at(story, parts[0])))
    return tuple(found)


def _share_at(story: Story, interval: Interval) -> float:
    middle = (interval.start + interval.end) / 2
    return next((share for at, share in reversed(story.shares) if at <= middle), 0.0)


def _row(parts: Sequence[Interval], share: float) -> Row:
    stable = [one.stable for one in parts if one.stable is not None]
    return Row(
        parts[0].start,
        parts[-1].end,
        share,
        _sum([one.candidate for one in parts]),
        _sum(stable) if stable else None,
    )


def _sum(counts: Sequence[Count]) -> Count:
    p95 = [one.p95 for one in counts if one.p95 is not None]
    return Count(
        sum(one.requests for one in counts),
        sum(one.errors for one in counts),
        None,
        max(p95) if p95 else None,
    )
