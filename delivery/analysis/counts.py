"""What was counted of a version's requests, as the recorder tells it; the same shape for a slice of time and for totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from delivery.statistics.latency import Histogram, Ordered

_NONE: Final[Mapping[Any, Any]] = {}


@dataclass(frozen=True, slots=True)
class Counts:
    """`requests` are users'; an error is an answer of 500 and above, or an exception. `counters` by name
    (`cache.requests`, `cache.failures`, …), `segments` name → (requests, errors); probes are counted apart."""

    requests: int = 0
    errors: int = 0
    latency: Histogram = field(default_factory=dict[int, int])
    counters: Mapping[str, int] = field(default_factory=dict[str, int])
    segments: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    probes: int = 0
    probe_errors: int = 0
    _ordered: Ordered | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def ordered(self) -> Ordered:
        """`latency`, in order once for all that ask: looks at the last seconds ask for the same slice again."""
        ordered = self._ordered
        if ordered is None:
            ordered = Ordered(self.latency)
            object.__setattr__(self, "_ordered", ordered)
        return ordered

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.requests + other.requests,
            self.errors + other.errors,
            _added(self.latency, other.latency),
            _added(self.counters, other.counters),
            _pairs_added(self.segments, other.segments),
            self.probes + other.probes,
            self.probe_errors + other.probe_errors,
        )

    def count(self, name: str) -> int:
        """`requests`, `errors`, or a counter."""
        if name == "requests":
            return self.requests
        if name == "errors":
            return self.errors
        return self.counters.get(name, 0)

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "errors": self.errors,
            "latency": {str(bucket): n for bucket, n in self.latency.items()},
            "counters": dict(self.counters),
            "segments": {name: list(pair) for name, pair in self.segments.items()},
            "probes": {"requests": self.probes, "errors": self.probe_errors},
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Counts:
        """Raises `LookupError`, `TypeError` or `ValueError` for another shape."""
        probes: Mapping[str, Any] = told.get("probes") or _NONE
        latency: Mapping[str, Any] = told.get("latency") or _NONE
        counters: Mapping[str, Any] = told.get("counters") or _NONE
        segments: Mapping[str, Any] = told.get("segments") or _NONE
        return Counts(
            int(told["requests"]),
            int(told["errors"]),
            {int(bucket): int(n) for bucket, n in latency.items()},
            {str(name): int(n) for name, n in counters.items()},
            {str(name): (int(pair[0]), int(pair[1])) for name, pair in segments.items()},
            int(probes.get("requests", 0)),
            int(probes.get("errors", 0)),
        )


NOTHING: Final = Counts()


@dataclass(frozen=True, slots=True)
class Slice:
    """What each version counted from `start` to `end` (Unix seconds), all at the same time."""

    start: float
    end: float
    versions: Mapping[str, Counts]

    def of(self, version: str) -> Counts:
        return self.versions.get(version, NOTHING)


def _added(one: Mapping[Any, int], other: Mapping[Any, int]) -> Mapping[Any, int]:
    if not other:
        return one
    if not one:
        return other
    summed = dict(one)
    for key, n in other.items():
        if key in summed:
            summed[key] += n
        else:
            summed[key] = n
    return summed


def _pairs_added(
    one: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]]
) -> Mapping[str, tuple[int, int]]:
    if not other:
        return one
    summed = dict(one)
    for key, (requests, errors) in other.items():
        before = summed.get(key, (0, 0))
        summed[key] = (before[0] + requests, before[1] + errors)
    return summed
