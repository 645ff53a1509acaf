"""The charts of a rollout: share, errors, latency, evidence, traffic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from delivery.analysis.words import rate as percent
from delivery.report.plot import Dots, Layer, Line, Mark, Plot, Ribbon, Rule, Shade
from delivery.report.readings import ERRORS, Band, Count, Interval, Reading, Version
from delivery.report.scales import Scale, from_zero, of_evidence, of_time
from delivery.report.story import Story
from delivery.report.texts import milliseconds
from delivery.rollout.events import Kind
from delivery.rollout.journal import REQUEST, SWITCHED
from delivery.rollout.state import Phase

STABLE: Final = "stable"
CANDIDATE: Final = "candidate"
_SMALL: Final = 430.0
_FEW: Final = 20
"""Requests that a quantile of an interval is worth a dot."""
_MANY: Final = 100
"""Requests that a value is worth a higher chart."""
_HIGHEST_ODDS: Final = math.log(1e6)
_LOWEST_ODDS: Final = math.log(1e-3)
_MARKED: Final = {
    Kind.PAUSED.value: "warned",
    Kind.EXTENDED.value: "warned",
    Kind.SILENT.value: "warned",
    Kind.RETURNING.value: "failed",
    SWITCHED: "failed",
    Kind.FINISHED.value: "passed",
    Kind.PASSED.value: "passed",
    REQUEST: "asked",
}
_SHADED: Final = {
    Phase.SHIFTING: "moving",
    Phase.CONVERGING: "moving",
    Phase.PAUSED: "paused",
    Phase.BAKING: "baking",
    Phase.RETURNING: "returning",
}
Picked = Callable[[Version], Band | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, or several small ones side by side, under one heading; `note` says how it is read."""

    heading: str
    note: str
    charts: tuple[Markup, ...]


def pictures(story: Story) -> tuple[Picture, ...]:
    """In the page's order; a chart without any number is left out."""
    found = (_share(story), _errors(story), _latency(story), _evidence(story), _traffic(story))
    return tuple(picture for picture in found if picture is not None)


def _time(story: Story, most: int = 8) -> Scale:
    return of_time(story.began, story.end, most)


# Share


def _share(story: Story) -> Picture:
    points: list[tuple[float, float] | None] = [*story.shares, (story.end, story.shares[-1][1])]
    marks = [
        Mark(_MARKED[one.kind], one.at, one.kind, f"{one.kind}: {one.said}")
        for one in story.happened
        if one.kind in _MARKED
    ]
    told = ", ".join(f"{share:g} %" for _, share in story.shares)
    plot = Plot(
        "share",
        "The candidate's share of the requests over time",
        f"The share was, in this order: {told}.",
        _time(story),
        from_zero(100, lambda value: f"{value:g} %", 4),
        [Line("", CANDIDATE, points, steps=True)],
        marks=marks,
        shades=[*_phases(story), *_unwritten(story)],
        height=210,
    )
    note = "Grey: the split is applied and the edge agrees on it. Each triangle is an event; all stand in the table below."
    return Picture("Share of the candidate", note, (plot.drawn(),))


def _phases(story: Story) -> Iterable[Shade]:
    for span in story.spans:
        if span.phase in _SHADED:
            yield Shade(_SHADED[span.phase], span.start, span.end, span.phase.value)


def _unwritten(story: Story) -> list[Shade]:
    return [Shade("unwritten", start, end, "nobody wrote") for start, end in story.unwritten]


def _steps(story: Story) -> list[Shade]:
    """Where each share began, in the other charts."""
    return [Shade("begun", at, at, f"{share:g} % from here") for at, share in story.shares[1:]]


# Errors


def _errors(story: Story) -> Picture | None:
    seen = [reading for reading in story.readings if reading.candidate.rate or reading.stable.rate]
    if not seen:
        return None
    bound = story.bounds.get(ERRORS)
    values = [
        *(one.errors / one.requests for _, one in _counts(story) if one.requests >= _MANY),
        *_values(seen, lambda version: version.rate),
        *_settled(seen, lambda version: version.rate),
        *([bound.limit] if bound else ()),
    ]
    layers: list[Layer] = [*_bands(story, lambda version: version.rate)]
    layers += [
        Dots(
            name,
            [(at, one.errors / one.requests) for at, one in _counts(story, name) if one.requests],
        )
        for name in (STABLE, CANDIDATE)
    ]
    if bound is not None:
        layers.append(Rule("limit", bound.limit, f"limit of the bake {percent(bound.limit)}"))
    plot = Plot(
        "errors",
        "Error rate of both versions over time",
        _said(seen, "Error rate", lambda version: version.rate, percent),
        _time(story),
        from_zero(min(max([*values, 0.001]) * 1.05, 1), lambda value: f"{100 * value:.3g} %"),
        layers,
        shades=[*_steps(story), *_unwritten(story)],
    )
    note = (
        f"Lines: the rate of the step so far, each with the band that holds it at all times at once with "
        f"{story.confidence:g} % confidence. Dots: what was counted between two looks."
    )
    return Picture("Errors", note, (plot.drawn(),))


def _bands(story: Story, pick: Picked, look: str = "", names: bool = True) -> Iterable[Layer]:
    """Ribbons first, so that no line lies below one."""
    sides = ((STABLE, _of_stable), (CANDIDATE, _of_candidate))
    for name, side in sides:
        yield Ribbon(name, [_ribbon(reading, pick(side(reading))) for reading in story.readings])
    for name, side in sides:
        points = [
            None if (band := pick(side(reading))) is None else (reading.at, band.value)
            for reading in story.readings
        ]
        yield Line(f"{name} {look}".strip() if names else "", f"{name} {look}".strip(), points)


def _of_stable(reading: Reading) -> Version:
    return reading.stable


def _of_candidate(reading: Reading) -> Version:
    return reading.candidate


def _ribbon(reading: Reading, band: Band | None) -> tuple[float, float, float] | None:
    if band is None:
        return None
    return reading.at, band.low, 1e9 if band.high is None else band.high


def _values(seen: Sequence[Reading], pick: Picked) -> Iterable[float]:
    """Those of many requests, as far as there are any."""
    for least in (_MANY, 0):
        found = [
            band.value
            for reading in seen
            for version in (reading.stable, reading.candidate)
            if version.requests >= least and (band := pick(version)) is not None
        ]
        if found:
            return found
    return ()


def _settled(seen: Sequence[Reading], pick: Picked) -> Iterable[float]:
    """How high a chart has to be so that each version's narrowest band is in it; wide ones may be cut."""
    for side in (_of_stable, _of_candidate):
        ends = [
            band.high
            for reading in seen
            if (band := pick(side(reading))) is not None and band.high is not None
        ]
        if ends:
            yield min(ends)


def _counts(story: Story, name: str = "") -> list[tuple[float, Count]]:
    """(middle of the interval, what a version counted), of both without `name`."""
    found: list[tuple[float, Count]] = []
    for one in story.intervals:
        middle = (one.start + one.end) / 2
        if name != STABLE:
            found.append((middle, one.candidate))
        if name != CANDIDATE and one.stable is not None:
            found.append((middle, one.stable))
    return found


def _said(seen: Sequence[Reading], what: str, pick: Picked, show: Callable[[float], str]) -> str:
    """The last numbers of both, with their bands."""
    parts: list[str] = []
    for name, side in ((CANDIDATE, _of_candidate), (STABLE, _of_stable)):
        reading = next((r for r in reversed(seen) if pick(side(r)) is not None), None)
        band = None if reading is None else pick(side(reading))
        if band is None or reading is None:
            continue
        high = "without an upper end" if band.high is None else f"to {show(band.high)}"
        parts.append(
            f"{name} at last {show(band.value)} of {side(reading).requests:,} requests, "
            f"band {show(band.low)} {high}"
        )
    return f"{what}: {'; '.join(parts)}."


# Latency


def _latency(story: Story) -> Picture | None:
    seen = [r for r in story.readings if r.candidate.p95 or r.stable.p95]
    if not seen:
        return None
    charts = tuple(
        _quantile(story, seen, name, pick) for name, pick in (("p50", _p50), ("p95", _p95))
    )
    note = (
        "p50 is what half of the answers stay below, p95 what 95 of 100 do; lines, bands and dots as above. "
        "In the bake latency is held against a limit alone, so that no quantile is kept of it."
    )
    return Picture("Latency", note, charts)


def _p50(version: Version) -> Band | None:
    return version.p50


def _p95(version: Version) -> Band | None:
    return version.p95


def _quantile(story: Story, seen: Sequence[Reading], name: str, pick: Picked) -> Markup:
    values = [
        *_values(seen, pick),
        *_settled(seen, pick),
    ]
    dots: dict[str, list[tuple[float, float]]] = {
        side: [
            (at, value)
            for at, one in _counts(story, side)
            if (value := one.p50 if name == "p50" else one.p95) is not None and one.requests >= _FEW
        ]
        for side in (STABLE, CANDIDATE)
    }
    values += [value for points in dots.values() for _, value in points]
    return Plot(
        f"latency-{name}",
        f"{name} latency of both versions over time",
        _said(seen, f"{name} latency", pick, milliseconds),
        _time(story, 5),
        from_zero(max(values) * 1.05, milliseconds, 4),
        [*_bands(story, pick), *(Dots(side, points) for side, points in dots.items())],
        unit=name,
        shades=[*_steps(story), *_unwritten(story)],
        width=_SMALL,
        height=200,
    ).drawn()


# Evidence


def _evidence(story: Story) -> Picture | None:
    charts = tuple(
        chart
        for index, metric in enumerate(story.metrics)
        if (chart := _of_metric(story, index, metric)) is not None
    )
    segment = _segment(story)
    charts = charts if segment is None else (*charts, segment)
    if not charts:
        return None
    note = (
        "Odds on a logarithmic scale. Harm: how much more likely the numbers are if the candidate is worse than it may be; at the "
        "upper line it is put back. No harm: the same for the candidate not being worse; at the lower line a step may pass with it. "
        "1 says nothing either way."
    )
    return Picture("Evidence", note, charts)


def _of_metric(story: Story, index: int, metric: str) -> Markup | None:
    harm: list[tuple[float, float] | None] = []
    harmless: list[tuple[float, float] | None] = []
    for before, reading in zip([None, *story.readings], story.readings, strict=False):
        if before is not None and (before.phase is Phase.BAKING) != (reading.phase is Phase.BAKING):
            harm.append(None)
        harm.append(_at(reading, reading.harm.get(metric)))
        fresh = before is not None and reading.candidate.requests < before.candidate.requests
        harmless.append(None if fresh else _at(reading, reading.harmless.get(metric)))
    told = [point[1] for point in (*harm, *harmless) if point is not None]
    if all(value == 0 for value in told):
        return None
    last_harm = next(point[1] for point in reversed(harm) if point is not None)
    most = max((point[1] for point in harmless if point is not None), default=0.0)
    return _odds_chart(
        story,
        f"evidence-{index}",
        metric,
        f"{metric}: the odds of harm were {_odds(last_harm)} to 1 at last, {_odds(story.failing)} decide; "
        f"those of no harm {_odds(most)} to 1 at their highest, {_odds(story.passing)} let a step pass.",
        [Line("no harm", "harmless", harmless), Line("harm", "harm", harm)],
        [
            Rule("failed", story.failing, f"{_odds(story.failing)}: put back"),
            Rule("passed", story.passing, f"{_odds(story.passing)}: may pass"),
        ],
    )


def _segment(story: Story) -> Markup | None:
    """The part of the traffic with most evidence of harm, once there is some."""
    at_last = max(
        (reading.segment for reading in story.readings if reading.segment is not None),
        key=lambda one: one[1],
        default=None,
    )
    if at_last is None or at_last[1] < story.failing:
        return None
    name = at_last[0]
    points = [
        None
        if reading.segment is None or reading.segment[0] != name
        else _at(reading, reading.segment[1])
        for reading in story.readings
    ]
    return _odds_chart(
        story,
        "evidence-segment",
        f"errors of {name}",
        f"errors of {name}: the odds of harm were {_odds(at_last[1])} to 1 at their highest, "
        f"{_odds(story.failing_segment)} decide.",
        [Line("harm", "harm", points)],
        [Rule("failed", story.failing_segment, f"{_odds(story.failing_segment)}: put back")],
    )


def _odds_chart(
    story: Story, id: str, title: str, summary: str, lines: list[Line], rules: list[Rule]
) -> Markup:
    values = [p[1] for line in lines for p in line.points if p is not None]
    values += [rule.y for rule in rules]
    lowest = max(min([*values, -1.0]), _LOWEST_ODDS)
    return Plot(
        id,
        f"Evidence over time: {title}",
        summary,
        _time(story, 5),
        of_evidence(lowest, min(max(values) * 1.1, _HIGHEST_ODDS)),
        [*rules, *lines],
        unit=title,
        shades=[*_steps(story), *_unwritten(story)],
        width=_SMALL,
        height=190,
    ).drawn()


def _at(reading: Reading, value: float | None) -> tuple[float, float] | None:
    return None if value is None else (reading.at, value)


def _odds(log_e: float) -> str:
    if log_e > _HIGHEST_ODDS:
        return "over a million"
    if log_e < _LOWEST_ODDS:
        return "less than 1:1,000"
    value = math.exp(log_e)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


# Traffic


def _traffic(story: Story) -> Picture | None:
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
        _time(story),
        from_zero(highest * 1.05, lambda value: f"{value:,g}"),
        lines,
        unit="requests/s",
        shades=[*_steps(story), *_unwritten(story)],
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
