"""The others' rules decide as their documents say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.judging import HARMFUL, JUDGES, judged
from bench.peers.argo import Argo
from bench.peers.flagger import Flagger
from bench.peers.judge import Judge
from bench.peers.kayenta import Kayenta
from bench.peers.mann_whitney import score, shift
from bench.traces import SHARE, trace
from delivery.analysis.counts import Counts, Slice
from delivery.rollout.measurements import Measurements
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation import running
from delivery.simulation.running import fixed_share, simulate
from delivery.simulation.traffic import CANDIDATE, STABLE, Traffic

Minute = tuple[int, int, int]
"""Requests and errors of the candidate, and the bucket of all its latencies."""


def rolled_back_after(judge: Judge, minutes: Sequence[Minute]) -> float | None:
    """Minutes after which the judge rolls back; each minute is told in slices of 30 s."""
    for number in range(2 * len(minutes)):
        requests, errors, bucket = minutes[number // 2]
        told = Counts(requests // 2, errors // 2, {bucket: requests // 2})
        healthy = Counts(1000, 10, {40: 1000})
        seen = Slice(number * 30.0, number * 30.0 + 30, {STABLE: healthy, CANDIDATE: told})
        if judge.observe(seen):
            return (number + 1) / 2
    return None


GOOD, POOR, BAD, SLOW = (400, 4, 40), (400, 12, 40), (400, 40, 40), (400, 0, 100)
NOBODY = (0, 0, 40)


@pytest.mark.parametrize(
    ("minutes", "after"),
    [
        ([GOOD] * 20, None),
        ([POOR] * 20, 5),
        ([SLOW] * 20, 5),
        ([NOBODY] * 20, 5),
        ([GOOD, POOR] * 10, 10),
        ([POOR] * 4 + [GOOD] * 16, None),
    ],
)
def test_flagger_rolls_back_at_the_fifth_failed_check_of_a_minute(
    minutes: Sequence[Minute], after: float | None
) -> None:
    assert rolled_back_after(Flagger(), minutes) == after


@pytest.mark.parametrize(
    ("interval", "minutes", "after"),
    [
        (60, [POOR] * 30, None),
        (60, [SLOW] * 30, None),
        (60, [NOBODY] * 30, None),
        (60, [BAD] * 30, 3),
        (300, [BAD] * 30, 15),
        (300, [GOOD] * 4 + [BAD] * 26, 20),
    ],
)
def test_argo_rolls_back_at_the_third_measurement_below_its_rate(
    interval: float, minutes: Sequence[Minute], after: float | None
) -> None:
    assert rolled_back_after(Argo(interval), minutes) == after


def test_the_score_of_a_rank_sum_is_the_textbooks() -> None:
    # Ranks 1..10 without ties: 4 above 6, rank sum 34, mean 22, variance 22, corrected by a half.
    above, below = np.array([7.0, 8.0, 9.0, 10.0]), np.arange(1.0, 7.0)
    assert score(above, below, 0.0) == pytest.approx((34 - 22 - 0.5) / 22**0.5)
    tied = np.array([1.0, 1.0, 2.0])
    assert score(tied, tied, 0.0) == 0
    assert score(np.ones(3), np.ones(4), 0.0) == 0


def test_an_estimated_shift_is_the_median_difference_and_its_interval_holds_it() -> None:
    source = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        mine, theirs = source.normal(3, 1, 40), source.normal(1, 1, 40)
        estimate, low = shift(mine, theirs, 2.3263)
        median = float(np.median(mine[:, None] - theirs[None, :]))
        assert estimate == pytest.approx(median, abs=0.05)
        held += low <= 2
    assert held >= 195


def test_kayenta_fails_what_is_clearly_higher_and_nothing_else() -> None:
    source = np.random.default_rng(2)

    def minutes(rate: float, bucket: int) -> list[Minute]:
        return [(600, 2 * int(source.binomial(300, rate)), bucket) for _ in range(60)]

    assert rolled_back_after(Kayenta(), minutes(0.01, 40)) is None
    assert rolled_back_after(Kayenta(), minutes(0.06, 40)) == 60
    assert rolled_back_after(Kayenta(), minutes(0.01, 50)) == 60
    assert rolled_back_after(Kayenta(), minutes(0.0, 20)) is None
    assert rolled_back_after(Kayenta(600, 30), minutes(0.06, 40)) == 10
    assert rolled_back_after(Kayenta(), [NOBODY] * 60) is None


def test_others_are_shown_what_a_simulated_rollout_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Slice] = []

    def looked(strategy: object, state: object, seen: Measurements, now: float) -> object:
        shown.extend(seen.slices)
        return decide(strategy, state, seen, now)  # pyright: ignore[reportArgumentType]

    decide = running.decide
    monkeypatch.setattr(running, "decide", looked)
    traffic = Traffic(rate=20)
    plan = fixed_share(read_strategy("canary", Path()), SHARE, 7200)
    simulate(plan, traffic, 3, 600)
    assert list(trace(traffic, 3, 595)) == shown[1:]


def test_every_judge_says_when() -> None:
    name = "errors +2 points"
    times = judged(name, 1)
    assert len(times) == len(JUDGES)
    assert all(after is None or 0 < after <= HARMFUL[name].seconds for after in times)
