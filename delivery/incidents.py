"""Incident records: what was rolled back, when and why, for the machine (JSON) and for whoever looks back (Markdown)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from delivery.errors import FailedError

if TYPE_CHECKING:
    from delivery.rollout.events import Event

FOLDER: Final = Path(".pitchey") / "incidents"


@dataclass(frozen=True)
class Moment:
    """`at` in Unix seconds."""

    at: float
    what: str


@dataclass(frozen=True)
class Incident:
    """`before` and `after` are versions or deployments of `component`; `seconds` from the decision (of whoever rolls back by
    hand: the command) to all traffic back."""

    stack: str
    component: str
    before: str
    after: str
    reason: str
    by: str
    verified: bool
    seconds: float
    timeline: Sequence[Moment]
    rehearsal: bool = False
    """Whether it was broken on purpose."""


def write_incident(project: Path, incidents: Sequence[Incident], at: float) -> Path:
    """The JSON file `.pitchey/incidents/<time>-<stack>.json`, beside it the same in Markdown. `at` in Unix seconds; an
    earlier record is never overwritten. Raises `FailedError`."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
    path = project / FOLDER / f"{stamp}-{incidents[0].stack}.json"
    content = {"at": _time(at), "incidents": [asdict(incident) for incident in incidents]}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        path.with_suffix(".md").write_text(_markdown(incidents, at), encoding="utf-8")
    except OSError as error:
        raise FailedError(
            f"{path}: the incident is not written down: {error.strerror or error}"
        ) from None
    return path


def incident_of(
    started: Mapping[str, Any], events: Sequence[tuple[float, Event]], by: str
) -> Incident | None:
    """Of a rollout that returned by its own decision; None for any other, also for one that somebody else put back.

    `started` is the body of the event of that name; `events` are those that followed, each with its Unix second, in their
    order; `by` leads the rollout. Without a `returned` event it is one that was not seen to succeed.
    """
    from delivery.rollout.events import Kind  # noqa: PLC0415 (a rollback by hand knows no rollouts)
    from delivery.rollout.telling import line_of  # noqa: PLC0415

    decided = next(((at, e) for at, e in events if e.kind is Kind.RETURNING), None)
    if decided is None:
        return None
    at, decision = decided
    back = next((then for then, e in events if e.kind is Kind.RETURNED and then >= at), None)
    timeline = [
        Moment(then, f"{event.kind.value}: {said}")
        for then, event in events
        if (said := line_of(event)) is not None
    ]
    end = back if back is not None else max(then for then, _ in events)
    return Incident(
        stack=str(started["stack"]),
        component="worker",
        before=str(started["candidate"]),
        after=str(started["stable"]),
        reason=_cause(decision),
        by=by,
        verified=back is not None,
        seconds=round(max(end - at, 0.0), 3),
        timeline=timeline,
        rehearsal="rehearsal" in started,
    )


def _cause(decision: Event) -> str:
    """`cause: why`; where several verdicts failed, each with its numbers."""
    body = decision.body
    cause, why = str(body.get("cause", "")), str(body.get("why", ""))
    said = [str(verdict["said"]) for verdict in body.get("verdicts", ()) if verdict.get("said")]
    why = "; ".join(dict.fromkeys([why, *said]))
    return why if why.startswith(cause) else f"{cause}: {why}"


def _markdown(incidents: Sequence[Incident], at: float) -> str:
    what = "Rehearsed rollback" if all(one.rehearsal for one in incidents) else "Rollback"
    lines = [f"# {what} of {incidents[0].stack}, {_time(at)}", ""]
    for incident in incidents:
        verified = "verified at the edge" if incident.verified else "**not verified at the edge**"
        lines += [
            f"## {incident.component}",
            "",
            f"- from: {_line(incident.before)}",
            f"- to: {_line(incident.after)}",
            f"- why: {_line(incident.reason) or 'not said'}",
            f"- by: {_line(incident.by)}",
            f"- {verified}, {incident.seconds:.1f} s after it was decided",
            "",
            *(f"- {_time(moment.at)} {_line(moment.what)}" for moment in incident.timeline),
            "",
        ]
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
