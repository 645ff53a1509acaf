"""How much traffic there is now, and how much of it goes wrong: what a plan is made with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from delivery.rollout.leading import Place

_SECONDS: Final = 300


@dataclass(frozen=True)
class TodaysTraffic:
    """`error_rate` 0 to 1."""

    requests_per_second: float
    error_rate: float


def todays_traffic(place: Place) -> TodaysTraffic:
    """Over the last minutes, of all versions. Raises `MetricsUnavailableError`."""
    reading = place.recorder.since(time.time() - _SECONDS)
    counts = [counts for one in reading.slices for counts in one.versions.values()]
    requests = sum(one.requests for one in counts)
    errors = sum(one.errors for one in counts)
    return TodaysTraffic(requests / _SECONDS, errors / requests if requests else 0.0)
