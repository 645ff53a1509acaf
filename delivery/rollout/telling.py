"""A rollout's events as lines for people: what happened, and the numbers behind it, each in one line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from delivery.analysis.reasons import Because, Reason, because
from delivery.analysis.words import odds, rate
from delivery.rollout.durations import duration, with_durations
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import REQUEST, SWITCHED

_QUIET: Final = frozenset({Kind.OBSERVED})
_PASS: Final = "pass"  # noqa: S105 (a verdict)
_MOST_NAMED: Final = 3
_ID: Final = 8
"""As much of a version's id as tells two apart, and as `rollback --to` takes."""
_UNTOLD: Final = Reason(Because.UNTOLD).said
_SHORT: Final = (
    ("error rate", "errors"),
    (" latency", ""),
    (" failures", ""),
)
Body = Mapping[str, Any]


def line_of(event: Event) -> str | None:
    """None for what nobody has to read."""
    return None if event.kind in _QUIET else told(event.kind.value, event.body)


def short(metric: str) -> str:
    """`errors`, `p95`, `cache`: a metric where there is little room."""
    for long, brief in _SHORT:
        metric = metric.replace(long, brief)
    return metric


def told(kind: str, body: Body) -> str:  # noqa: PLR0911, PLR0912 (one return a kind)
    """Of an event, a request, or the switch's note; of what is not known only what stands in its body."""
    match kind:
        case Kind.STARTED:
            name = body["strategy"]["name"]
            who = f", by {body['by']}" if "by" in body else ""
            versions = f"{str(body['candidate'])[:_ID]} against stable {str(body['stable'])[:_ID]}"
            return f"{name}: {versions}{who}"
        case Kind.SHIFT:
            return f"to {body['share']} %, step {int(body['step']) + 1}: {body['why']}"
        case Kind.SHIFTED:
            return f"{body['share']} % deployed"
        case Kind.CONVERGED:
            return with_durations(str(body["said"]))
        case Kind.EXTENDED:
            told_why = _doubts(body) or str(body["why"])
            return f"step {int(body['step']) + 1} goes on, extension {body['times']}: {told_why}"
        case Kind.PASSED:
            return f"step {int(body['step']) + 1} passed: {_passes(verdicts_of(body))}"
        case Kind.PAUSED | Kind.RETURNING:
            return _stopped(kind, body)
        case Kind.RETURNED:
            return f"stable has 100 % again: {with_durations(str(body.get('why')))}"
        case Kind.RESUMED:
            return f"goes on: {body.get('why') or body.get('by')}"
        case Kind.BAKING:
            seconds = float(body.get("seconds", 0))
            return f"100 %; watched for {duration(seconds)} more, stable stays ready"
        case Kind.ASKED:
            return _asked(body)
        case _ if kind == REQUEST:
            return _asked(body)
        case _ if kind == SWITCHED:
            return _switched(body)
        case _:
            return with_durations(str(body.get("why") or body.get("by") or kind))


def verdicts_of(body: Body) -> Sequence[Body]:
    found = body.get("verdicts")
    return found if isinstance(found, list) else ()  # pyright: ignore[reportUnknownVariableType]


def _asked(body: Body) -> str:
    said, why = f"{body.get('verb')}, asked by {body.get('by', 'somebody')}", body.get("why")
    if body.get("obeyed") is False:
        said += "; it cannot be done now"
    return f"{said}: {why}" if why else said


def _switched(body: Body) -> str:
    detail, tries = str(body.get("detail", "")), int(body.get("tries", 1))
    if body.get("superseded"):
        did = "the dead-man's switch stood back for somebody who leads"
    elif body.get("deployed"):
        did = "the dead-man's switch put stable back"
    else:
        did = "the dead-man's switch had nothing to do"
    return did + (f": {detail}" if detail else "") + (f" ({tries} tries)" if tries > 1 else "")


def _stopped(kind: str, body: Body) -> str:
    why, verdicts = with_durations(str(body.get("why", ""))), verdicts_of(body)
    if body.get("cause") == "inconclusive":
        why = _doubts(body) or why
    elif len(verdicts) > 1:
        others = [short(str(verdict["metric"])) for verdict in verdicts[1:]]
        why += f"; also {_named(others)}"
    return f"back to stable: {why}" if kind == Kind.RETURNING else why


def _named(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} more"


# Verdicts


def _passes(verdicts: Sequence[Body]) -> str:
    """`errors 0.08 % of 1,204 (stable 0.12 % of 12,402), p95 43 ms (41 ms); 20.7 to 1 or more, 20 decide`."""
    parts: list[str] = []
    for verdict in verdicts:
        pair = _pair(verdict)
        if pair is None or not parts:
            parts.append(compared(verdict))
        else:
            parts.append(f"{short(str(verdict['metric']))} {pair[0]} ({pair[1]})")
    weighed = [v for v in verdicts if "evidence" in v and "limit" in v]
    weighing = ""
    if weighed:
        least = min(weighed, key=lambda v: v["evidence"])
        weighing = f"; {_odds(least['evidence'])} to 1 or more, {_odds(least['limit'])} decide"
    return ", ".join(parts) + weighing


def compared(verdict: Body) -> str:
    """`errors 0.08 % of 1,204 (stable 0.12 % of 12,402)`; what it says of itself where it has no two numbers."""
    pair = _pair(verdict)
    if pair is None:
        return str(verdict.get("said", verdict.get("metric")))
    mine, theirs = int(verdict.get("requests", 0)), int(verdict.get("stable_requests", 0))
    return f"{short(str(verdict['metric']))} {pair[0]} of {mine:,} (stable {pair[1]} of {theirs:,})"


def _doubts(body: Body) -> str:
    """What was not shown, each reason once, with the metrics that it holds back."""
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts_of(body):
        if verdict.get("outcome") == _PASS:
            continue
        reason = because(verdict)
        name = short(str(verdict["metric"]))
        pair = _pair(verdict)
        if reason == _UNTOLD and pair is not None:
            name += f" {pair[0]} (stable {pair[1]})"
        if reason == _UNTOLD and "evidence" in verdict and "limit" in verdict:
            name += f" at {_odds(verdict['evidence'])} to 1 of {_odds(verdict['limit'])}"
        reasons.setdefault(reason, []).append(name)
    return "; ".join(
        f"{_named(names)}: {reason.removeprefix('it ')}" for reason, names in reasons.items()
    )


def _pair(verdict: Body) -> tuple[str, str] | None:
    """The candidate's value and stable's, in the metric's own unit; None when there are none."""
    mine, theirs, name = verdict.get("candidate"), verdict.get("stable"), str(verdict["metric"])
    if mine is None or theirs is None:
        return None
    if name.endswith("latency"):
        return f"{mine:.3g} ms", f"{theirs:.3g} ms"
    return rate(mine), rate(theirs)


def _odds(evidence: float) -> str:
    return odds(math.log(evidence)) if evidence > 0 else "0"
