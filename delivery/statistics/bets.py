"""What a bet on a block of Bernoulli trials pays, and the rate it bets on."""

from __future__ import annotations

from math import log
from typing import Final

LEAST_PRIOR: Final = 1e-6


def log_payout(events: int, trials: int, alternative: float, null: float) -> float:
    """Log of the likelihood under rate `alternative` over that under rate `null`, both in (0, 1)."""
    return events * log(alternative / null) + (trials - events) * log(
        (1 - alternative) / (1 - null)
    )


def expected_rate(events: int, trials: int, prior: float, weight: float) -> float:
    """The rate to be expected, in (0, 1), after `events` of `trials`: the mean of a Beta posterior whose prior has the mean `prior` and
    the weight of `weight` events. With 1/2 and 1/2 it is Krichevsky and Trofimov's estimate (events + 1/2) / (trials + 1); a
    prior near a small rate keeps few trials from looking like a high one. `prior` above 1/2 counts as 1/2, below 1e-6 as 1e-6."""
    if prior > 0.5:
        prior = 0.5
    elif prior < LEAST_PRIOR:
        prior = LEAST_PRIOR
    return (events + weight) / (trials + weight / prior)
