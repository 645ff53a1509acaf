"""Latency histograms whose buckets are 5 % wide, and the comparison of a quantile as one of two rates.

Bucket i holds durations up to `upper_edge(i)` and above `lower_edge(i)`: 1 ms wide up to 20 ms, then 5 % wide. The Worker's recorder
counts in the same buckets (`worker/rollouts/latency-buckets.json` holds cases for both).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import ceil, log
from typing import Final, Literal

Histogram = Mapping[int, int]
"""Requests by bucket; a bucket that is missing has none."""

LAST_BUCKET: Final = 200
_LINEAR: Final = 20
_GROWTH: Final = 1.05
_LOG_GROWTH: Final = log(_GROWTH)
_LEAST_BEYOND: Final = 5
_BUCKETS: Final = range(LAST_BUCKET + 1)
_EDGES: Final = tuple(
    float(i) if i <= _LINEAR else _LINEAR * _GROWTH ** (i - _LINEAR) for i in range(LAST_BUCKET + 1)
)


def bucket(ms: float) -> int:
    """The bucket of a duration, by the recorder's own formula; the last one holds all that is longer."""
    if ms <= _LINEAR:
        return ceil(ms) if ms > 0 else 0
    if ms > _EDGES[LAST_BUCKET]:
        return LAST_BUCKET
    return min(_LINEAR + ceil(log(ms / _LINEAR) / _LOG_GROWTH), LAST_BUCKET)


def upper_edge(index: int) -> float:
    """The longest duration of a bucket, in ms."""
    return _EDGES[index]


def lower_edge(index: int) -> float:
    """The duration, in ms, that all in the bucket exceed (0 for the first)."""
    return _EDGES[max(index - 1, 0)]


def merge(histograms: Iterable[Histogram]) -> dict[int, int]:
    """All of them counted together."""
    merged: dict[int, int] = {}
    for histogram in histograms:
        for index, count in histogram.items():
            if index in merged:
                merged[index] += count
            else:
                merged[index] = count
    return merged


class Ordered:
    """A histogram with its buckets in order, for more than one question."""

    __slots__ = ("_buckets", "_up_to", "trials")

    def __init__(self, histogram: Histogram) -> None:
        self._buckets = sorted(histogram)
        self._up_to = list(accumulate([histogram[index] for index in self._buckets]))
        self.trials = self._up_to[-1] if self._up_to else 0

    def up_to(self, index: int) -> int:
        """How many lie in `index` and the buckets before."""
        buckets = bisect_right(self._buckets, index)
        return self._up_to[buckets - 1] if buckets else 0

    def bucket_of_rank(self, rank: int) -> int:
        """The bucket that holds the `rank`-th shortest, from 1. Raises `ValueError` when there are not as many."""
        if rank > self.trials or not self._buckets:
            raise ValueError(f"the histogram holds {self.trials} requests, not {rank}")
        return self._buckets[bisect_left(self._up_to, rank)]

    def quantile(self, p: float) -> float:
        """The `p` quantile in ms: the upper edge of the bucket that holds the sample's (up to 1 ms or 5 % above it).
        Raises `ValueError` when the histogram is empty."""
        return _EDGES[self.bucket_of_rank(rank(p, self.trials))]


def quantile_of_all(histograms: Sequence[Ordered], p: float) -> float:
    """`Ordered.quantile` of all of them counted together, in less time than it takes to count them together."""
    trials = sum([one.trials for one in histograms])
    if not trials:
        raise ValueError("the histograms hold 0 requests")
    # What all have together lies between the least and the greatest of what each has.
    each = [one.bucket_of_rank(rank(p, one.trials)) for one in histograms if one.trials]
    return _EDGES[
        bisect_left(
            _BUCKETS,
            rank(p, trials),
            min(each),
            max(each),
            key=lambda index: sum([one.up_to(index) for one in histograms]),
        )
    ]


def count_above(histogram: Histogram, index: int) -> int:
    """How many lie in buckets after `index`: longer than its upper edge."""
    return sum([count for i, count in histogram.items() if i > index])


def bucket_of_rank(histogram: Histogram, rank: int) -> int:
    """`Ordered.bucket_of_rank`, of a histogram that is asked once."""
    return Ordered(histogram).bucket_of_rank(rank)


def quantile(histogram: Histogram, p: float) -> float:
    """`Ordered.quantile`, of a histogram that is asked once."""
    return Ordered(histogram).quantile(p)


def rank(p: float, trials: int) -> int:
    """Which of `trials` sorted values is their `p` quantile, from 1: the least whose share of the sample is `p` or more."""
    return max(ceil(p * trials - 1e-9), 1)


def thresholds(
    stable_past: Histogram | Ordered,
    p: float,
    margin: float,
    floor_ms: float,
    side: Literal["worse", "not_worse"],
) -> tuple[int, int] | None:
    """(q, c): the buckets after which stable's and the candidate's requests count as slow, to compare the `p` quantile of two versions.

    q is stable's quantile so far, so it must come from before the slice that is judged. H0 speaks of the latencies X0 and X1:
    `worse`: the candidate is at most 1 + margin times as slow (or slower by `floor_ms` at most), X1 <= max((1 + margin) X0, X0 +
    floor_ms) in distribution. c is the first edge at or above max((1 + margin) q, q + floor_ms), so that P(X1 > c) <= P(X0 > q);
    `not_worse`: the candidate is at least 1 + margin times as slow (and by `floor_ms`). q is the bucket below the quantile's (-1:
    every request counts), and c the last edge at or below that value, so that P(X1 > c) >= P(X0 > q).
    Either way the two rates' test with margin 0 is exact, however badly q is estimated. None while fewer than five of stable's requests
    are to be expected beyond q, and when c would lie beyond the last bucket.
    """
    past = _ordered(stable_past)
    trials = past.trials
    if trials * (1 - p) < _LEAST_BEYOND:
        return None
    q = past.bucket_of_rank(rank(p, trials))
    if side == "not_worse":
        # One bucket lower, where more than 1 - p of stable's requests lie beyond: all of them may lie in one bucket.
        q -= 1
    edge = _EDGES[q] if q >= 0 else 0.0
    bound = max((1 + margin) * edge, edge + floor_ms)
    # An edge computed in another order of multiplication may differ in its last digit.
    if side == "worse":
        c = bisect_left(_EDGES, bound * (1 - 1e-12))
    else:
        c = bisect_right(_EDGES, bound * (1 + 1e-12)) - 1
    return (q, c) if c < LAST_BUCKET else None


def exceed_counts(
    stable: Histogram | Ordered, candidate: Histogram | Ordered, q: int, c: int
) -> tuple[int, int, int, int]:
    """(slow, all, slow, all) of stable after `q` and of the candidate after `c`, as `two_rates.Evidence.observe` takes them."""
    theirs, mine = _ordered(stable), _ordered(candidate)
    return theirs.trials - theirs.up_to(q), theirs.trials, mine.trials - mine.up_to(c), mine.trials


def _ordered(histogram: Histogram | Ordered) -> Ordered:
    return histogram if isinstance(histogram, Ordered) else Ordered(histogram)
