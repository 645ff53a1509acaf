"""Wall times of invocations: sums, extremes and quantiles out of logarithmic buckets."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Final

from localcloud.edge.model import DURATION_BASE

QUANTILES: Final = {
    "P25": 0.25,
    "P50": 0.5,
    "P75": 0.75,
    "P90": 0.9,
    "P95": 0.95,
    "P99": 0.99,
    "P999": 0.999,
}


class WallTimes:
    """All results in microseconds, within 1 % of the truth; None where nothing was counted."""

    def __init__(self, histograms: Iterable[str]) -> None:
        """`histograms`: JSON lists of (bucket, requests)."""
        buckets: Counter[int] = Counter()
        for bucket, requests in chain.from_iterable(json.loads(f"[{','.join(histograms)}]")):
            buckets[bucket] += requests
        self._buckets = sorted(buckets.items())
        self._total = sum(buckets.values())

    def total(self) -> float:
        return sum(requests * _middle(bucket) for bucket, requests in self._buckets)

    def least(self) -> float | None:
        return _middle(self._buckets[0][0]) if self._buckets else None

    def greatest(self) -> float | None:
        return _middle(self._buckets[-1][0]) if self._buckets else None

    def quantile(self, share: float) -> float | None:
        """What so large a share of the invocations did not exceed."""
        wanted, seen = math.ceil(share * self._total), 0
        for bucket, requests in self._buckets:
            seen += requests
            if seen >= wanted:
                return _middle(bucket)
        return None


def _middle(bucket: int) -> float:
    return round(DURATION_BASE**bucket, 1)
