"""Bets that are started anew."""

from __future__ import annotations

import math

import pytest

from delivery.statistics.tracks import MOST_TRACKS
from delivery.statistics.two_rates import Evidence


def test_evidence_starts_at_nothing_and_opening_a_track_adds_none() -> None:
    assert Evidence.start().log_e == pytest.approx(0, abs=1e-15)
    evidence = (
        Evidence.start().observe(1, 50, 9, 50, 0.0, "worse").observe(1, 50, 9, 50, 0.0, "worse")
    )
    assert evidence.restart().log_e == pytest.approx(evidence.log_e, abs=1e-12)


def test_a_track_that_has_seen_nothing_is_not_followed_by_another() -> None:
    assert Evidence.start().restart() == Evidence.start()


def test_tracks_stay_few_and_lose_neither_stakes_nor_totals() -> None:
    evidence = Evidence.start()
    for number in range(200):
        evidence = evidence.observe(1, 90, number % 2, 10, 0.0, "worse")
        before = evidence.log_e
        evidence = evidence.restart()
        assert evidence.log_e == pytest.approx(before, abs=1e-9)
        assert len(evidence.tracks) <= MOST_TRACKS
    assert (evidence.events0, evidence.trials0) == (200, 18_000)
    assert (evidence.events1, evidence.trials1) == (100, 2_000)
    ages = [track.trials0 for track in evidence.tracks]
    assert ages == sorted(ages, reverse=True)
    assert ages[-3:] == [180, 90, 0]


def test_a_limit_is_reached_exactly_where_the_evidence_is() -> None:
    evidence = Evidence.start()
    for number in range(40):
        evidence = evidence.observe(1, 90, number % 3, 10, 0.0, "worse")
        evidence = evidence.restart() if number % 5 == 0 else evidence
        for away in (-3.0, -1e-9, 0.0, 1e-9, 3.0):
            assert evidence.reaches(evidence.log_e + away) == (away <= 0)


@pytest.mark.parametrize(("first", "stake"), [(1, 1 / 2), (3, 3 / 4)])
def test_weights_of_all_tracks_sum_to_one(first: int, stake: float) -> None:
    evidence = Evidence.start(first)
    assert math.exp(evidence.tracks[0].log_stake) == pytest.approx(stake)
    assert evidence.log_e == pytest.approx(0, abs=1e-15)
    for _ in range(10):
        evidence = evidence.observe(0, 1, 0, 0, 0.0, "worse").restart()
    weights = [math.exp(track.log_stake) for track in evidence.tracks]
    assert math.fsum(weights) + 1 / (evidence.opened + 1) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        [1],
        {},
        [0, [0.0, 0, 0, 0, 0]],
        [1, [0.0, 0, 0, 0]],
        [1, [0.0, 2, 1, 0, 0]],
        [1, [float("nan"), 0, 0, 0, 0]],
        ["1", [0.0, 0, 0, 0, 0]],
        [1, ["x", 0, 0, 0, 0]],
    ],
)
def test_what_is_no_evidence_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="evidence"):
        Evidence.from_json(written)
