"""Made-up counts follow the distributions that they are named after."""

from __future__ import annotations

import math
import random
from statistics import mean, variance

import pytest

from delivery.simulation.sampling import binomial, multinomial, poisson

_DRAWS = 4000


def _source(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same numbers each time


def _fits(drawn: list[int], centre: float, spread: float) -> None:
    """Mean and variance within five standard errors (of a variance of nearly normal draws)."""
    assert abs(mean(drawn) - centre) < 5 * math.sqrt(spread / _DRAWS) + 1e-9
    assert abs(variance(drawn) - spread) < 5 * spread * math.sqrt(3 / _DRAWS) + 0.02


@pytest.mark.parametrize(
    ("trials", "rate"),
    [(10, 0.3), (40, 0.5), (200, 0.02), (1000, 0.4), (5000, 0.93), (100_000, 0.001), (1, 0.9)],
)
def test_binomial(trials: int, rate: float) -> None:
    source = _source(trials)
    drawn = [binomial(source, trials, rate) for _ in range(_DRAWS)]
    assert all(0 <= n <= trials for n in drawn)
    _fits(drawn, trials * rate, trials * rate * (1 - rate))


def test_a_binomial_has_its_chances_one_by_one() -> None:
    source, trials, rate = _source(1), 60, 0.4
    drawn = [binomial(source, trials, rate) for _ in range(_DRAWS)]
    squares, judged = 0.0, 0
    for n in range(trials + 1):
        due = _DRAWS * math.comb(trials, n) * rate**n * (1 - rate) ** (trials - n)
        if due >= 8:
            squares += (drawn.count(n) - due) ** 2 / due
            judged += 1
    assert squares < judged + 4 * math.sqrt(2 * judged)


@pytest.mark.parametrize(("rate", "found"), [(0.0, 0), (1.0, 50)])
def test_certain_outcomes(rate: float, found: int) -> None:
    assert binomial(_source(1), 50, rate) == found


@pytest.mark.parametrize("expected", [0.5, 11.0, 25.0, 400.0])
def test_poisson(expected: float) -> None:
    source = _source(7)
    _fits([poisson(source, expected) for _ in range(_DRAWS)], expected, expected)


@pytest.mark.parametrize("trials", [0, 5, 3000])
def test_multinomial_spreads_all_of_them(trials: int) -> None:
    source, chances = _source(3), (0.5, 0.3, 0.2)
    drawn = [multinomial(source, trials, (1, 2, 3), chances) for _ in range(_DRAWS)]
    assert all(sum(one.values()) == trials for one in drawn)
    for value, chance in zip((1, 2, 3), chances, strict=True):
        _fits([one.get(value, 0) for one in drawn], trials * chance, trials * chance * (1 - chance))
