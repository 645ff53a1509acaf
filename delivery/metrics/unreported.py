"""A version that serves and does not report: Cloudflare's own count of its invocations against what the recorder heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from delivery.metrics.source import MetricSource, MetricsUnavailableError

LAG_SECONDS: Final = 180.0
"""What is younger still grows at Cloudflare."""
_MINUTE: Final = 60
_MINUTES: Final = 10
_LEAST: Final = 100
"""Invocations; of fewer nothing is said."""
_REPORTED: Final = 0.5
"""Of the invocations at least; Cloudflare's count may be drawn from a sample."""


class Invocations(Protocol):
    """`delivery.metrics.analytics.AnalyticsSource`."""

    def invocations(self, since: float, until: float) -> Mapping[str, int]:
        """Version → invocations. Raises `MetricsUnavailableError`."""
        ...


def told_of(
    invoked: Mapping[str, int], reported: Mapping[str, int], stable: str, candidate: str
) -> str | None:
    """What is said of a candidate that does not report; None where it does, where there is too little to tell, or where stable
    is not heard of either: then it is the recorder that does not hear."""
    count, heard = invoked.get(candidate, 0), reported.get(candidate, 0)
    if count < _LEAST or heard >= count * _REPORTED:
        return None
    theirs = invoked.get(stable, 0)
    if theirs >= _LEAST and reported.get(stable, 0) < theirs * _REPORTED:
        return None
    return f"Cloudflare counts {count:,} invocations of the candidate, {heard:,} were reported"


@dataclass(frozen=True)
class Unreported:
    """`began` in Unix seconds: what was invoked before is not asked for."""

    invocations: Invocations
    recorder: MetricSource
    stable: str
    candidate: str
    began: float
    clock: Callable[[], float] = time.time

    def look(self) -> str | None:
        """The last whole minutes that are told completely; None also where one of both does not answer."""
        until = (self.clock() - LAG_SECONDS) // _MINUTE * _MINUTE
        first = -(-self.began // _MINUTE) * _MINUTE
        since = max(first, until - _MINUTES * _MINUTE)
        if until <= since:
            return None
        try:
            invoked = self.invocations.invocations(since, until)
            reading = self.recorder.since(since - 1)
        except MetricsUnavailableError:
            return None
        reported: dict[str, int] = {}
        for one in reading.slices:
            if one.start < until:
                for version, counts in one.versions.items():
                    heard = reported.get(version, 0) + counts.requests + counts.probes
                    reported[version] = heard
        return told_of(invoked, reported, self.stable, self.candidate)
