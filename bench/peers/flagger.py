"""Flagger's rule: so many failed checks of two fixed thresholds."""

from __future__ import annotations

from bench.peers.window import Window
from delivery.analysis.counts import Slice
from delivery.simulation.traffic import CANDIDATE

_INTERVAL = 60.0
_LEAST_SUCCESS = 0.99
_LONGEST_MS = 500.0
_THRESHOLD = 5


class Flagger:
    """The built-in metrics at their documented values (https://docs.flagger.app/usage/metrics): request-success-rate at least 99 %
    and request-duration, the P99, at most 500 ms, both over one minute, checked once a minute (`interval`, by default 60 s:
    https://docs.flagger.app/usage/how-it-works). Each failed check is counted, whatever passes in between, and at `threshold: 5`
    (https://docs.flagger.app/tutorials/istio-progressive-delivery) the next run of the schedule rolls back.

    Assumed: exact counts instead of Prometheus' extrapolated rates and interpolated quantiles, and a rollback in the very run
    in which the threshold is reached, a minute earlier than it is. A check of a minute without any requests fails, as there.
    """

    def __init__(self) -> None:
        self._window = Window(_INTERVAL)
        self._began: float | None = None
        self._checked = 0
        self._failed = 0

    def observe(self, seen: Slice) -> bool:
        self._began = seen.start if self._began is None else self._began
        self._window.add(seen.end, seen.of(CANDIDATE))
        due = int((seen.end - self._began) // _INTERVAL)
        if due > self._checked:
            self._checked = due
            success, slowest = self._window.success_rate(), self._window.quantile(0.99)
            good = success is not None and success >= _LEAST_SUCCESS
            self._failed += not (good and slowest is not None and slowest <= _LONGEST_MS)
        return self._failed >= _THRESHOLD
