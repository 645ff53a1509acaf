"""By how much one sample lies above another: the shift estimate and its confidence interval that belong to the Mann-Whitney test."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
EXACT: Final = 1e-9
"""Of the range of the values: what an answer may be off by. Where many values are tied the answer is often 0, and must not pass for more."""


def score(above: Values, below: Values, shift: float) -> float:
    """Standard normal score of the rank sum of `above` - `shift` among both samples, with the corrections for ties and for
    continuity (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd edition, 2014, 4.1). 0 where all values are tied."""
    moved = np.concatenate((above - shift, below))
    _, where, counts = np.unique(moved, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[where]
    m, n = len(above), len(below)
    excess = float(ranks[:m].sum()) - m * (m + 1) / 2 - m * n / 2
    ties = float((counts.astype(np.float64) ** 3 - counts).sum())
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    if variance <= 0:
        return 0.0
    return (excess - math.copysign(0.5, excess) * (excess != 0)) / math.sqrt(variance)


def shift(above: Values, below: Values, normal_quantile: float) -> tuple[float, float]:
    """(estimate, low): the Hodges-Lehmann estimate of how far `above` lies above `below`, and the lower end of its interval, whose
    score is `normal_quantile` (2.326 for a two-sided confidence of 98 %). As R's `wilcox.test(conf.int = TRUE, exact = FALSE)`."""
    low = float(above.min() - below.max())
    high = float(above.max() - below.min())

    def root(wanted: float) -> float:
        return _falling_root(lambda by: score(above, below, by) - wanted, low, high)

    return root(0.0), root(normal_quantile)


def _falling_root(function: Callable[[float], float], low: float, high: float) -> float:
    if function(low) <= 0:
        return low
    if function(high) >= 0:
        return high
    closest = (high - low) * EXACT
    while high - low > closest:
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
