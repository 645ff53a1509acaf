"""What counts the requests of each version, whoever does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from delivery.analysis.counts import Slice
from delivery.errors import FailedError


class MetricsUnavailableError(FailedError):
    """Nobody told how many requests there were, which is not the same as none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Slices oldest first; everything up to `through` (Unix seconds) is in them, and the next question is after it."""

    through: float
    slices: tuple[Slice, ...]


class MetricSource(Protocol):
    """Counts by version, of times that are over."""

    @property
    def name(self) -> str: ...

    def since(self, after: float) -> Reading:
        """What was counted after `after` (Unix seconds). Raises `MetricsUnavailableError`."""
        ...
