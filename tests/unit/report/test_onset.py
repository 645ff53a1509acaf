"""When harm began: never later than it did."""

from __future__ import annotations

from delivery.report.onset import first_harm
from delivery.report.readings import Count, Interval


def counted(*errors: int, p95: tuple[float, ...] = ()) -> list[Interval]:
    """Intervals of 10 s from 0 on: so many errors of the candidate's 100 requests, two of stable's 1,000."""
    slow = p95 or (50.0,) * len(errors)
    return [
        Interval(
            10.0 * i, 10.0 * (i + 1), Count(100, wrong, 20.0, slow[i]), Count(1000, 2, 20.0, 50.0)
        )
        for i, wrong in enumerate(errors)
    ]


def test_it_is_the_interval_in_which_the_errors_began() -> None:
    assert first_harm(counted(0, 1, 0, 0, 7, 9, 6), 0.003, None) == 40


def test_it_may_be_the_first() -> None:
    assert first_harm(counted(5, 6, 4), 0.003, None) == 0


def test_there_is_none_when_the_candidate_is_no_worse() -> None:
    assert first_harm(counted(0, 0, 0), 0.003, None) is None
    assert first_harm([], 0.003, None) is None


def test_differences_that_do_not_matter_are_no_harm() -> None:
    few = counted(1, 1, 1, 1, 9, 9)
    assert first_harm(few, 0.012, None) == 40
    assert first_harm(few, 0.0, None) == 0


def test_of_slowness_it_is_when_p95_left_what_is_allowed() -> None:
    slow = counted(0, 0, 0, 0, 0, p95=(52, 50, 56, 90, 95))
    assert first_harm(slow, 0.0, 0.15) == 30


def test_of_intervals_without_stable_slowness_is_not_told() -> None:
    alone = [Interval(0, 10, Count(100, 0, 20, 500.0), None)]
    assert first_harm(alone, 0.0, 0.15) is None
