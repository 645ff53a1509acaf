"""What happened, entry by entry, for the table of events; and what each step was judged by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery.analysis.reasons import because
from delivery.report.following import UNREADABLE, Moment
from delivery.report.texts import clean
from delivery.rollout.events import Kind
from delivery.rollout.journal import SWITCHED
from delivery.rollout.telling import told

_SAID: Final = frozenset(
    {
        "id",
        "why",
        "said",
        "strategy",
        "verdicts",
        "judgement",
        "bake",
        "window",
        "format",
        "attempts",
        "decidedAt",
        "backAt",
    }
)
"""Of a body: what stands in the sentence, in the other tables, or is for programs."""
_JUDGED: Final = frozenset({Kind.PASSED, Kind.EXTENDED, Kind.PAUSED, Kind.RETURNING})


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry for people; `at` in Unix seconds, `numbers` what its body holds besides the sentence."""

    number: int
    at: float
    kind: str
    said: str
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict of a step: the reason, and numbers in the metric's own unit; evidence as an e-value; None where there was none."""

    metric: str
    outcome: str
    said: str
    candidate: float | None
    stable: float | None
    requests: int | None
    stable_requests: int | None
    evidence: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: what was judged at its time, and what followed. `step` from 0, `share` in percent."""

    at: float
    step: int
    share: float
    kind: str
    said: str
    verdicts: tuple[Judged, ...]


def happened(moments: Sequence[Moment]) -> tuple[Happened, ...]:
    """Everything but the numbers of each look; also where another controller begins to lead."""
    found: list[Happened] = []
    fence: int | None = None
    for moment in moments:
        entry = moment.entry
        if entry.fence is not None and entry.kind != SWITCHED:
            if fence is not None and entry.fence != fence:
                said = f"another controller leads from here on: lease {entry.fence} after {fence}"
                found.append(Happened(entry.seq, entry.at, "lease", said))
            fence = entry.fence
        if entry.kind != Kind.OBSERVED:
            said = sentence(entry.kind, entry.body) if moment.readable else "cannot be read"
            found.append(
                Happened(entry.seq, entry.at, clean(entry.kind), said, _numbers(entry.body, said))
            )
    return tuple(found)


def sentence(kind: str, body: Mapping[str, Any]) -> str:
    """`told`, also of a body that is not what its kind promises."""
    try:
        return clean(told(kind, body))
    except UNREADABLE:
        return clean(body.get("why") or kind)


def _numbers(body: Mapping[str, Any], said: str) -> tuple[tuple[str, str], ...]:
    """What the sentence does not tell, nor the page's head."""
    found: list[tuple[str, str]] = []
    for key, value in body.items() if "strategy" not in body else ():
        if key in _SAID or not isinstance(value, str | int | float) or value == "":
            continue
        shown = clean(value + 1 if key == "step" and isinstance(value, int) else value)
        if not re.search(rf"(?<![\w.]){re.escape(shown)}(?![\w.])", said):
            found.append((clean(key), shown))
    return tuple(found)


def decided(moments: Sequence[Moment]) -> tuple[Decided, ...]:
    """The decisions of each step in their order."""
    return tuple(
        Decided(
            moment.entry.at,
            moment.state.step,
            float(moment.state.share),
            moment.entry.kind,
            sentence(moment.entry.kind, moment.entry.body),
            _verdicts(moment.entry.body),
        )
        for moment in moments
        if moment.readable and moment.entry.kind in _JUDGED
    )


def _verdicts(body: Mapping[str, Any]) -> tuple[Judged, ...]:
    told_verdicts = body.get("verdicts")
    if not isinstance(told_verdicts, list):
        return ()
    rows = cast("list[object]", told_verdicts)
    return tuple(_judged(cast("Mapping[str, Any]", row)) for row in rows if isinstance(row, dict))


def _judged(row: Mapping[str, Any]) -> Judged:
    return Judged(
        clean(row.get("metric", "")),
        clean(row.get("outcome", "")),
        clean(because(row)),
        _number(row.get("candidate")),
        _number(row.get("stable")),
        _whole(row.get("requests")),
        _whole(row.get("stable_requests")),
        _number(row.get("evidence")),
        _number(row.get("limit")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
