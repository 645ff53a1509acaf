"""Properties between the engine's protobuf structs and Python values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from google.protobuf import json_format, struct_pb2

Json = dict[str, Any]
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is not known yet (`plugin.UnknownStringValue` in Pulumi's SDK)."""


_MARK: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the mark, not what it marks)
"""How a secret is marked on the wire (`resource.SigKey` and `resource.SecretSig` in Pulumi's SDK)."""


def read(struct: Any) -> Json:
    """A struct as a dictionary; whole numbers are ints, and secrets are without their marks."""
    return _plain(json_format.MessageToDict(struct))


def write(values: Json) -> Any:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def secret(value: object) -> Json:
    """A value with the mark by which the engine encrypts it in the state and hides it in what it prints."""
    return {_MARK: _SECRET, "value": value}


def with_secrets(values: Json, paths: Iterable[str]) -> Json:
    """Marks what stands at the paths; `*` is any key or item. What is absent, or marked, stays as it is."""
    marked: Json = values
    for path in paths:
        marked = _marked(marked, path.split("."))
    return marked


def _marked(value: Any, path: list[str]) -> Any:
    if not path:
        return value if value is None or _is_marked(value) else secret(value)
    if isinstance(value, list):
        rows = cast("list[Any]", value)
        return [_marked(row, path[1:]) for row in rows] if path[0] == "*" else rows
    if not isinstance(value, dict):
        return value
    return {
        key: _marked(inner, path[1:]) if path[0] in {"*", key} else inner
        for key, inner in cast("Json", value).items()
    }


def _is_marked(value: Any) -> bool:
    return isinstance(value, dict) and cast("Json", value).get(_MARK) == _SECRET


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        inside = cast("Json", value)
        if _is_marked(inside):
            return _plain(inside["value"])
        return {key: _plain(inner) for key, inner in inside.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    return value
