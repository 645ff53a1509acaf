"""Simulated rollouts: the same for a seed, harmless candidates kept, harmful ones found."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from delivery.rollout.state import Phase
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.running import fixed_share, many, simulate
from delivery.simulation.tables import summary, wilson
from delivery.simulation.traffic import CANDIDATE, STABLE, Fault, Traffic
from delivery.statistics.latency import quantile

FAST = read_strategy("fast", Path())


def test_a_seed_gives_one_rollout_however_many_processes_there_are() -> None:
    traffic = Traffic(rate=20)
    alone = many(FAST, traffic, range(4))
    assert many(FAST, traffic, range(4), processes=2) == alone
    assert simulate(FAST, traffic, 2) == alone[2]


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


def test_a_fault_begins_at_its_share_and_time() -> None:
    late = Traffic(rate=1000, errors=0.0, faults=(Fault(1.0, from_share=50, from_second=30),))
    source = random.Random(1)  # noqa: S311 - the same numbers each time
    for share, served, broken in ((20, 60, False), (50, 20, False), (50, 30, True)):
        seen = late.slice(source, 0.0, 5.0, Decimal(share), served).of(CANDIDATE)
        assert seen.errors == (seen.requests if broken else 0)


def test_latencies_are_as_described() -> None:
    source = random.Random(2)  # noqa: S311 - the same numbers each time
    seen = Traffic(rate=20_000, median=40, spread=0.5).slice(source, 0.0, 5.0, Decimal(50), 0.0)
    stable = seen.of(STABLE)
    assert sum(stable.latency.values()) == stable.requests
    assert quantile(stable.latency, 0.5) == pytest.approx(40, rel=0.06)
    assert quantile(stable.latency, 0.95) == pytest.approx(40 * 2.276, rel=0.06)


def test_a_summary_counts_what_was_found_in_time() -> None:
    plan = fixed_share(FAST, 10, 600)
    outcomes = many(plan, Traffic(rate=100, faults=(Fault(errors=0.2),)), range(5))
    told = summary(outcomes)
    assert (told.runs, told.returned) == (5, 5)
    assert summary(outcomes, within=0).returned == 0
    assert told.worst_detected is not None
    assert told.mean_harmed > 0


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [(0, 0, 0, 1), (0, 100, 0, 0.0370), (5, 100, 0.0215, 0.1118), (100, 100, 0.9630, 1)],
)
def test_wilsons_interval(events: int, trials: int, low: float, high: float) -> None:
    assert wilson(events, trials) == pytest.approx((low, high), abs=1e-4)
