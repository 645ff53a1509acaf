"""From what the API tells to what the state keeps: outputs, and inputs as they are now."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from localcloud.plugins.cloudflare.resource_type import Json, ResourceType

DEFAULTS: Final = "__defaults"
"""Beside imported inputs: the names of those that are no change when a program leaves them out."""


def outputs(kind: ResourceType, inputs: Json, told: Json) -> Json:
    """All that is known: the answer over the inputs. Write-only inputs, and secrets inside others, stay as they were given."""
    merged: Json = {**kind.defaults, **told}
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
        before, says = cast("Json", given), cast("Json", told)
        said = {
            key: _with_what_is_not_told(before[key], value) if key in before else value
            for key, value in says.items()
        }
        return {**before, **said}
    if isinstance(given, list) and isinstance(told, list):
        rows, says_rows = cast("list[Any]", given), cast("list[Any]", told)
        if len(rows) == len(says_rows):
            return [_with_what_is_not_told(g, t) for g, t in zip(rows, says_rows, strict=True)]
        return says_rows
    return told


def refreshed_inputs(kind: ResourceType, inputs: Json, told: Json) -> Json:
    """The inputs with the values that the cloud has now, in the shape in which they were given: what the API adds to them
    (defaults, computed fields) is no drift, and neither is what it does not speak of. What it says is null has been
    taken away."""
    kept = {key: given for key, given in inputs.items() if key in kind.write_only}
    shown = {key: given for key, given in inputs.items() if key not in kind.write_only}
    return {**kept, **_in_the_shape_of(shown, told)}


def _in_the_shape_of(given: Any, told: Any) -> Any:
    if isinstance(given, dict) and isinstance(told, dict):
        says = cast("Json", told)
        return {
            key: _in_the_shape_of(value, says[key]) if says.get(key) is not None else value
            for key, value in cast("Json", given).items()
            if not value or key not in says or says[key] is not None
        }
    if isinstance(given, list) and isinstance(told, list):
        rows, says_rows = cast("list[Any]", given), cast("list[Any]", told)
        if len(rows) != len(says_rows):
            return says_rows
        return [_in_the_shape_of(g, t) for g, t in zip(rows, says_rows, strict=True)]
    if isinstance(given, (int, float)) and isinstance(told, (int, float)):
        return given if float(given) == float(told) else told
    return told


def without_order(kind: ResourceType, inputs: Json) -> Json:
    """With the items of sets in an order that depends on nothing but themselves."""
    return {
        key: sorted(cast("list[Any]", value), key=lambda item: json.dumps(item, sort_keys=True))
        if key in kind.sets and isinstance(value, list)
        else value
        for key, value in inputs.items()
    }


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
            for found in changed_paths(before.get(key), after.get(key), _step(path, key))
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


def _step(path: str, key: str) -> str:
    if any(mark in key for mark in '.[]"'):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def head(path: str) -> str:
    """The property in which a path begins."""
    return path.replace("[", ".").split(".")[0]


def is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
