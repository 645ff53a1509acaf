"""Simulated rollouts: the same for a seed, harmless candidates kept, harmful ones found."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.rollout.state import Phase
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.fault_words import read_faults
from delivery.simulation.faults import Fault
from delivery.simulation.many import many
from delivery.simulation.running import Outcome, fixed_share, simulate
from delivery.simulation.tables import summary, wilson
from delivery.simulation.traffic import Traffic

FAST = read_strategy("fast", Path())
CANARY = read_strategy("canary", Path())


def test_a_seed_gives_one_rollout_however_many_processes_there_are() -> None:
    traffic = Traffic(rate=20)
    alone = list(many(FAST, traffic, range(6), processes=1))
    assert list(many(FAST, traffic, range(6), processes=2)) == alone
    assert simulate(FAST, traffic, 2) == alone[2]
    assert len({outcome.served_requests for outcome in alone}) > 1


def test_a_harmless_candidate_gets_everything() -> None:
    outcome = simulate(FAST, Traffic(rate=200), 1)
    assert (outcome.phase, outcome.detected_after) == (Phase.FINISHED, None)


@pytest.mark.parametrize("fault", [Fault(errors=0.2), Fault(slower=3.0)])
def test_harm_is_found_and_timed(fault: Fault) -> None:
    plan = fixed_share(FAST, 10, 600)
    outcome = simulate(plan, Traffic(rate=100, faults=(fault,)), 1)
    assert outcome.phase is Phase.RETURNED
    assert outcome.detected_after is not None
    assert 0 < outcome.detected_after <= 60
    assert 0 < outcome.harmed_requests <= outcome.served_requests


def of(*words: str, from_share: float = 0.0, from_second: float = 0.0) -> Outcome:
    faults = read_faults(words, from_share, from_second)
    return simulate(CANARY, Traffic(rate=100, faults=faults), 1)


@pytest.mark.parametrize(
    ("word", "cause", "seconds"),
    [
        ("errors=20", "error rate", 30),
        ("cache=80", "cache failures", 60),
        ("database=95", "database failures", 60),
        ("leak=5", "error rate", 300),
        ("new-visitors=100", "errors of visitor:new", 120),
        ("route=/flags", "error rate", 30),
        ("dead", "probes", 15),
        ("silent", "unreported", 300),
        ("recorder", "no data", 130),
    ],
)
def test_each_harm_is_returned_for_its_own_cause(word: str, cause: str, seconds: float) -> None:
    outcome = of(word, from_share=5)
    assert (outcome.phase, outcome.cause) == (Phase.RETURNED, cause)
    assert outcome.detected_after is not None
    assert outcome.detected_after <= seconds


@pytest.mark.parametrize(
    ("word", "phase", "cause"),
    [
        ("both=20", Phase.PAUSED, "both"),
        ("stops", Phase.PAUSED, "inconclusive"),
        ("surge=10", Phase.FINISHED, ""),
        ("better", Phase.FINISHED, ""),
        ("none", Phase.FINISHED, ""),
    ],
)
def test_what_is_no_harm_of_the_candidates_returns_nothing(
    word: str, phase: Phase, cause: str
) -> None:
    outcome = of(word, from_share=10)
    assert (outcome.phase, outcome.cause) == (phase, cause)


def test_time_is_counted_from_when_harm_begins() -> None:
    outcome = of("errors=50", from_second=200)
    assert outcome.detected_after is not None
    assert outcome.detected_after < 60
    assert outcome.seconds > 200


def test_a_summary_counts_what_was_found_in_time() -> None:
    plan = fixed_share(FAST, 10, 600)
    outcomes = list(many(plan, Traffic(rate=100, faults=(Fault(errors=0.2),)), range(5)))
    told = summary(outcomes)
    assert (told.runs, told.returned, told.too_early) == (5, 5, 0)
    assert summary(outcomes, within=0).returned == 0
    assert told.worst_detected is not None
    assert told.worst_harmed >= told.median_harmed > 0
    assert told.causes[0][0] == "error rate"


def test_a_return_before_there_is_harm_is_not_power() -> None:
    early = Outcome(Phase.RETURNED, "error rate", 100.0, None, 0, 10, 20)
    told = summary([early])
    assert (told.returned, told.too_early) == (0, 1)


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [(0, 0, 0, 1), (0, 100, 0, 0.0370), (5, 100, 0.0215, 0.1118), (100, 100, 0.9630, 1)],
)
def test_wilsons_interval(events: int, trials: int, low: float, high: float) -> None:
    assert wilson(events, trials) == pytest.approx((low, high), abs=1e-4)


def test_a_healthy_candidate_with_some_errors_at_first_is_not_taken_for_a_doubtful_one() -> None:
    """The seeds of whom a short first step by chance shows two or three times as many errors as of stable."""
    traffic = Traffic(rate=60, median=5)
    ends = [simulate(FAST, traffic, seed).phase for seed in (24, 30, 40, 110, 287, 420, 564, 604)]
    assert ends == [Phase.FINISHED] * 8


def test_two_points_more_errors_are_returned_from_a_share_of_one_percent_on() -> None:
    traffic = Traffic(faults=read_faults(["errors=2"]))
    ends = [simulate(CANARY, traffic, seed).phase for seed in range(30)]
    assert ends.count(Phase.RETURNED) >= 29
    assert Phase.FINISHED not in ends
