"""A verdict: what was found of one metric, and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from delivery.analysis.reasons import Reason


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`candidate` and `stable` are in the metric's own unit (a share 0 to 1, milliseconds, a custom number), None where
    nothing was measured; `requests` are the candidate's and `stable_requests` those of stable at the same time. `said` is
    the sentence for people, `reason` what of it is a reason. `evidence` is the e-value (how much more likely the numbers are if the candidate is worse),
    `limit` the one that makes a failure."""

    metric: str
    outcome: Outcome
    said: str
    candidate: float | None = None
    stable: float | None = None
    requests: int = 0
    stable_requests: int = 0
    evidence: float | None = None
    limit: float | None = None
    reason: Reason | None = None
