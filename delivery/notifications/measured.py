"""The numbers of a rollout when something is told of it: once for machines, once as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery.analysis.words import rate
from delivery.rollout.durations import duration

_MOST_VERDICTS: Final = 6


@dataclass(frozen=True, slots=True)
class Served:
    """What one version answered; `p95` in milliseconds, None where no durations are known."""

    requests: int
    errors: int
    p95: float | None = None

    @property
    def error_rate(self) -> float | None:
        """0 to 1; None without requests."""
        return self.errors / self.requests if self.requests else None

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "errors": self.errors,
            "errorRate": self.error_rate,
            "p95Milliseconds": self.p95,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict of the decision that is told; `candidate` and `stable` in the metric's own unit (a share 0 to 1,
    milliseconds), `evidence` as an e-value, `limit` the one that decides; None where there was none."""

    metric: str
    outcome: str
    said: str
    candidate: float | None = None
    stable: float | None = None
    requests: int | None = None
    stable_requests: int | None = None
    evidence: float | None = None
    limit: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "outcome": self.outcome,
            "said": self.said,
            "candidate": self.candidate,
            "stable": self.stable,
            "requests": self.requests,
            "stableRequests": self.stable_requests,
            "evidence": self.evidence,
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """`candidate` and `stable`: served at the same time, since the rollout began; `alone`: by the candidate since it has had
    everything. `seconds` since the rollout began; `back_after` those from a decision to return until stable was seen to have
    every request."""

    seconds: float
    candidate: Served
    stable: Served
    alone: Served | None = None
    back_after: float | None = None
    verdicts: Sequence[Judged] = ()

    def rows(self) -> dict[str, str]:
        """Names and values for people."""
        mine, theirs = self.candidate, self.stable
        rows: dict[str, str] = {}
        if mine.requests or theirs.requests:
            rows["Errors so far"] = f"candidate {_errors(mine)}, stable {_errors(theirs)}"
        if mine.p95 is not None or theirs.p95 is not None:
            rows["p95 so far"] = f"candidate {_milliseconds(mine)}, stable {_milliseconds(theirs)}"
        if self.alone is not None:
            rows["Errors since 100 %"] = f"candidate {_errors(self.alone)}"
        for verdict in self.verdicts[:_MOST_VERDICTS]:
            rows[f"Verdict on {verdict.metric}"] = f"{verdict.outcome}: {verdict.said}"
        if self.back_after is not None:
            rows["Decided until stable had every request"] = f"{self.back_after:.1f} s"
        rows["Since the start"] = duration(self.seconds)
        return rows

    def summary(self) -> str:
        """The rates and latencies alone, in a line; empty as long as nothing was counted."""
        shown = self.alone or self.candidate
        if not shown.requests:
            return ""
        said = f"errors {rate(shown.errors / shown.requests)} of {shown.requests:,}"
        if self.alone is None and self.stable.requests:
            stable = self.stable
            said += f", stable {rate(stable.errors / stable.requests)} of {stable.requests:,}"
        if self.alone is None and self.candidate.p95 is not None:
            said += f"; p95 {_milliseconds(self.candidate)}, stable {_milliseconds(self.stable)}"
        return said

    def to_json(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 3),
            "candidate": self.candidate.to_json(),
            "stable": self.stable.to_json(),
            "alone": None if self.alone is None else self.alone.to_json(),
            "secondsUntilBack": None if self.back_after is None else round(self.back_after, 3),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }


def judged(verdicts: object) -> tuple[Judged, ...]:
    """Of an event's body; what is no verdict is passed over."""
    rows = cast("list[object]", verdicts) if isinstance(verdicts, list) else []
    return tuple(_judged(cast("Mapping[str, Any]", r)) for r in rows if isinstance(r, Mapping))


def _judged(row: Mapping[str, Any]) -> Judged:
    return Judged(
        str(row.get("metric", "")),
        str(row.get("outcome", "")),
        str(row.get("said", "")),
        row.get("candidate"),
        row.get("stable"),
        row.get("requests"),
        row.get("stable_requests"),
        row.get("evidence"),
        row.get("limit"),
    )


def _errors(served: Served) -> str:
    if not served.requests:
        return "served nobody"
    return f"{rate(served.errors / served.requests)} of {served.requests:,} requests"


def _milliseconds(served: Served) -> str:
    return "unknown" if served.p95 is None else f"{served.p95:.3g} ms"
