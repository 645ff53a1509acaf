"""Requests per second of both versions."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.report.charts.frame import CANDIDATE, STABLE, Picture, holes, over_time, shifts
from delivery.report.charts.layers import Line
from delivery.report.charts.plot import Plot
from delivery.report.charts.scales import from_zero
from delivery.report.readings import Count, Interval
from delivery.report.story import Story


def traffic(story: Story) -> Picture | None:
    if not story.intervals:
        return None
    lines = [
        Line(name, name, _rates(story.intervals, name), steps=True) for name in (STABLE, CANDIDATE)
    ]
    highest = max(p[1] for line in lines for p in line.points if p is not None)
    means: list[str] = []
    for name in (CANDIDATE, STABLE):
        timed = [(one, count) for one in story.intervals if (count := _one(one, name)) is not None]
        length = sum(one.end - one.start for one, _ in timed)
        if length:
            mean = sum(count.requests for _, count in timed) / length
            means.append(f"{name} {mean:.3g}")
    plot = Plot(
        "traffic",
        "Requests per second of both versions over time",
        f"Users' requests per second in the mean: {', '.join(means)}.",
        over_time(story),
        from_zero(highest * 1.05, lambda value: f"{value:,g}"),
        lines,
        unit="requests/s",
        shades=[*shifts(story), *holes(story)],
        height=190,
    )
    return Picture(
        "Traffic",
        "Users' requests as they were counted; probes are not among them.",
        (plot.drawn(),),
    )


def _rates(intervals: Sequence[Interval], name: str) -> list[tuple[float, float] | None]:
    points: list[tuple[float, float] | None] = []
    last: float | None = None
    for one in intervals:
        counted = _one(one, name)
        if counted is None:
            continue
        if last is not None and one.start > last:
            points.append(None)
        rate = counted.requests / (one.end - one.start)
        points += [(one.start, rate), (one.end, rate)]
        last = one.end
    return points


def _one(interval: Interval, name: str) -> Count | None:
    return interval.candidate if name == CANDIDATE else interval.stable
