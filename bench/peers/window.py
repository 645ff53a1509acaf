"""What a metrics server would answer: numbers of the candidate over the last so many seconds."""

from __future__ import annotations

from collections import deque

from delivery.analysis.counts import Counts
from delivery.statistics.latency import Ordered, quantile_of_all


class Window:
    """The last `seconds` of a version's counts."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: deque[tuple[float, Counts]] = deque()

    def add(self, end: float, counts: Counts) -> None:
        self._kept.append((end, counts))
        while self._kept[0][0] <= end - self._seconds:
            self._kept.popleft()

    def success_rate(self) -> float | None:
        """0 to 1; None without requests."""
        requests = sum(counts.requests for _, counts in self._kept)
        errors = sum(counts.errors for _, counts in self._kept)
        return 1 - errors / requests if requests else None

    def quantile(self, p: float) -> float | None:
        """Milliseconds; None without requests."""
        found: list[Ordered] = [counts.ordered for _, counts in self._kept]
        return quantile_of_all(found, p) if any(one.trials for one in found) else None
