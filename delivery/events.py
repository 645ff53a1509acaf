"""The engine's events, as its event log tells them (one JSON object a line, `apitype.EngineEvent` of Pulumi's SDK)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

UNCHANGED: Final = frozenset({"same", "read", "refresh"})
_TAG: Final = re.compile(r"<\{%.*?%\}>")


@dataclass(frozen=True)
class Step:
    """A resource's step: begun, done or failed. `operation` in Pulumi's words: create, update, replace, delete, same, …"""

    urn: str
    operation: str
    phase: str
    """begun, done or failed."""
    planning: bool
    before: Mapping[str, Any] | None = field(default=None, repr=False)
    """The resource as it is, as `pulumi preview --json` writes it; secrets are blinded."""
    after: Mapping[str, Any] | None = field(default=None, repr=False)
    """As it will be."""
    changed: Mapping[str, Any] | None = None
    """Path of each property that changes → how."""

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True)
class Diagnostic:
    severity: str
    """debug, info, info#err, warning or error."""
    message: str
    urn: str

    @property
    def resource(self) -> str | None:
        return self.urn.rsplit("::", 1)[-1] if self.urn else None


@dataclass(frozen=True)
class Violation:
    """A policy said no (`mandatory`) or warned (`advisory`)."""

    policy: str
    pack: str
    level: str
    message: str
    urn: str


@dataclass(frozen=True)
class Summary:
    """How a run ended: operation → how many resources."""

    seconds: float
    changes: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def changed(self) -> int:
        return sum(count for name, count in self.changes.items() if name not in UNCHANGED)


Event = Step | Diagnostic | Violation | Summary


def parse_event(line: str) -> Event | None:
    """None for the kinds of events that nobody here looks at, and for half a line."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    for key, phase in (
        ("resourcePreEvent", "begun"),
        ("resOutputsEvent", "done"),
        ("resOpFailedEvent", "failed"),
    ):
        if key in event:
            metadata = event[key]["metadata"]
            return Step(
                metadata["urn"],
                metadata["op"],
                phase,
                bool(event[key].get("planning")),
                metadata.get("old"),
                metadata.get("new"),
                metadata.get("detailedDiff"),
            )
    if "diagnosticEvent" in event:
        diagnostic = event["diagnosticEvent"]
        message = _TAG.sub("", diagnostic.get("prefix", "") + diagnostic["message"]).strip()
        return Diagnostic(diagnostic["severity"], message, diagnostic.get("urn", ""))
    if "policyEvent" in event:
        policy = event["policyEvent"]
        return Violation(
            policy["policyName"],
            policy["policyPackName"],
            policy["enforcementLevel"],
            _TAG.sub("", policy["message"]).strip(),
            policy.get("resourceUrn", ""),
        )
    if "summaryEvent" in event:
        summary = event["summaryEvent"]
        return Summary(
            float(summary.get("durationSeconds", 0)), dict(summary.get("resourceChanges") or {})
        )
    return None
