"""What people and machines wrote into a ledger, as others may read it: no control characters, no secrets, never endless."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import urlsplit

from policies.masking import masked

LONGEST: Final = 1000
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Also what turns the direction of a text, so that nobody reads another line than was written."""
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>]+")


def clean(value: object) -> str:
    """One text of a ledger's entry."""
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", str(value))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    return masked(text, ())


def without_paths(value: object) -> object:
    """A strategy's values with each address cut to its host: a webhook's path is often its password."""
    if isinstance(value, str):
        return clean(_ADDRESS.sub(lambda match: _host(match[0]), value))
    if isinstance(value, Mapping):
        told = cast("Mapping[Any, Any]", value)
        return {str(key): without_paths(one) for key, one in told.items()}
    if isinstance(value, Sequence):
        return [without_paths(one) for one in cast("Sequence[Any]", value)]
    return value


def _host(address: str) -> str:
    try:
        split = urlsplit(address)
        host, port = split.hostname or "", split.port
    except ValueError:
        return "(address)"
    shown = f"{split.scheme}://{host}" + (f":{port}" if port else "")
    rest = split.path.strip("/") or split.query
    return f"{shown}/…" if rest else shown


def milliseconds(value: float) -> str:
    return f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms"
