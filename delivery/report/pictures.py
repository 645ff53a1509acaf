"""The charts of a rollout in the page's order."""

from __future__ import annotations

from delivery.report.charts.both import errors, latency
from delivery.report.charts.evidence import evidence
from delivery.report.charts.frame import Picture
from delivery.report.charts.share import share
from delivery.report.charts.traffic import traffic
from delivery.report.story import Story


def pictures(story: Story) -> tuple[Picture, ...]:
    """A chart without any number is left out."""
    found = (share(story), errors(story), latency(story), evidence(story), traffic(story))
    return tuple(picture for picture in found if picture is not None)
