"""Charts as plain functions: round ticks, gaps where nothing is known, nothing drawn outside, text that is text."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.report.charts.layers import Dots, Line, Mark, Ribbon, Rule, Shade
from delivery.report.charts.plot import Plot, runs
from delivery.report.charts.scales import from_zero, of_evidence, of_time
from delivery.report.charts.svg import element, number, path
from delivery.report.pictures import pictures
from delivery.report.story import story
from tests.unit.report.made_up import BEGAN, HEALTHY, Ledger


def labels(values: float) -> list[str]:
    return [tick.label for tick in from_zero(values, lambda value: f"{value:g}").ticks]


def test_ticks_are_round_and_reach_the_highest_value() -> None:
    assert labels(100) == ["0", "20", "40", "60", "80", "100"]
    assert labels(0.031) == ["0", "0.01", "0.02", "0.03", "0.04"]
    assert labels(7.2) == ["0", "2", "4", "6", "8"]


@given(st.floats(1e-6, 1e9))
def test_any_value_has_a_scale_of_few_ticks(highest: float) -> None:
    scale = from_zero(highest, str)
    assert scale.high >= highest * (1 - 1e-9)
    assert 2 <= len(scale.ticks) <= 7
    assert scale.ticks[-1].value == pytest.approx(scale.high)


def test_time_has_ticks_at_round_times_of_day() -> None:
    assert [t.label for t in of_time(BEGAN + 3, BEGAN + 63).ticks] == [
        *("10:00:10", "10:00:20", "10:00:30", "10:00:40", "10:00:50", "10:01:00"),
    ]
    assert [t.label for t in of_time(BEGAN, BEGAN + 3600).ticks][:3] == ["10:00", "10:10", "10:20"]
    assert "26 Nov" in [t.label for t in of_time(BEGAN, BEGAN + 5 * 86400).ticks]


@given(st.floats(1, 60 * 86400))
def test_any_time_has_few_ticks_within_it(seconds: float) -> None:
    scale = of_time(BEGAN, BEGAN + seconds)
    assert len(scale.ticks) <= 9
    assert all(scale.low <= tick.value <= scale.high for tick in scale.ticks)


def test_evidence_has_ticks_at_powers_of_ten() -> None:
    scale = of_evidence(math.log(0.05), math.log(1400))
    assert [tick.label for tick in scale.ticks] == ["1:100", "1", "100", "10,000"]


def test_what_lies_beyond_a_scale_is_at_its_edge() -> None:
    scale = from_zero(10, str)
    assert (scale.place(-5), scale.place(5), scale.place(1e12)) == (0, 0.5, 1)


def drawn(*layers: Line | Ribbon | Dots | Rule, marks: tuple[Mark, ...] = ()) -> str:
    x, y = of_time(0, 100), from_zero(10, str)
    return str(Plot("x", "title", "summary", x, y, layers, marks=marks).drawn())


def test_a_gap_in_the_values_is_a_gap_in_the_line() -> None:
    whole = drawn(Line("", "a", [(0, 1), (50, 2), (100, 3)]))
    cut = drawn(Line("", "a", [(0, 1), (40, 2), None, (60, 3), (100, 3)]))
    d = [re.findall(r'<path d="([^"]*)" class="line a"', text)[0] for text in (whole, cut)]
    assert [one.count("M") for one in d] == [1, 2]
    assert list(runs([None, 1, 2, None, None, 3, None])) == [[1, 2], [3]]


def test_steps_hold_a_value_until_the_next() -> None:
    text = drawn(Line("", "a", [(0, 0), (50, 10), (100, 10)], steps=True))
    points = re.findall(r'<path d="M([^"]*)" class="line a"', text)[0].split("L")
    heights = [point.split()[1] for point in points]
    assert heights[0] == heights[1] != heights[2] == heights[3]


def test_a_ribbon_lies_between_its_ends_and_one_point_alone_makes_none() -> None:
    text = drawn(Ribbon("a", [(0, 1, 3), (100, 2, 4), None, (50, 1, 2)]))
    [d] = re.findall(r'<path d="([^"]*)" class="ribbon a"', text)
    assert d.count("M") == 1
    assert d.endswith("Z")


def test_points_closer_than_one_sees_are_left_out() -> None:
    text = drawn(Line("", "a", [(i / 1000, 5.0) for i in range(100_000)]))
    assert len(text) < 30_000


def test_a_label_stands_where_there_is_room() -> None:
    apart = drawn(marks=(Mark("a", 20, "paused", "p"), Mark("a", 80, "returning", "r")))
    assert ">paused</text>" in apart
    assert ">returning</text>" in apart
    crowded = drawn(marks=tuple(Mark("a", x, "extended", "e") for x in range(0, 100, 2)))
    assert crowded.count(">extended</text>") < 3
    assert crowded.count("<title>e</title>") == 50


def test_text_and_attributes_are_escaped() -> None:
    made = str(element("text", '<b>"&', class_='"><script>', aria_label=None))
    assert made == '<text class="&#34;&gt;&lt;script&gt;">&lt;b&gt;&#34;&amp;</text>'
    text = drawn(marks=(Mark("a", 1, "<i>", "<script>"),))
    assert "<script>" not in text
    assert "<i>" not in text


def test_numbers_are_short() -> None:
    assert (number(1.04), number(2.0), number(3), number("a")) == ("1", "2", "3", "a")
    assert path([(1, 2)]) == "M1 2h.01"
    assert path([(1, 2), (3.25, 4)]) == "M1 2L3.2 4"


def test_nothing_is_drawn_outside_of_its_chart() -> None:
    ledger = Ledger(HEALTHY).run()
    known = story(ledger.rollout(), ledger.entries, ledger.now)
    found = pictures(known)
    assert [one.heading for one in found] == [
        *("Share of the candidate", "Errors", "Latency", "Evidence", "Traffic"),
    ]
    for chart in (str(chart) for one in found for chart in one.charts):
        box = re.search(r'viewBox="0 0 (\d+) (\d+)"', chart)
        assert box is not None
        wide, high = float(box[1]), float(box[2])
        for d in re.findall(r' d="([^"]*)"', chart):
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d):
                assert 0 <= float(x) <= wide
                assert 0 <= float(y) <= high
        assert "nan" not in chart
        assert "inf" not in chart.replace("inform", "")


def test_a_time_that_differs_says_what_it_is() -> None:
    x, y = of_time(0, 100), from_zero(10, str)
    shades = [Shade("paused", 10, 60, "paused"), Shade("begun", 70, 70, "5 % from here")]
    text = str(Plot("x", "t", "s", x, y, [], shades=shades).drawn())
    assert "<title>paused</title>" in text
    assert "<title>5 % from here</title>" in text
    assert text.count('class="shade-label"') == 1


def test_no_line_goes_on_while_nobody_counted_or_nobody_led() -> None:
    def parts(ledger: Ledger) -> int:
        known = story(ledger.rollout(), ledger.entries, ledger.now)
        chart = str(next(one for one in pictures(known) if one.heading == "Errors").charts[0])
        return re.findall(r'<path d="([^"]*)" class="line stable"', chart)[0].count("M")

    whole, silent, alone = (Ledger(HEALTHY).run(50) for _ in range(3))
    silent.counting = False
    silent.run(40)
    silent.counting = True
    alone.now += 60
    assert [parts(ledger.run(50)) for ledger in (whole, silent, alone)] == [1, 2, 2]
