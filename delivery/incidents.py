"""Incident records: what was rolled back, when and why, for the machine (JSON) and for whoever looks back (Markdown)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from delivery.errors import FailedError

FOLDER: Final = Path(".pitchey") / "incidents"


@dataclass(frozen=True)
class Moment:
    """`at` in Unix seconds."""

    at: float
    what: str


@dataclass(frozen=True)
class Incident:
    """`before` and `after` are versions or deployments of `component`; `seconds` from the command to all traffic back."""

    stack: str
    component: str
    before: str
    after: str
    reason: str
    by: str
    verified: bool
    seconds: float
    timeline: Sequence[Moment]


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


def _markdown(incidents: Sequence[Incident], at: float) -> str:
    lines = [f"# Rollback of {incidents[0].stack}, {_time(at)}", ""]
    for incident in incidents:
        verified = "verified at the edge" if incident.verified else "**not verified at the edge**"
        lines += [
            f"## {incident.component}",
            "",
            f"- from: {_line(incident.before)}",
            f"- to: {_line(incident.after)}",
            f"- why: {_line(incident.reason) or 'not said'}",
            f"- by: {_line(incident.by)}",
            f"- {verified}, {incident.seconds:.1f} s after the command",
            "",
            *(f"- {_time(moment.at)} {_line(moment.what)}" for moment in incident.timeline),
            "",
        ]
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
