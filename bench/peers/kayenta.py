"""Kayenta's judge: Mann-Whitney tests of two time series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from bench.peers.mann_whitney import EXACT, Values, shift
from delivery.analysis.counts import Counts, Slice
from delivery.simulation.traffic import CANDIDATE, STABLE
from delivery.statistics.latency import quantile

_NORMAL_QUANTILE: Final = 2.3263479
"""Of a confidence of 98 %, both sides."""
_TOLERANCE: Final = 0.25
_MARGINAL: Final = 75.0
_P95: Final = 0.95


class Kayenta:
    """NetflixACAJudge as its source has it (spinnaker/kayenta, kayenta-judge, NetflixACAJudge.scala and MannWhitneyClassifier.scala):
    a metric is High when the lower end of the 98 % interval of the shift lies above a quarter of the shift's own estimate; the
    score is the weighted share of the metrics that are not, and the canary fails below `marginal`, 75, at each judgement
    (`pass` 95 is asked of the last one). Guidance from https://spinnaker.io/docs/guides/user/canary/best-practices/: at least 50 values a
    metric and run, an interval of one hour, one value a minute, and a baseline of the same size as the canary.

    Assumed: two metrics, error rate and p95, each in a group of its own with half of the weight, and direction `increase`: one that is
    High fails the canary. The baseline is as many of stable's requests, drawn at random (from `seed`), as the candidate has.
    Minutes without requests have no value. `interval` and `step` in seconds: 600 and 10 for who cannot wait an hour, and still has 60
    values. Outliers are kept, as by default.
    """

    def __init__(self, interval: float = 3600.0, step: float = 60.0, seed: int = 0) -> None:
        self._interval, self._step = interval, step
        self._source = np.random.default_rng(seed)
        self._began: float | None = None
        self._now: tuple[Counts, Counts] = (Counts(), Counts())
        self._points: list[tuple[Counts, Counts]] = []
        self._failed = False

    def observe(self, seen: Slice) -> bool:
        self._began = seen.start if self._began is None else self._began
        stable, candidate = self._now
        self._now = (stable + seen.of(STABLE), candidate + seen.of(CANDIDATE))
        passed = seen.end - self._began
        if passed % self._step == 0:
            self._points.append(self._now)
            self._now = (Counts(), Counts())
        if passed % self._interval == 0:
            self._failed = self._failed or self._score() < _MARGINAL
            self._points = []
        return self._failed

    def _score(self) -> float:
        pairs = [(self._baseline(stable, one.requests), one) for stable, one in self._points]
        metrics: tuple[Callable[[Counts], float | None], ...] = (_errors, _slow)
        good = sum(
            not _is_high(_series(mine, metric), _series(theirs, metric))
            for metric in metrics
            for theirs, mine in [tuple(zip(*pairs, strict=True))]
        )
        return 100 * good / len(metrics)

    def _baseline(self, stable: Counts, requests: int) -> Counts:
        requests = min(requests, stable.requests)
        if not requests:
            return Counts()
        errors = self._source.hypergeometric(
            stable.errors, stable.requests - stable.errors, requests
        )
        buckets = sorted(stable.latency)
        drawn = self._source.multivariate_hypergeometric(
            [stable.latency[index] for index in buckets], requests
        )
        latency = dict(zip(buckets, drawn.tolist(), strict=True))
        return Counts(requests, int(errors), {i: n for i, n in latency.items() if n})


def _errors(counts: Counts) -> float | None:
    return counts.errors / counts.requests if counts.requests else None


def _slow(counts: Counts) -> float | None:
    return quantile(counts.latency, _P95) if counts.requests else None


def _series(points: tuple[Counts, ...], metric: Callable[[Counts], float | None]) -> Values:
    return np.array([value for one in points if (value := metric(one)) is not None])


def _is_high(mine: Values, theirs: Values) -> bool:
    """No data is not held against anybody here, though the last judgement would not pass."""
    if (
        not len(mine)
        or not len(theirs)
        or (mine.min() == mine.max() == theirs.min() == theirs.max())
    ):
        return False
    estimate, low = shift(mine, theirs, _NORMAL_QUANTILE)
    near = 4 * EXACT * float(max(mine.max(), theirs.max()) - min(mine.min(), theirs.min()))
    return low > _TOLERANCE * abs(estimate) + near
