"""Filters over dimensions: equality, `_geq _leq _gt _lt _neq _in _notin _like _notlike`, AND and OR."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.edge.model import InvocationCount

_MINUTES: Final = {
    "datetimeMinute": 1,
    "datetimeFiveMinutes": 5,
    "datetimeFifteenMinutes": 15,
    "datetimeHour": 60,
}
_TESTS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "geq": lambda value, wanted: value >= wanted,
    "leq": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "lt": lambda value, wanted: value < wanted,
    "neq": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "notin": lambda value, wanted: value not in wanted,
    "like": lambda value, wanted: fnmatch.fnmatchcase(value, wanted.replace("%", "*")),
    "notlike": lambda value, wanted: not fnmatch.fnmatchcase(value, wanted.replace("%", "*")),
}


def dimension(row: InvocationCount, name: str) -> Any:  # noqa: ANN401 (text or number)
    """A row's value of a dimension; what has no meaning on one machine is empty."""
    at = datetime.fromtimestamp(row.second, UTC)
    if name == "date":
        return at.strftime("%Y-%m-%d")
    if name == "datetime":
        return _text(at)
    if name in _MINUTES:
        size = _MINUTES[name] * 60
        return _text(datetime.fromtimestamp(row.second // size * size, UTC))
    known = {
        "scriptName": row.script,
        "scriptTag": row.script_id,
        "scriptVersion": row.version,
        "status": row.status,
        "usageModel": "standard",
        "coloCode": "LCL",
        "environmentName": "production",
        "isDispatcher": 0,
        "isPreview": 0,
    }
    return known.get(name, "")


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def matches(row: InvocationCount, given: dict[str, Any]) -> bool:
    for key, wanted in given.items():
        if wanted is None:
            continue
        if key == "AND":
            if not all(matches(row, inner) for inner in wanted):
                return False
        elif key == "OR":
            if wanted and not any(matches(row, inner) for inner in wanted):
                return False
        elif not _test(row, key, wanted):
            return False
    return True


def _test(row: InvocationCount, key: str, wanted: Any) -> bool:  # noqa: ANN401
    name, _, operator = key.partition("_")
    value = dimension(row, name)
    if name.startswith("datetime"):
        wanted = [_moment(w) for w in wanted] if isinstance(wanted, list) else _moment(wanted)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        value = _moment(value)
    return _TESTS[operator](value, wanted) if operator else value == wanted


def _moment(text: str) -> datetime:
    """Raises `ValueError` for what is no time."""
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))


def span(given: dict[str, Any]) -> tuple[int, int]:
    """The seconds that a filter can match at most, both included; AND is looked into, OR is not."""
    low, high = 0, 1 << 40
    for key, wanted in given.items():
        name, _, operator = key.partition("_")
        if key == "AND":
            for inner in wanted or ():
                inner_low, inner_high = span(inner)
                low, high = max(low, inner_low), min(high, inner_high)
        if wanted is None or operator not in {"geq", "gt", "leq", "lt"}:
            continue
        if name == "date":
            start = int(datetime.fromisoformat(f"{wanted}T00:00:00+00:00").timestamp())
            edge = start if operator in {"geq", "gt"} else start + 86399
        elif name.startswith("datetime"):
            edge = int(_moment(wanted).timestamp())
            # A bucket's rows reach past its beginning.
            edge = edge if operator in {"geq", "gt"} else edge + _MINUTES.get(name, 0) * 60
        else:
            continue
        if operator in {"geq", "gt"}:
            low = max(low, edge)
        else:
            high = min(high, edge)
    return low, high
