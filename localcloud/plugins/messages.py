"""Properties between the engine's protobuf structs and Python values."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import json_format, struct_pb2

Json = dict[str, Any]
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is not known yet (`plugin.UnknownStringValue` in Pulumi's SDK)."""


def read(struct: Any) -> Json:
    """A struct as a dictionary; whole numbers are ints."""
    return _whole(json_format.MessageToDict(struct))


def write(values: Json) -> Any:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_whole(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def is_unknown(value: Any) -> bool:
    """Whether anything in a value is not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(inner) for inner in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return any(is_unknown(inner) for inner in value)  # pyright: ignore[reportUnknownVariableType]
    return value == UNKNOWN
