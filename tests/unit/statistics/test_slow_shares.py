"""The bet on whose the events of a block are, given how many there were."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.statistics.slow_shares import log_share_payout

ODDS = (1e-6, 0.05, 0.4, 0.9, 1.0, 1.5, 20.0)


def by_definition(events0: int, trials0: int, events1: int, trials1: int, odds: float) -> float:
    """In whole numbers: the noncentral hypergeometric likelihood over the hypergeometric one."""
    total, ratio = events0 + events1, Fraction(odds)
    ways = {
        k: math.comb(trials1, k) * math.comb(trials0, total - k)
        for k in range(max(0, total - trials0), min(total, trials1) + 1)
    }
    tilted = sum((n * ratio**k for k, n in ways.items()), Fraction(0))
    found = ratio**events1 * sum(ways.values()) / tilted
    return math.log(found.numerator) - math.log(found.denominator)


counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts, st.sampled_from(ODDS))
def test_it_pays_what_the_definition_says(
    stable: tuple[int, int], candidate: tuple[int, int], odds: float
) -> None:
    expected = by_definition(*stable, *candidate, odds)
    assert log_share_payout(*stable, *candidate, odds) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "case",
    [
        (0, 500, 500, 500, 1e-9),
        (500, 500, 0, 500, 1e-9),
        (400, 900, 3, 700, 0.001),
        (3, 900, 400, 700, 1000.0),
    ],
)
def test_what_could_hardly_be_is_paid_exactly_too(
    case: tuple[int, int, int, int, float],
) -> None:
    assert log_share_payout(*case) == pytest.approx(by_definition(*case), rel=1e-9)


def test_millions_are_counted_as_well() -> None:
    many = log_share_payout(50_000, 1_000_000, 100, 100_000, 0.02)
    assert math.isfinite(many)
    assert many > 4000


@pytest.mark.parametrize("odds", ODDS)
def test_a_block_that_went_wrong_as_a_whole_or_not_at_all_says_nothing(odds: float) -> None:
    for block in ((0, 90, 0, 10), (90, 90, 10, 10), (0, 0, 3, 10), (3, 10, 0, 0)):
        assert log_share_payout(*block, odds) == 0


@pytest.mark.parametrize("odds", ODDS)
def test_one_more_event_of_the_candidate_never_pays_a_bet_against_it(odds: float) -> None:
    for k0, k1 in itertools.product(range(12), range(7)):
        more = log_share_payout(k0, 11, k1 + 1, 7, odds) - log_share_payout(k0, 11, k1, 7, odds)
        assert (more <= 1e-12) if odds <= 1 else (more >= -1e-12)


def test_both_getting_worse_together_in_the_midst_of_a_block_win_nothing() -> None:
    """Rates that change alike within a block: 12 requests of a calm time, 12 of a bad one, each one version's by chance."""
    source = random.Random(5)  # noqa: S311 - the same numbers each time
    for odds in (0.5, 2.0):
        paid = 0.0
        for _ in range(4000):
            events, trials = [0, 0], [0, 0]
            for chance in (0.03, 0.9):
                for _ in range(12):
                    whose = int(source.random() < 0.3)
                    trials[whose] += 1
                    events[whose] += source.random() < chance
            paid += math.exp(log_share_payout(events[0], trials[0], events[1], trials[1], odds))
        assert paid / 4000 == pytest.approx(1, abs=0.05)
