"""Limits that return at once: each one, with the least number of requests behind it, and whose trouble it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from delivery.analysis.counts import NOTHING, Counts
from delivery.analysis.triggers import Fired, fired
from delivery.rollout.strategy import Trigger, Triggers
from delivery.statistics.latency import bucket

from .made_up import CANDIDATE, STABLE, at, counts

GOOD = counts(1000, 1, cache_requests=500, database_requests=500)


def seen(candidate: Counts, stable: Counts = GOOD, limits: Triggers | None = None) -> Fired | None:
    return fired(limits or Triggers(), [at(0, stable, candidate)], STABLE, CANDIDATE)


def slow(requests: int, ms: float) -> Counts:
    return Counts(requests, latency={bucket(ms): requests})


def test_all_is_well() -> None:
    assert seen(GOOD) is None
    assert seen(NOTHING, NOTHING) is None
    assert fired(Triggers(), [], STABLE, CANDIDATE) is None


@pytest.mark.parametrize(
    ("name", "candidate", "said"),
    [
        ("error rate", counts(200, 21), "error rate 10.5 % of 200 requests, above 10 %; stable 0.1 % of 1,000"),
        ("database unreachable", counts(100, 0, database_requests=20, database_failures=19),
         "database unreachable 95 % of 20 requests, above 90 %; stable 0 % of 500"),
        ("cache failures", counts(100, 0, cache_requests=50, cache_failures=36),
         "cache failures 72 % of 50 requests, above 70 %; stable 0 % of 500"),
        ("security", counts(1, 0, security=1), "1 security signals of the candidate, 1 decide"),
    ],
)  # fmt: skip
def test_each_limit_fires_and_says_its_numbers(name: str, candidate: Counts, said: str) -> None:
    found = seen(candidate)
    assert found is not None
    assert (found.name, found.said, found.both) == (name, said, False)
    assert found.value > found.limit or name == "security"


@pytest.mark.parametrize(
    "candidate",
    [
        counts(200, 20),
        counts(99, 99),
        counts(100, 0, database_requests=20, database_failures=18),
        counts(100, 0, database_requests=19, database_failures=19),
        counts(100, 0, cache_requests=50, cache_failures=35),
        counts(100, 0, cache_requests=49, cache_failures=49),
    ],
)
def test_a_limit_is_silent_at_its_value_and_below_its_least_requests(candidate: Counts) -> None:
    assert seen(candidate) is None


def test_p95_is_compared_with_stables() -> None:
    found = seen(slow(500, 160), slow(500, 100))
    assert found is not None
    assert (found.name, found.both, found.requests) == ("p95 latency", False, 500)
    assert found.value == pytest.approx(1.6, rel=0.06)
    assert found.limit == 1.5
    assert "above 150 % of stable's" in found.said


@pytest.mark.parametrize(
    ("candidate", "stable"),
    [
        (slow(500, 140), slow(500, 100)),
        (slow(499, 400), slow(500, 100)),
        (slow(500, 400), slow(499, 100)),
        (slow(500, 10), slow(500, 1)),
        (slow(500, 100), slow(500, 400)),
        (Counts(500), slow(500, 100)),
    ],
    ids=["ratio", "few", "few of stable", "some ms", "faster", "no latency"],
)
def test_p95_is_silent_where_it_says_nothing(candidate: Counts, stable: Counts) -> None:
    assert seen(candidate, stable) is None


def test_what_is_left_out_does_not_fire() -> None:
    none = Triggers(error_rate=None, latency=None, database=None, cache=None, security=None)
    bad = counts(
        1000, 1000, security=9, cache_requests=99, cache_failures=99, database_requests=99, database_failures=99
    )  # fmt: skip
    assert seen(replace(bad, latency={150: 1000}), GOOD, none) is None


def test_limits_and_least_requests_are_the_strategys() -> None:
    limits = Triggers(error_rate=Trigger(above=50, least_requests=4), security=3)
    assert seen(counts(4, 2), GOOD, limits) is None
    assert seen(counts(3, 3), GOOD, limits) is None
    found = seen(counts(4, 3), GOOD, limits)
    assert found is not None
    assert found.limit == 0.5
    assert seen(counts(4, 0, security=2), GOOD, limits) is None
    assert seen(counts(4, 0, security=3), GOOD, limits) is not None


def test_the_window_counts_together() -> None:
    parts = [at(i, GOOD, counts(25, 3)) for i in range(4)]
    assert fired(Triggers(), parts[:3], STABLE, CANDIDATE) is None
    found = fired(Triggers(), parts, STABLE, CANDIDATE)
    assert found is not None
    assert found.requests == 100


def test_trouble_of_both_is_nobodys_fault() -> None:
    found = seen(counts(200, 60), counts(1000, 200))
    assert found is not None
    assert found.both
    assert found.said == "error rate 30 % of 200 requests, above 10 %; stable 20 % of 1,000"


def test_a_candidate_more_than_twice_as_bad_is_at_fault_although_stable_is_not_well() -> None:
    found = seen(counts(200, 60), counts(1000, 140))
    assert found is not None
    assert not found.both


def test_just_above_the_limit_where_stable_is_just_below_is_left_to_statistics() -> None:
    assert seen(counts(200, 22), counts(1000, 90)) is None


def test_stable_alone_is_told_as_nobodys_fault() -> None:
    found = seen(counts(200, 0), counts(1000, 200))
    assert found is not None
    assert (found.both, found.requests) == (True, 1000)
    assert found.said == "error rate of stable 20 % of 1,000 requests, above 10 %"
    assert seen(counts(200, 0), counts(99, 99)) is None


def test_few_requests_of_stable_excuse_nothing() -> None:
    found = seen(counts(1000, 1000), counts(2, 1))
    assert found is not None
    assert not found.both


def test_a_handful_of_stables_few_requests_that_fail_alike_is_no_chance() -> None:
    found = seen(counts(1000, 200), counts(41, 6))
    assert found is not None
    assert found.both
    found = seen(counts(1000, 200), counts(25, 4))
    assert found is not None
    assert not found.both
    # More than twice as bad: it is the candidate's, however few stable has.
    found = seen(counts(1000, 400), counts(41, 6))
    assert found is not None
    assert not found.both
    # Stable's own rate is below the limit: statistics tell.
    assert seen(counts(1000, 110), counts(60, 5)) is None


def test_trouble_of_both_does_not_hide_what_is_the_candidates_own() -> None:
    troubled = counts(1000, 200, database_requests=500)
    own = counts(1000, 200, database_requests=500, database_failures=500)
    found = seen(own, troubled)
    assert found is not None
    assert (found.name, found.both) == ("database unreachable", False)
    found = seen(counts(1000, 200, security=1), troubled)
    assert found is not None
    assert (found.name, found.both) == ("security", False)
