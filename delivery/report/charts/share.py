"""The candidate's share over time, with phases and events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from delivery.report.charts.frame import CANDIDATE, Picture, holes, over_time
from delivery.report.charts.layers import Line, Mark, Shade
from delivery.report.charts.plot import Plot
from delivery.report.charts.scales import from_zero
from delivery.report.story import Story
from delivery.rollout.events import Kind
from delivery.rollout.journal import REQUEST, SWITCHED
from delivery.rollout.state import Phase

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


def share(story: Story) -> Picture:
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
        over_time(story),
        from_zero(100, lambda value: f"{value:g} %", 4),
        [Line("", CANDIDATE, points, steps=True)],
        marks=marks,
        shades=[*_phases(story), *holes(story)],
        height=210,
    )
    note = "Grey: the split is applied and the edge agrees on it. Each triangle is an event; all stand in the table below."
    if story.unwritten:
        note += " Dark: no controller wrote to the ledger."
    if story.uncounted:
        note += " Violet: nobody counted requests."
    return Picture("Share of the candidate", note, (plot.drawn(),))


def _phases(story: Story) -> Iterable[Shade]:
    for span in story.spans:
        if span.phase in _SHADED:
            yield Shade(_SHADED[span.phase], span.start, span.end, span.phase.value)
