"""A preview as `pitchey preview --save` wrote it into a folder, read back. Any of it may be missing, or of any shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from delivery.pull_request.changes import Change, Json, changes_of, items, mapping, steps_of

_SECRETS: Final = "secrets"
_SEVERITIES: Final = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Preview:
    """What `pitchey preview --save` wrote of a stack; None for what it did not come to, or what cannot be read."""

    stack: str
    cloud: str = ""
    commit: str = ""
    live: Sequence[Json] | None = None
    """The split as it is."""
    steps: Sequence[Json] | None = None
    verdict: Json | None = field(default=None, repr=False)

    @property
    def violations(self) -> list[Json]:
        """Those that stop it first, then by severity."""
        found = items(mapping(self.verdict).get("violations"))
        return sorted(found, key=lambda v: (not stops(v), _rank(v)))

    @property
    def waived(self) -> list[Json]:
        return items(mapping(self.verdict).get("waived"))

    @property
    def stopping(self) -> int:
        return sum(map(stops, self.violations))

    @cached_property
    def changes(self) -> list[Change]:
        # Where a secret lies open, no neighbour of it is told either.
        told = [*self.violations, *(violation_of(waived) for waived in self.waived)]
        concealed = frozenset(text_of(v, "urn") for v in told if v.get("family") == _SECRETS)
        return changes_of(self.steps or (), concealed)


def read_preview(folder: Path) -> Preview:
    stack = _read(folder / "stack.json") or {}
    preview = _read(folder / "preview.json")
    verdict = _read(folder / "verdict.json")
    live = stack.get("split")
    return Preview(
        stack=text_of(stack, "stack") or folder.name,
        cloud=text_of(stack, "cloud"),
        commit=text_of(stack, "commit"),
        live=items(live) if live is not None else None,
        steps=steps_of(preview) if preview is not None and _lists(preview, "steps") else None,
        verdict=verdict if verdict is not None and _lists(verdict, "violations") else None,
    )


def _lists(document: Json, key: str) -> bool:
    """Whether all of it can be read: what was left out of a list would look as if it were not there."""
    value: Any = document.get(key)
    if value is None:
        return key == "steps" and "changeSummary" in document
    return isinstance(value, list) and len(items(value)) == len(value)  # pyright: ignore[reportUnknownArgumentType]


def violation_of(waived: Json) -> Json:
    return mapping(waived.get("violation")) or waived


def stops(violation: Json) -> bool:
    # What does not say that it only warns is not taken for a warning.
    return violation.get("mandatory") is not False


def _rank(violation: Json) -> int:
    severity = text_of(violation, "severity").lower()
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else 0


def text_of(row: Json, key: str) -> str:
    value: Any = row.get(key)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _read(path: Path) -> Json | None:
    """A JSON object; None where there is none."""
    try:
        content: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None  # pyright: ignore[reportUnknownVariableType]
