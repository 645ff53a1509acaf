"""Bindings with some of them set anew or taken away."""

from __future__ import annotations

from typing import Any

from localcloud.api.store import Json
from localcloud.api.workers.errors import BAD_PARAMETER


def merged(bindings: list[Json], changes: dict[str, Any]) -> list[Json]:
    """`changes`: name → binding, or None to remove it. Raises `ApiError` for one without type."""
    by_name = {binding["name"]: binding for binding in bindings}
    for name, change in changes.items():
        if change is None:
            by_name.pop(name, None)
            continue
        if not isinstance(change, dict) or not isinstance(change.get("type"), str):  # pyright: ignore[reportUnknownMemberType]
            raise BAD_PARAMETER(name=f"env.{name}")
        by_name[name] = {**change, "name": name}
    return list(by_name.values())
