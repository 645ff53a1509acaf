"""Comparison of two Bernoulli rates at the same time, that may be looked at after every block of requests.

Turner, Ly and Grünwald, Generic E-variables for exact sequential k-sample tests that allow for optional stopping, Journal of
Statistical Planning and Inference 230 (2024); Turner and Grünwald, Exact anytime-valid confidence intervals for contingency tables
and beyond, Statistics & Probability Letters 198 (2023).

A block has n0 trials of stable and n1 of candidate with rates p = (p0, p1) in a convex null hypothesis H. From the past alone a bet
chooses an alternative a = (a0, a1) outside of H. Let q in H minimise n0 KL(a0 || q0) + n1 KL(a1 || q1) (the reverse information
projection). The bet pays E = product over trials of a's likelihood over q's.

Why E is never expected to exceed 1 under H, whatever n0 and n1: one trial of group i has the expected factor 1 + x_i with
x_i = (p_i - q_i) (a_i / q_i - (1 - a_i) / (1 - q_i)) = -(p_i - q_i) dKL(a_i || q_i)/dq_i. As q is the minimum over a convex set,
n0 x0 + n1 x1 <= 0 for each p in H. Trials being independent, E[E] = (1 + x0)^n0 (1 + x1)^n1 <= exp(n0 x0 + n1 x1) <= 1.

Where the margin is 0 the bet is on the candidate's share of a block's events instead (`slow_shares`), which stands whatever the rates
of both do together.

So shares may change from block to block and rates may drift for both alike (x_i is linear in p_i: within a block the means count),
and one may stop whenever one likes. It is taken that how many requests come in a block does not depend on their outcome,
and that requests are independent: where few visitors send many each, one for whom all fails counts as often as they ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Final, Literal

from delivery.statistics.bands import rate_band
from delivery.statistics.bets import LEAST_PRIOR
from delivery.statistics.slow_shares import log_share_payout
from delivery.statistics.tracks import Track, Tracks

Side = Literal["worse", "not_worse"]

# What the candidate is expected to do before it has shown it: a mean in terms of the boundary, and its weight in events. Chosen by
# simulation; they cost or bring power, never validity. A bet that begins bold is corrected within some events; one that expects a
# candidate to be as good as stable, far below the boundary, loses to a handful of errors what hundreds of good answers have won.
_WORSE_PRIOR: Final = (2.0, 2.0)
_NOT_WORSE_PRIOR: Final = (0.25, 2.0)
_FIRST: Final[Mapping[Side, int]] = {"worse": 1, "not_worse": 3}
"""Whose weights the first bet has: harm may begin at any time, while what passes a step is mostly good from the step's beginning."""
# Newton's steps square the error: after a step this small, as a part of the distance to 0 or 1, it is below what a float holds.
_SMALL_STEP: Final = 1e-7
# Closer to 1 a float is too coarse for an exact projection, so nothing is bet there.
_HIGHEST: Final = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Evidence(Tracks):
    """Evidence about p1 - p0 (0 = stable, 1 = candidate). A value: `observe` and `restart` give the next one.

    `margin` and `side` must be the same in each call. Null hypotheses (large evidence speaks against them):
    `worse`: p1 <= p0 + margin, so evidence says that the candidate is worse by more than `margin`;
    `not_worse`: p1 >= p0 + margin, so evidence says that the candidate is worse by less than `margin`.
    """

    @classmethod
    def of(cls, side: Side) -> Evidence:
        """Before anything was seen."""
        return cls.start(_FIRST[side])

    def observe(
        self, events0: int, trials0: int, events1: int, trials1: int, margin: float, side: Side
    ) -> Evidence:
        """After one block. `margin` is a difference of rates in [0, 1). Raises `ValueError` when the counts are not 0 <= events <= trials."""
        if not (0 <= events0 <= trials0 and 0 <= events1 <= trials1):
            raise ValueError(f"{events0} of {trials0} and {events1} of {trials1} are not counts")
        worse = side == "worse"
        mean, weight = _WORSE_PRIOR if worse else _NOT_WORSE_PRIOR
        comparable = trials0 > 0 and trials1 > 0
        good0, good1 = trials0 - events0, trials1 - events1
        grown: list[Track] = []
        # `expected_rate` and `log_payout` are written out here: most of a simulation's time is spent in this loop.
        for stake, e0, t0, e1, t1 in self.tracks:
            if comparable and t0:
                prior = (e0 + e1 + 0.5) / (t0 + t1 + 1)
                if prior > 0.5:
                    prior = 0.5
                elif prior < LEAST_PRIOR:
                    prior = LEAST_PRIOR
                a0 = (e0 + 0.5) / (t0 + 0.5 / prior)
                boundary = a0 + margin
                prior = mean * boundary
                if prior > 0.5:
                    prior = 0.5
                elif prior < LEAST_PRIOR:
                    prior = LEAST_PRIOR
                a1 = (e1 + weight) / (t1 + weight / prior)
                if a1 > boundary if worse else a1 < boundary:
                    if not margin:
                        odds = a1 * (1 - a0) / (a0 * (1 - a1))
                        stake += log_share_payout(events0, trials0, events1, trials1, odds)  # noqa: PLW2901
                    else:
                        q0 = projection(a0, a1, trials0, trials1, margin)
                        q1 = q0 + margin
                        if q1 < _HIGHEST:
                            stake += events0 * log(a0 / q0) + good0 * log((1 - a0) / (1 - q0))  # noqa: PLW2901
                            stake += events1 * log(a1 / q1) + good1 * log((1 - a1) / (1 - q1))  # noqa: PLW2901
            grown.append(Track(stake, e0 + events0, t0 + trials0, e1 + events1, t1 + trials1))
        return Evidence(tuple(grown), self.opened)


def projection(a0: float, a1: float, trials0: int, trials1: int, margin: float) -> float:
    """The q0 that minimises trials0 KL(a0 || q0) + trials1 KL(a1 || q0 + margin), for a0 and a1 in (0, 1) and trials of both."""
    low, high = (a0, a1 - margin) if a0 < a1 - margin else (a1 - margin, a0)
    low, high = max(low, 0.0), min(high, 1 - margin)
    precision0, precision1 = trials0 / (a0 * (1 - a0)), trials1 / (a1 * (1 - a1))
    q = (precision0 * a0 + precision1 * (a1 - margin)) / (precision0 + precision1)
    if q < a0 / 2:
        # Much below a small a0 the candidate's part of the derivative hardly changes, while stable's rises as 1 / q.
        r = a0 + margin
        pull = trials1 * (r - a1) / (r * (1 - r)) / trials0 if r < 1 else 0.0
        q = a0 / (1 + pull * (1 - a0)) if pull > 0 else low
    if not low < q < high:
        q = (low + high) / 2
    # The sum's derivative rises throughout from below 0 at `low` to above 0 at `high`: Newton's steps, halving where one leads outside.
    for _ in range(60):
        r = q + margin
        v0, v1 = q * (1 - q), r * (1 - r)
        d0, d1 = (q - a0) / v0, (r - a1) / v1
        slope = trials0 * d0 + trials1 * d1
        if slope > 0:
            high = q
        else:
            low = q
        curve = trials0 * (1 - d0 * (1 - 2 * q)) / v0 + trials1 * (1 - d1 * (1 - 2 * r)) / v1
        step = slope / curve
        if abs(step) <= _SMALL_STEP * min(q, 1 - r):
            return q - step
        q -= step
        if not low < q < high:
            q = (low + high) / 2
    return q


def difference_band(
    events0: int, trials0: int, events1: int, trials1: int, alpha: float
) -> tuple[float, float]:
    """(low, high) that hold p1 - p0 at all times with probability 1 - alpha: the two rates' bands, at alpha/2 each, put together."""
    low0, high0 = rate_band(events0, trials0, alpha / 2)
    low1, high1 = rate_band(events1, trials1, alpha / 2)
    return low1 - high0, high1 - low0
