"""Whether a version reports fewer requests than its weight should bring: one may be too broken to report at all."""

from __future__ import annotations

from math import exp, log
from typing import Final

from delivery.statistics.against_bound import BoundEvidence

LEAST_PART: Final = 0.5
"""Sessions stick and visitors differ, so a version may lawfully get fewer than its weight: less than half of it is what is tested."""


def share_evidence(
    evidence: BoundEvidence, observed1: int, total: int, weight: float
) -> BoundEvidence:
    """After one block in which `observed1` of `total` requests came from the candidate at `weight` in (0, 1] (a share, not percent).
    Null hypothesis: its share is at least half its weight. Large evidence says that requests go to it and are not reported."""
    return evidence.observe(observed1, total, weight * LEAST_PART, "below")


def too_few(observed1: int, total: int, weight: float, alpha: float) -> bool:
    """Whether all counts since a step began speak for less than half the weight; may be asked after each request, and says so
    wrongly ever with probability alpha at most.

    The bets are fixed beforehand, half on no requests at all (a tenth of the bound) and half on half the bound, so that totals are
    enough and nothing need be kept.
    """
    bound = weight * LEAST_PART
    payouts = [
        observed1 * log(part) + (total - observed1) * log((1 - part * bound) / (1 - bound))
        for part in (0.1, 0.5)
    ]
    low, high = sorted(payouts)
    return high + log((1 + exp(low - high)) / 2) >= log(1 / alpha)
