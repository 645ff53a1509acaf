"""A version that reports fewer requests than its weight should bring."""

from __future__ import annotations

import math

import pytest

from delivery.statistics.against_bound import BoundEvidence
from delivery.statistics.shares import share_evidence, too_few

from .traffic import binomial, seeded


def test_a_version_that_reports_nothing_is_found_within_seconds() -> None:
    """Within ten, in slices of 5 s at 50 req/s and a weight of 10 %."""
    evidence = BoundEvidence.start()
    for _ in range(2):
        evidence = share_evidence(evidence, 0, 250, 0.1)
    assert evidence.log_e >= math.log(1000)
    assert too_few(0, 500, 0.1, 0.001)


def test_a_version_that_falls_silent_later_is_found_too() -> None:
    evidence = BoundEvidence.start()
    for _ in range(60):
        evidence = share_evidence(evidence, 25, 250, 0.1).restart()
    for _ in range(4):
        evidence = share_evidence(evidence, 0, 250, 0.1)
    assert evidence.log_e > math.log(1000)


def test_little_traffic_says_nothing_yet() -> None:
    assert not too_few(0, 20, 0.1, 0.001)
    assert not too_few(0, 0, 0.1, 0.6)


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_half_the_weight_and_more_is_seldom_too_few(share: float) -> None:
    """5 % may be: of 300, 31 or more would come with a chance below 0.1 %."""
    source = seeded(8)
    wrong = 0
    for _ in range(300):
        observed = total = 0
        for _ in range(120):
            observed += binomial(source, 50, share)
            total += 50
            if too_few(observed, total, 0.1, 0.05):
                wrong += 1
                break
    assert wrong < 31


@pytest.mark.parametrize("trials", [1, 5, 40])
def test_no_growth_can_be_expected_while_the_share_is_lawful(trials: int) -> None:
    """Checked through the level: were the payout's mean above 1 at half the weight, this chance would exceed alpha."""
    alpha, share = 0.3, 0.4
    chance = math.fsum(
        math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
        for k in range(trials + 1)
        if too_few(k, trials, 2 * share, alpha)
    )
    assert chance <= alpha
