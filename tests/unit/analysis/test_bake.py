"""After 100 percent: the candidate against what stable showed, by bounds that are fixed when the bake begins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import add

import pytest

from delivery.analysis.bake import Bake, bake_failures, begin_bake, observe_bake
from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.analysis.judgement import Judge
from delivery.analysis.metrics import Analysis
from delivery.analysis.verdict import Outcome
from delivery.statistics.latency import bucket
from tests.unit.statistics.traffic import seeded

from .made_up import CANDIDATE, STABLE, Rate, at, counts, traffic

JUDGE = Judge(Analysis())
HALF_HOUR = 360
"""Slices."""


def shown_by_stable(seed: int, slices: int = 120) -> Counts:
    return reduce(add, (one.of(STABLE) for one in traffic(seeded(seed), slices)), NOTHING)


def alone(seed: int, slices: int, candidate: Rate = 0.01, slower: Rate = 1.0) -> Iterator[Slice]:
    """All of the traffic goes to the candidate, 10 requests a second."""
    return traffic(seeded(seed), slices, requests=50, share=1, candidate=candidate, slower=slower)


def baked(bake: Bake, slices: Iterable[Slice]) -> tuple[Bake, int | None]:
    """When it failed, as the slice's number, and until then; looked at after every slice."""
    for index, one in enumerate(slices):
        bake = observe_bake(JUDGE, bake, one, CANDIDATE)
        if bake_failures(JUDGE, bake):
            return bake, index
    return bake, None


def test_bounds_lie_above_what_stable_showed() -> None:
    stable = shown_by_stable(1)
    bounds = begin_bake(JUDGE, stable).bounds
    seen = stable.errors / stable.requests
    smallest = JUDGE.metrics[0].smallest
    assert set(bounds) == {"error rate", "p50 latency", "p95 latency", "p99 latency"}
    assert seen + smallest < bounds["error rate"].limit < seen + smallest + 0.01
    slow = bounds["p95 latency"].slower_than
    assert slow is not None
    assert slow > bucket(40 * 2.27 * 1.1)
    assert 0.05 < bounds["p95 latency"].limit < 0.07


def test_bounds_stay_what_they_were_when_the_bake_began() -> None:
    begun = begin_bake(JUDGE, shown_by_stable(2))
    # Stable's late requests, of sessions that it keeps, change nothing either.
    late = at(0, counts(10_000, 9_000), counts(100, 1))
    assert observe_bake(JUDGE, begun, late, CANDIDATE).bounds == begun.bounds
    assert baked(begun, alone(3, 50))[0].bounds == begun.bounds


def test_a_candidate_like_stable_is_not_failed() -> None:
    for seed in range(12):
        bake = begin_bake(JUDGE, shown_by_stable(100 + seed, 40))
        assert baked(bake, alone(200 + seed, HALF_HOUR))[1] is None


def test_a_candidate_better_than_stable_is_not_failed() -> None:
    bake = begin_bake(JUDGE, shown_by_stable(4))
    assert baked(bake, alone(5, HALF_HOUR, candidate=0.0, slower=0.5))[1] is None


@pytest.mark.parametrize("begins", [0, 60])
def test_more_errors_are_found_with_their_numbers(begins: int) -> None:
    bake, found = baked(
        begin_bake(JUDGE, shown_by_stable(6)),
        alone(7, begins + 60, candidate=lambda i: 0.01 if i < begins else 0.1),
    )
    assert found is not None
    assert begins <= found <= begins + 40
    (verdict,) = bake_failures(JUDGE, bake)
    assert (verdict.metric, verdict.outcome) == ("error rate", Outcome.FAIL)
    assert verdict.stable == bake.bounds["error rate"].limit
    assert verdict.candidate is not None
    assert verdict.candidate > bake.bounds["error rate"].limit
    assert verdict.requests == bake.evidence["error rate"].trials1
    assert "since 100 %, stable had at most" in verdict.said


@pytest.mark.parametrize("begins", [0, 120, 300])
def test_harm_that_begins_late_in_the_bake_is_found_in_a_minute_or_two(begins: int) -> None:
    """Errors go from 1 to 5 percent, at 50 requests a second; with one bet it takes six minutes after 25 good ones."""
    slices = traffic(
        seeded(15), begins + 60, share=1, candidate=lambda i: 0.01 if i < begins else 0.05
    )
    found = baked(begin_bake(JUDGE, shown_by_stable(16)), slices)[1]
    assert found is not None
    assert begins <= found <= begins + 24


def test_slower_answers_are_found() -> None:
    bake, found = baked(begin_bake(JUDGE, shown_by_stable(8)), alone(9, 120, slower=2.0))
    assert found is not None
    verdicts = bake_failures(JUDGE, bake)
    assert all(": slow answers " in verdict.said for verdict in verdicts)
    assert {verdict.metric for verdict in verdicts} <= {"p50 latency", "p95 latency", "p99 latency"}


def test_a_failing_database_is_found() -> None:
    stable = replace(shown_by_stable(10), counters={"database.requests": 5000})
    bad = counts(50, 0, database_requests=40, database_failures=8)
    bake, found = baked(begin_bake(JUDGE, stable), (at(i, NOTHING, bad) for i in range(60)))
    assert found is not None
    assert [verdict.metric for verdict in bake_failures(JUDGE, bake)] == ["database failures"]


def test_too_little_of_stable_is_held_against_nobody() -> None:
    bake = begin_bake(JUDGE, counts(199, 0))
    assert bake.bounds == {}
    assert baked(bake, alone(11, 30, candidate=1.0))[1] is None
    assert "error rate" in begin_bake(JUDGE, counts(200, 0)).bounds


def test_a_slice_without_requests_changes_nothing() -> None:
    bake = begin_bake(JUDGE, shown_by_stable(12))
    assert observe_bake(JUDGE, bake, at(0, counts(5), NOTHING), CANDIDATE) == bake


@pytest.mark.parametrize("candidate", [0.01, 0.1])
def test_a_bake_goes_on_after_the_ledger_as_if_it_had_never_left(candidate: float) -> None:
    bake = begin_bake(JUDGE, shown_by_stable(13))
    slices = [*alone(14, 40, candidate=candidate)]
    for one in slices[:20]:
        bake = observe_bake(JUDGE, bake, one, CANDIDATE)
    read = Bake.from_json(json.loads(json.dumps(bake.to_json())))
    assert read == bake
    for one in slices[20:]:
        bake, read = (observe_bake(JUDGE, b, one, CANDIDATE) for b in (bake, read))
    assert bake_failures(JUDGE, read) == bake_failures(JUDGE, bake)
    assert bool(bake_failures(JUDGE, bake)) is (candidate == 0.1)
