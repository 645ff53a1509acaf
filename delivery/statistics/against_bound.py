"""A Bernoulli rate against a fixed bound, when there is no other version to compare with at the same time.

The bet of `two_rates` with one group and a known null: product over trials of a's likelihood over the bound's. Its expected value is
(1 + x)^n with x = (p - b) (a - b) / (b (1 - b)), at most 1 when p and a lie on different sides of the bound b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from delivery.statistics.bets import expected_rate, log_payout
from delivery.statistics.tracks import Track, Tracks

Direction = Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class BoundEvidence(Tracks):
    """Evidence about a rate p1 and a bound. The counts are the candidate's (events1, trials1). A value: `observe` and `restart` give the next one.

    `direction` must be the same in each call. Null hypotheses (large evidence speaks against them):
    `above`: p1 <= bound; `below`: p1 >= bound. The bound may change from block to block, when the past alone decides it.
    """

    def observe(
        self, events: int, trials: int, bound: float, direction: Direction
    ) -> BoundEvidence:
        """After one block, with `bound` in (0, 1). Raises `ValueError` when the counts are not 0 <= events <= trials or the bound is not in (0, 1)."""
        if not 0 <= events <= trials:
            raise ValueError(f"{events} of {trials} is no count")
        if not 0 < bound < 1:
            raise ValueError(f"the bound {bound} is not between 0 and 1")
        grown: list[Track] = []
        for stake, e0, t0, e1, t1 in self.tracks:
            if trials:
                mean = (2.0 if direction == "above" else 0.5) * bound
                expected = expected_rate(e1, t1, mean, 2.0)
                if expected > bound if direction == "above" else expected < bound:
                    stake += log_payout(events, trials, expected, bound)  # noqa: PLW2901
            grown.append(Track(stake, e0, t0, e1 + events, t1 + trials))
        return BoundEvidence(tuple(grown), self.opened)
