"""What a chart over time is made of: values by layer, in their own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Points in their order, None where there is a gap; `steps` holds each value until the next point."""

    name: str
    look: str
    points: Sequence[tuple[float, float] | None]
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Ribbon:
    """(x, low, high) in their order, None where there is a gap."""

    look: str
    points: Sequence[tuple[float, float, float] | None]


@dataclass(frozen=True, slots=True)
class Dots:
    look: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across, at one value."""

    look: str
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An event: a line down, with a sign at its top, and its label where there is room; `said` is for whoever points at it."""

    look: str
    x: float
    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Shade:
    """A time that differs; its label is written where there is room."""

    look: str
    start: float
    end: float
    label: str


Layer = Line | Ribbon | Dots | Rule
