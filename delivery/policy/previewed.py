"""What a preview found, in the shape of `pulumi preview --json --show-sames`, and the stack that it would make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from delivery.events import Event, Step
from policies.documents import stack_of_preview
from policies.resources import Stack


def preview_document(events: Sequence[Event]) -> dict[str, Any]:
    """Secrets in it are blinded: the engine writes none into its event log."""
    steps = [e for e in events if isinstance(e, Step) and e.phase == "begun"]
    counted = Counter(step.operation for step in steps)
    return {"steps": [_row(step) for step in steps], "changeSummary": dict(counted)}


def _row(step: Step) -> dict[str, Any]:
    row: dict[str, Any] = {"op": step.operation, "urn": step.urn}
    told = {"oldState": step.before, "newState": step.after, "detailedDiff": step.changed}
    return row | {key: value for key, value in told.items() if value}


def previewed_stack(
    document: Mapping[str, Any], name: str, project: str, others: Mapping[str, Stack]
) -> Stack:
    """Raises `DocumentError`."""
    stack = stack_of_preview(document)
    return replace(stack, name=name, project=project, others=others)
