"""From what the API tells to what the state keeps: outputs, and inputs as they are now."""

from __future__ import annotations

from typing import Any, Final, cast

from localcloud.plugins.cloudflare.resource_type import Json, ResourceType

DEFAULTS: Final = "__defaults"
"""Beside imported inputs: the names of those that are no change when a program leaves them out."""


def outputs(kind: ResourceType, inputs: Json, told: Json) -> Json:
    """All that is known: the answer over the inputs. Write-only inputs, and secrets inside others, stay as they were given."""
    merged: Json = {**told}
    for key, given in inputs.items():
        if given is None:
            continue
        if key in kind.write_only or key not in told or told[key] is None:
            merged[key] = given
        else:
            merged[key] = _with_what_is_not_told(given, told[key])
    merged.pop("id", None)
    return merged


def _with_what_is_not_told(given: Any, told: Any) -> Any:
    if isinstance(given, dict) and isinstance(told, dict):
        return {
            **given,
            **{
                k: _with_what_is_not_told(given[k], v) if k in given else v for k, v in told.items()
            },
        }  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(given, list) and isinstance(told, list) and len(given) == len(told):  # pyright: ignore[reportUnknownArgumentType]
        return [_with_what_is_not_told(g, t) for g, t in zip(given, told, strict=True)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return told


def refreshed_inputs(kind: ResourceType, inputs: Json, told: Json) -> Json:
    """The inputs with the values that the cloud has now, in the shape in which they were given: what the API adds to them
    (defaults, computed fields) is no drift."""
    read: Json = {}
    for key, given in inputs.items():
        if key in kind.write_only or given is None or told.get(key) is None:
            read[key] = given
        else:
            read[key] = _in_the_shape_of(given, told[key])
    return read


def _in_the_shape_of(given: Any, told: Any) -> Any:
    if isinstance(given, dict) and isinstance(told, dict):
        return {
            k: _in_the_shape_of(v, told[k]) if told.get(k) is not None else v
            for k, v in given.items()
        }  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(given, list) and isinstance(told, list):
        if len(given) == len(told):  # pyright: ignore[reportUnknownArgumentType]
            return [_in_the_shape_of(g, t) for g, t in zip(given, told, strict=True)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return told  # pyright: ignore[reportUnknownVariableType]
    if isinstance(given, (int, float)) and isinstance(told, (int, float)):
        return given if float(given) == float(told) else told
    return told


def changed_paths(old: Any, new: Any, path: str = "") -> list[str]:
    """Paths in the engine's syntax (`rules[0].action`) at which two inputs differ; null and absent are the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("Json", old), cast("Json", new)
        defaults = before.get(DEFAULTS) or ()
        return [
            found
            for key in dict.fromkeys([*before, *after])
            if not key.startswith("__")
            if not (key in defaults and after.get(key) is None)
            for found in changed_paths(
                before.get(key), after.get(key), f"{path}.{key}" if path else key
            )
        ]
    if isinstance(old, list) and isinstance(new, list):
        rows_before, rows_after = cast("list[Any]", old), cast("list[Any]", new)
        if len(rows_before) == len(rows_after):
            return [
                found
                for index, (o, n) in enumerate(zip(rows_before, rows_after, strict=True))
                for found in changed_paths(o, n, f"{path}[{index}]")
            ]
    return [] if old == new else [path]
