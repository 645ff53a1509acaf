"""What all charts of a rollout have in common: time, shifts of the share, and holes in what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from delivery.report.charts.layers import Shade
from delivery.report.charts.scales import Scale, of_time
from delivery.report.readings import Reading
from delivery.report.story import Story

STABLE: Final = "stable"
CANDIDATE: Final = "candidate"
SMALL: Final = 430.0
"""The width of a chart that has another beside it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, or several small ones side by side, under one heading; `note` says how it is read."""

    heading: str
    note: str
    charts: tuple[Markup, ...]


def over_time(story: Story, most: int = 8) -> Scale:
    return of_time(story.began, story.end, most)


def holes(story: Story) -> list[Shade]:
    """When nothing is known, and why."""
    return [
        *(Shade("unwritten", start, end, "nobody led") for start, end in story.unwritten),
        *(Shade("uncounted", start, end, "no counts") for start, end in story.uncounted),
    ]


def shifts(story: Story) -> list[Shade]:
    """Where each share began, in the other charts."""
    return [Shade("begun", at, at, f"{share:g} % from here") for at, share in story.shares[1:]]


def known(story: Story) -> Iterable[Reading | None]:
    """The readings, None where there is a hole between two of them."""
    before = story.began
    for reading in story.readings:
        at = reading.at
        if any(before <= start and end <= at for start, end in story.unwritten):
            yield None
        yield None if any(start < at < end for start, end in story.uncounted) else reading
        before = at
