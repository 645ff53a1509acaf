"""Argo Rollouts' rule: so many measurements below a fixed success rate."""

from __future__ import annotations

from bench.peers.window import Window
from delivery.analysis.counts import Slice
from delivery.simulation.traffic import CANDIDATE

_LEAST_SUCCESS = 0.95
_FAILURES = 3


class Argo:
    """The AnalysisTemplate `success-rate` of the documentation (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/):
    `successCondition: result >= 0.95`, `failureLimit: 3`, `interval: 5m`, a query over [5m], run in the background. "If the metric is
    measured to be less than 95%, and there are three such measurements, the analysis is considered Failed."

    Assumed: the mean of the whole interval instead of `irate`, which looks at the last two samples alone; the third failure decides as
    the text says, though the program decides at the fourth; a measurement without requests is no failure. The template looks at no
    latency. `interval` may be given as 60 s, the other value in the documentation, for who looks as often as they may.
    """

    def __init__(self, interval: float = 300.0) -> None:
        self._interval = interval
        self._window = Window(interval)
        self._began: float | None = None
        self._measured = 0
        self._failed = 0

    def observe(self, seen: Slice) -> bool:
        self._began = seen.start if self._began is None else self._began
        self._window.add(seen.end, seen.of(CANDIDATE))
        due = int((seen.end - self._began) // self._interval)
        if due > self._measured:
            self._measured = due
            success = self._window.success_rate()
            self._failed += success is not None and success < _LEAST_SUCCESS
        return self._failed >= _FAILURES
