"""From when a version gives every answer, as a bench says it, and the small sums behind figures."""

from __future__ import annotations

import time

import pytest

from bench.figures import nearest_rank
from bench.recorder import ratios
from bench.serving import LEAST_ANSWERS, Answered, Served, everywhere_after


def answers(*versions: str | None) -> list[Answered]:
    """One each second from 100 on."""
    return [Answered(100.0 + number, version) for number, version in enumerate(versions)]


def test_the_first_answer_after_the_last_other_one_counts() -> None:
    told = answers("old", "new", "old", *["new"] * LEAST_ANSWERS)
    assert everywhere_after(told, "new", 99.0) == 4.0


@pytest.mark.parametrize("other", ["old", None])
def test_one_other_answer_or_none_at_all_and_it_is_not_everywhere_yet(other: str | None) -> None:
    assert everywhere_after(answers(*["new"] * 40, other, *["new"] * 29), "new", 99.0) is None
    assert everywhere_after(answers(*["new"] * 40, other, *["new"] * 30), "new", 99.0) == 42.0


def test_what_was_answered_before_the_command_says_nothing() -> None:
    told = answers(*["new"] * 5, *["old"] * 5, *["new"] * LEAST_ANSWERS)
    assert everywhere_after(told, "new", 109.5) == 0.5
    assert everywhere_after(told, "new", 112.0) is None
    assert everywhere_after([], "new", 0.0) is None


def test_a_version_that_never_serves_everything_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="new does not serve everything"):
        Served(answers("old")).until_everywhere("new", time.monotonic(), 0.1)


@pytest.mark.parametrize(("percent", "value"), [(95, 48), (50, 25), (100, 50), (1, 1), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert nearest_rank([float(number) for number in range(50, 0, -1)], percent) == value


def test_the_recorders_cost_is_the_median_of_rounds_so_that_one_bad_round_is_none() -> None:
    round = [1.0] * 95 + [2.0] * 5
    slow = [1.5] * 100
    times = {
        "plain": [round] * 5,
        "recorded": [[1.1 * one for one in round]] * 4 + [[90.0] * 100],
        "control": [round, round, slow, round, round],
    }
    assert ratios(times) == [1.1, 1.1, 90.0, 1.0]
