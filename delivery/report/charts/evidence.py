"""Evidence for and against the candidate, metric by metric, with the lines at which it decides."""

from __future__ import annotations

import math
from typing import Final

from markupsafe import Markup

from delivery.report.charts.frame import SMALL, Picture, holes, known, over_time, shifts
from delivery.report.charts.layers import Line, Rule
from delivery.report.charts.plot import Plot
from delivery.report.charts.scales import of_evidence
from delivery.report.readings import Reading
from delivery.report.story import Story
from delivery.rollout.state import Phase

_HIGHEST_ODDS: Final = math.log(1e6)
_LOWEST_ODDS: Final = math.log(1e-3)


def evidence(story: Story) -> Picture | None:
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
    before: Reading | None = None
    for reading in known(story):
        if reading is None:
            harm.append(None)
            harmless.append(None)
            continue
        if before is not None and (before.phase is Phase.BAKING) != (reading.phase is Phase.BAKING):
            harm.append(None)
        harm.append(_at(reading, reading.harm.get(metric)))
        fresh = before is not None and reading.candidate.requests < before.candidate.requests
        harmless.append(None if fresh else _at(reading, reading.harmless.get(metric)))
        before = reading
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
        if reading is None or reading.segment is None or reading.segment[0] != name
        else _at(reading, reading.segment[1])
        for reading in known(story)
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
        over_time(story, 5),
        of_evidence(lowest, min(max(values) * 1.1, _HIGHEST_ODDS)),
        [*rules, *lines],
        unit=title,
        shades=[*shifts(story), *holes(story)],
        width=SMALL,
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
