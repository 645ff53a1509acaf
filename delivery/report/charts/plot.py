"""A chart over time as SVG: layers of values on one pair of scales, with gaps where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from markupsafe import Markup

from delivery.report.charts.layers import Dots, Layer, Line, Mark, Ribbon, Rule, Shade
from delivery.report.charts.scales import Scale
from delivery.report.charts.svg import element, number, path

LEFT: Final = 64.0
RIGHT: Final = 14.0
TOP: Final = 26.0
BOTTOM: Final = 24.0
_LETTER: Final = 6.0
"""Pixels that a letter of a chart's text takes, about."""


@dataclass(frozen=True, slots=True)
class Plot:
    """`id` is unique in the page; `summary` says in words what is seen. Sizes in pixels."""

    id: str
    title: str
    summary: str
    x: Scale
    y: Scale
    layers: Sequence[Layer]
    unit: str = ""
    marks: Sequence[Mark] = ()
    shades: Sequence[Shade] = ()
    width: float = 880.0
    height: float = 220.0

    def drawn(self) -> Markup:
        """The whole `<svg>`, readable without a script and by a screen reader."""
        clip = f"{self.id}-inside"
        across, down = self.width - LEFT - RIGHT, self.height - TOP - BOTTOM
        box = element("rect", x=LEFT, y=TOP - 1, width=across, height=down + 2)
        inside = [
            *(self._shade(shade) for shade in self.shades),
            *self._grid(),
            *(self._layer(layer) for layer in self.layers),
        ]
        return element(
            "svg",
            element("title", self.title, id=f"{self.id}-title"),
            element("desc", self.summary, id=f"{self.id}-desc"),
            element("defs", element("clipPath", box, id=clip)),
            element("g", *inside, clip_path=f"url(#{clip})"),
            *self._axes(),
            *(self._labelled(shade) for shade in self.shades),
            *self._rules_told(),
            *self._marks(),
            self._legend(),
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            role="img",
            aria_labelledby=f"{self.id}-title {self.id}-desc",
            class_="chart",
        )

    def _x(self, value: float) -> float:
        return LEFT + self.x.place(value) * (self.width - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return TOP + (1 - self.y.place(value)) * (self.height - TOP - BOTTOM)

    def _layer(self, layer: Layer) -> Markup:
        match layer:
            case Line():
                return self._line(layer)
            case Ribbon():
                return self._ribbon(layer)
            case Dots():
                around = (
                    element("circle", cx=self._x(x), cy=self._y(y), r=1.8) for x, y in layer.points
                )
                return element("g", *around, class_=f"dots {layer.look}")
            case Rule():
                y = self._y(layer.y)
                ends = {"x1": LEFT, "x2": self.width - RIGHT, "y1": y, "y2": y}
                return element("line", class_=f"rule {layer.look}", **ends)

    def _line(self, line: Line) -> Markup:
        parts: list[str] = []
        for run in runs(line.points):
            placed = [(self._x(x), self._y(y)) for x, y in run]
            parts.append(path(_stepped(placed) if line.steps else _seen(placed)))
        return element("path", d="".join(parts), class_=f"line {line.look}")

    def _ribbon(self, ribbon: Ribbon) -> Markup:
        parts: list[str] = []
        for run in runs(ribbon.points):
            low = _seen([(self._x(x), self._y(lowest)) for x, lowest, _ in run])
            high = _seen([(self._x(x), self._y(highest)) for x, _, highest in run])
            if len(run) > 1:
                parts.append(path([*low, *reversed(high)]) + "Z")
        return element("path", d="".join(parts), class_=f"ribbon {ribbon.look}")

    def _grid(self) -> Iterable[Markup]:
        for tick in self.y.ticks:
            y = self._y(tick.value)
            ends = {"x1": LEFT, "x2": self.width - RIGHT, "y1": y, "y2": y}
            yield element("line", class_="grid", **ends)

    def _axes(self) -> Iterable[Markup]:
        floor = self.height - BOTTOM
        for tick in self.y.ticks:
            at = {"x": LEFT - 7, "y": self._y(tick.value) + 3.5}
            yield element("text", tick.label, class_="tick end", **at)
        for tick in self.x.ticks:
            x = self._x(tick.value)
            yield element("line", class_="axis", x1=x, x2=x, y1=floor, y2=floor + 4)
            yield element("text", tick.label, class_="tick middle", x=x, y=floor + 16)
        ends = {"x1": LEFT, "x2": self.width - RIGHT, "y1": floor, "y2": floor}
        yield element("line", class_="axis", **ends)
        if self.unit:
            yield element("text", self.unit, class_="tick", x=2, y=TOP - 13)

    def _shade(self, shade: Shade) -> Markup:
        x = self._x(shade.start)
        return element(
            "rect",
            element("title", shade.label),
            class_=f"shade {shade.look}",
            x=x,
            y=TOP,
            width=max(self._x(shade.end) - x, 0.5),
            height=self.height - TOP - BOTTOM,
        )

    def _labelled(self, shade: Shade) -> Markup:
        start, end = self._x(shade.start), self._x(shade.end)
        if end - start < len(shade.label) * _LETTER + 6:
            return Markup("")
        return element("text", shade.label, class_="shade-label", x=start + 4, y=TOP + 12)

    def _rules_told(self) -> Iterable[Markup]:
        for rule in self.layers:
            if isinstance(rule, Rule) and self.y.low <= rule.y <= self.y.high:
                at = {"x": self.width - RIGHT - 3, "y": self._y(rule.y) - 4}
                yield element("text", rule.label, class_=f"rule-label end {rule.look}", **at)

    def _marks(self) -> Iterable[Markup]:
        places = [self._x(mark.x) for mark in self.marks]
        for index, mark in enumerate(self.marks):
            x, width = places[index], len(mark.label) * _LETTER + 8
            left = places[index - 1] + len(self.marks[index - 1].label) * _LETTER if index else LEFT
            right = self.width
            if index + 1 < len(places):
                right = places[index + 1]
            label = Markup("")
            if x + width < right - 6:
                label = element("text", mark.label, class_="tick", x=x + 7, y=TOP - 5)
            elif x - width > left + 8:
                label = element("text", mark.label, class_="tick end", x=x - 7, y=TOP - 5)
            yield element(
                "g",
                element("title", mark.said),
                element("line", x1=x, x2=x, y1=TOP - 4, y2=self.height - BOTTOM),
                element("path", d=f"M{number(x - 4.5)} {number(TOP - 12)}h9l-4.5 8z"),
                label,
                class_=f"mark {mark.look}",
            )

    def _legend(self) -> Markup:
        """Names of the lines, at the top right."""
        parts: list[Markup] = []
        x = self.width - RIGHT
        for line in reversed([one for one in self.layers if isinstance(one, Line) and one.name]):
            x -= len(line.name) * _LETTER
            parts.append(element("text", line.name, class_="legend", x=x, y=TOP - 12))
            x -= 24
            swatch = {"x1": x, "x2": x + 19, "y1": TOP - 16, "y2": TOP - 16}
            parts.append(element("line", class_=f"line {line.look}", **swatch))
            x -= 14
        return element("g", *parts, aria_hidden="true")


_Point = TypeVar("_Point")


def runs(points: Iterable[_Point | None]) -> Iterable[list[_Point]]:
    """The points between the gaps."""
    run: list[_Point] = []
    for point in points:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _seen(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that lie within half a pixel of the one before, but for the last."""
    kept = list(points[:1])
    for index, point in enumerate(points[1:], 1):
        last = index == len(points) - 1
        if last or max(abs(point[0] - kept[-1][0]), abs(point[1] - kept[-1][1])) >= 0.5:
            kept.append(point)
    return kept


def _stepped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    kept = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        if y != before:
            kept.append((x, before))
        kept.append((x, y))
    return kept
