"""What happens in a rollout, as it stands in the ledger: kinds and what their bodies hold.

| kind | body |
|---|---|
| started | format, stack, worker, account, stable, candidate, strategy, by, rehearsal (what becomes of its news; of a rehearsal alone) |
| shift | share (wanted, percent), step, why |
| shifted | share, deployment |
| converged | said |
| observed | through (the source's cursor), watched (seconds of this step), skipped (seconds in which nobody looked), source, judgement or bake |
| passed | step, verdicts |
| extended | step, times, verdicts |
| paused | cause, why, verdicts |
| resumed | by |
| baking | seconds |
| returning | cause, why, verdicts, decidedAt (Unix seconds by the clock of whoever leads; the entry's own time is later, when it was written) |
| returned | deployment, why, by, backAt (by the same clock: the edge was seen to give stable everything; with a return that was decided) |
| finished | why |
| silent / heard | why (nobody counts; somebody counts again) |
| asked | request (the ledger's number of what somebody asked for), verb, by, obeyed, why (it is not, or not yet), later |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from delivery.analysis.bake import Bake
from delivery.analysis.judgement import Judgement

FORMAT = 1
"""Of a rollout's entries: a program refuses to go on with those of a newer one."""


class Kind(StrEnum):
    STARTED = "started"
    SHIFT = "shift"
    SHIFTED = "shifted"
    CONVERGED = "converged"
    OBSERVED = "observed"
    PASSED = "passed"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    BAKING = "baking"
    RETURNING = "returning"
    RETURNED = "returned"
    FINISHED = "finished"
    SILENT = "silent"
    HEARD = "heard"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Event:
    """`judgement` and `bake` go with `observed`: whole values here, JSON in the ledger."""

    kind: Kind
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    judgement: Judgement | None = None
    bake: Bake | None = None

    def to_json(self) -> dict[str, Any]:
        written = dict(self.body)
        if self.judgement is not None:
            written["judgement"] = self.judgement.to_json()
        if self.bake is not None:
            written["bake"] = self.bake.to_json()
        return written

    @staticmethod
    def from_json(kind: str, told: Mapping[str, Any]) -> Event:
        """Raises `ValueError` for a kind that is not known, `LookupError` or `TypeError` for another shape."""
        body = dict(told)
        judgement, bake = body.pop("judgement", None), body.pop("bake", None)
        return Event(
            Kind(kind),
            body,
            None if judgement is None else Judgement.from_json(judgement),
            None if bake is None else Bake.from_json(bake),
        )
