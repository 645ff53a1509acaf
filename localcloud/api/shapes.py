"""What a client sent, before it is trusted: is it an object, a list of objects, a list of texts?"""

from __future__ import annotations

from typing import Any, cast

from localcloud.api.store import Json


def as_object(value: object) -> Json | None:
    return cast(Json, value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def as_objects(value: object) -> list[Json] | None:
    """None unless it is a list of nothing but objects."""
    items = as_list(value)
    if items is None or not all(isinstance(item, dict) for item in items):
        return None
    return cast("list[Json]", items)


def as_texts(value: object) -> list[str] | None:
    """None unless it is a list of nothing but strings."""
    items = as_list(value)
    if items is None or not all(isinstance(item, str) for item in items):
        return None
    return cast("list[str]", items)


def whole_number(value: object) -> int | None:
    """An integer, or a float without a fraction (some clients send every number as a float); no boolean."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
