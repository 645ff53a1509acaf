"""A rollout's events as lines for people: what happened, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from delivery.rollout.events import Event, Kind

_QUIET: Final = frozenset({Kind.OBSERVED})


def line_of(event: Event) -> str | None:
    """None for what nobody has to read."""
    return None if event.kind in _QUIET else told(event.kind.value, event.body)


def told(kind: str, body: Mapping[str, Any]) -> str:  # noqa: PLR0911 (one return a kind)
    match kind:
        case Kind.STARTED:
            name = body["strategy"]["name"]
            return f"{name}: {body['candidate']} against stable {body['stable']}"
        case Kind.SHIFT:
            return f"to {body['share']} %: {body['why']}"
        case Kind.SHIFTED:
            return f"{body['share']} % deployed"
        case Kind.CONVERGED:
            return str(body["said"])
        case Kind.EXTENDED:
            return f"goes on for longer ({body['times']}): {body['why']}"
        case Kind.PASSED:
            return f"step {int(body['step']) + 1} passed"
        case Kind.ASKED:
            return f"{body['verb']}, asked by {body['by']}"
        case Kind.BAKING:
            return f"100 %; watched for {body['seconds']:.0f} s more, stable stays ready"
        case _:
            return str(body.get("why") or body.get("by") or kind)
