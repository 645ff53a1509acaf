"""Both versions side by side: error rates and latencies, each with the band that holds it at all times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from markupsafe import Markup

from delivery.analysis.banded import Band
from delivery.analysis.words import rate as percent
from delivery.report.charts.frame import (
    CANDIDATE,
    SMALL,
    STABLE,
    Picture,
    holes,
    known,
    over_time,
    shifts,
)
from delivery.report.charts.layers import Dots, Layer, Line, Ribbon, Rule
from delivery.report.charts.plot import Plot
from delivery.report.charts.scales import from_zero
from delivery.report.readings import ERRORS, Count, Reading, Version
from delivery.report.story import Story
from delivery.report.texts import milliseconds

_FEW: Final = 20
"""Requests that a quantile of an interval is worth a dot."""
_MANY: Final = 100
"""Requests that a value is worth a higher chart."""
Picked = Callable[[Version], Band | None]


def errors(story: Story) -> Picture | None:
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
        over_time(story),
        from_zero(min(max([*values, 0.001]) * 1.05, 1), lambda value: f"{100 * value:.3g} %"),
        layers,
        shades=[*shifts(story), *holes(story)],
    )
    note = (
        f"Lines: the rate of the step so far, each with the band that holds it at all times at once with "
        f"{story.confidence:g} % confidence. Dots: what was counted between two looks."
    )
    return Picture("Errors", note, (plot.drawn(),))


def latency(story: Story) -> Picture | None:
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
        over_time(story, 5),
        from_zero(max(values) * 1.05, milliseconds, 4),
        [*_bands(story, pick), *(Dots(side, points) for side, points in dots.items())],
        unit=name,
        shades=[*shifts(story), *holes(story)],
        width=SMALL,
        height=200,
    ).drawn()


def _bands(story: Story, pick: Picked) -> Iterable[Layer]:
    """Ribbons first, so that no line lies below one."""
    sides = ((STABLE, _of_stable), (CANDIDATE, _of_candidate))
    for name, side in sides:
        yield Ribbon(name, [r and _ribbon(r, pick(side(r))) for r in known(story)])
    for name, side in sides:
        points = [
            None if r is None or (band := pick(side(r))) is None else (r.at, band.value)
            for r in known(story)
        ]
        yield Line(name, name, points)


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
            yield 1.5 * min(ends)


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
