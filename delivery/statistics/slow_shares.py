"""The candidate's share of what went wrong in a block, when that many went wrong in both together: two rates compared without their height.

Given that `total` of a block's trials were events, and both rates alike, the events are a random part of the trials, and how many of
them are the candidate's is hypergeometric; where its odds are `odds` times stable's it is Fisher's noncentral hypergeometric. The bet
pays the one's likelihood over the other's. As neither depends on how high the rates are, a block in which everything is slow for both
says nothing and costs nothing, where a bet on the rates themselves would lose what quiet blocks have won. (Fisher, The logic of
inductive inference, Journal of the Royal Statistical Society 98, 1935; ter Schure, Pérez-Ortiz, Ly and Grünwald, The anytime-valid
logrank test, New England Journal of Statistics in Data Science 2, 2024: the same bet, a block being the deaths of a day.)

Why the bet is never expected to grow under p1 >= p0 (odds < 1; for odds > 1 it is the same under p1 <= p0): with p1 = p0, also where
both change alike within the block and chance alone decides which requests are whose, its expected value given `total` is 1. It pays
odds^k / E[odds^J], J being hypergeometric. One more event of the candidate's (k + 1 of total + 1) makes J larger by 1 at most, so that
E[odds^J] falls by a factor of `odds` at most, and the payout cannot rise. A larger p1 brings more of the candidate's events and
changes none of stable's, so the expected value falls to below 1.
"""

from __future__ import annotations

from math import lgamma, log, sqrt
from typing import Final

_NOTHING: Final = 1e-18


def log_share_payout(events0: int, trials0: int, events1: int, trials1: int, odds: float) -> float:
    """Log of what is paid to a bet that the candidate's odds (events1 of trials1) are `odds` > 0 times stable's."""
    total = events0 + events1
    least, most = max(0, total - trials0), min(total, trials1)
    if least == most:
        return 0.0
    top = _top(trials0, trials1, total, odds, least, most)
    # Terms fall on both sides of the largest; they are counted in parts of it.
    whole, term, k = 1.0, 1.0, top
    while k < most and term > _NOTHING * whole:
        term *= odds * (total - k) * (trials1 - k) / ((k + 1) * (trials0 - total + k + 1))
        whole += term
        k += 1
    term, k = 1.0, top
    while k > least and term > _NOTHING * whole:
        term *= k * (trials0 - total + k) / ((total - k + 1) * (trials1 - k + 1) * odds)
        whole += term
        k -= 1
    ways = _log_choose(trials1, top) + _log_choose(trials0, total - top)
    every = _log_choose(trials0 + trials1, total)
    return (events1 - top) * log(odds) - log(whole) - ways + every


def _top(trials0: int, trials1: int, total: int, odds: float, least: int, most: int) -> int:
    """Near the largest term of the sum of C(trials1, k) C(trials0, total - k) odds^k: where the odds of k are those of its rest."""
    linear = (trials1 + total) * odds + trials0 - total
    product = odds * trials1 * total
    root = sqrt(linear * linear - 4 * (odds - 1) * product)
    near = 2 * product / (linear + root) if linear + root > 0 else least
    return min(max(round(near), least), most)


def _log_choose(trials: int, chosen: int) -> float:
    return lgamma(trials + 1) - lgamma(chosen + 1) - lgamma(trials - chosen + 1)
