"""A picture as one line for a pipe, and as JSON for a machine. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final, cast

from delivery.rollout.ledger import Entry
from delivery.rollout.view import shown
from delivery.rollout.view.measured import Measured
from delivery.rollout.view.snapshot import Snapshot, Told

_KIND: Final = 10
_JOINT: Final = re.compile(r"_([a-z0-9])")


def event_line(event: Told) -> str:
    return _line(event.at, event.kind, event.text)


def numbers_line(picture: Snapshot) -> str:
    """Share, both versions and what comes next."""
    share = shown.share(picture.share)
    both = f"candidate {_measured(picture.candidate)}; stable {_measured(picture.stable)}"
    said = f"{picture.phase.value} at {share}: {both}"
    if not picture.is_over:
        said += f"; {picture.outlook.said}"
    return _line(picture.at, "numbers", said)


def trouble_line(picture: Snapshot) -> str:
    return _line(picture.at, "trouble", "; ".join(picture.troubles) or "over: all answer again")


def _line(at: float, kind: str, text: str) -> str:
    return f"{shown.clock(at)} {kind:<{_KIND}} {text}"


def _measured(one: Measured) -> str:
    if not one.requests:
        return "no requests"
    said = f"{one.requests:,} requests, errors {shown.percent(one.errors.value)} ({shown.band(one.errors)})"
    return said if one.p95 is None else f"{said}, p95 {shown.milliseconds(one.p95.value)}"


def event_json(entry: Entry, text: str) -> dict[str, Any]:
    """`type`, `seq`, `at` (Unix seconds by the ledger's clock), `kind`, `rollout`, `body`, and `text` for people."""
    return {
        "type": "event",
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "rollout": entry.rollout,
        "body": dict(entry.body),
        "text": text,
    }


def snapshot_json(picture: Snapshot) -> dict[str, Any]:
    """Keys as the picture's, in camel case, without the events, which are told one by one; `type` is snapshot."""
    told = _plain(asdict(picture))
    told.pop("events")
    return {"type": "snapshot", **told}


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        return {_JOINT.sub(lambda m: m[1].upper(), key): _plain(one) for key, one in given.items()}
    return value
