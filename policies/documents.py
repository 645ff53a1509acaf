"""Stacks read from files: what `pulumi preview --json` and `pulumi stack export` write, of any project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from .properties import HIDDEN, UNKNOWN, Property, Secret
from .resources import Resource, Stack

MOST_BYTES: Final = 200_000_000
_STATE_VERSIONS: Final = frozenset({3, 4})
_SHOWN_SECRET: Final = "[secret]"  # noqa: S105 (what a preview shows instead of one)
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the mark of a secret in Pulumi's wire format)
_UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What stands for a boolean, number, string, array, asset, archive and object that is not known yet."""
_MOST_DEPTH: Final = 200


class DocumentError(Exception):
    """A file that cannot be judged: one line that says why."""


def read_document(path: Path) -> Mapping[str, Any]:
    """A JSON object from a file. Raises `DocumentError`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DocumentError(f"{path}: larger than {MOST_BYTES // 1_000_000} MB")
        content: object = json.loads(path.read_bytes())
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{path}: is no JSON ({_where(error)})") from None
    if not isinstance(content, dict):
        raise DocumentError(f"{path}: must be a JSON object")
    return content  # pyright: ignore[reportUnknownVariableType]


def stack_of_preview(document: Mapping[str, Any]) -> Stack:
    """What a stack will be, from `pulumi preview --json`. Raises `DocumentError`."""
    steps = _list(document, "steps")
    declared: list[Resource] = []
    deletions: list[Resource] = []
    for step in steps:
        if not isinstance(step, dict) or not isinstance(step.get("urn"), str):  # pyright: ignore[reportUnknownMemberType]
            raise DocumentError("a step has no urn: this is no preview of Pulumi")
        operation = str(step.get("op", ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        old = _resource(step.get("oldState"), operation)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        new = _resource(step.get("newState"), operation, old)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        if new is not None and not new.is_deleted:
            declared.append(new)
        elif old is not None:
            deletions.append(old)
    same = sum(resource.operation == "same" for resource in declared)
    counted: object = document.get("changeSummary")
    whole = isinstance(counted, dict) and int(counted.get("same", 0)) <= same  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return _stack(_once(declared), deletions, is_whole=whole)


def stack_of_state(document: Mapping[str, Any]) -> Stack:
    """What a stack is, from `pulumi stack export`. Raises `DocumentError`."""
    version = document.get("version")
    if version not in _STATE_VERSIONS:
        told = repr(version) if isinstance(version, int | float) else "none"
        raise DocumentError(f"version {told} of a state is not known here (3 and 4 are)")
    deployment: object = document.get("deployment")
    if not isinstance(deployment, dict):
        raise DocumentError("there is no deployment in it: this is no state of Pulumi")
    rows: Sequence[Any] = deployment.get("resources") or []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    found = [_resource(row, "") for row in rows if not _is_pending_deletion(row)]
    if any(resource is None for resource in found):
        raise DocumentError("a resource has no urn or no type: this is no state of Pulumi")
    return _stack([r for r in found if r is not None], [], is_whole=True)


def parent_names(resources: Sequence[Resource]) -> Iterator[str]:
    """URNs whose parents lead back to themselves."""
    parents = {resource.urn: resource.parent for resource in resources}
    for urn in parents:
        seen = {urn}
        here = parents[urn]
        while here is not None and here in parents:
            if here in seen:
                yield urn
                break
            seen.add(here)
            here = parents[here]


def _stack(declared: Sequence[Resource], deletions: Sequence[Resource], *, is_whole: bool) -> Stack:
    for urn in parent_names(declared):
        raise DocumentError(f"{urn.rsplit('::', 1)[-1]} is its own ancestor")
    names = {(r.urn.split("::")[0].rsplit(":", 1)[-1], r.urn.split("::")[1]) for r in declared}
    if len(names) > 1:
        told = ", ".join(sorted(stack for stack, _ in names))
        raise DocumentError(f"resources of more than one stack: {told}")
    name, project = next(iter(names), ("", ""))
    return Stack(name, project, declared, deletions, is_whole)


def _resource(row: object, operation: str, previous: Resource | None = None) -> Resource | None:
    if not isinstance(row, dict):
        return None
    urn: Any = row.get("urn")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    type: Any = row.get("type")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(urn, str) or not isinstance(type, str) or urn.count("::") < 3:
        return None
    options: Mapping[str, Any] = row  # pyright: ignore[reportUnknownVariableType]
    return Resource(
        urn=urn,
        type=type,
        inputs=Property(value_of(options.get("inputs") or {})),
        outputs=Property(value_of(options.get("outputs") or {})),
        id=str(options["id"]) if options.get("id") else None,
        parent=options.get("parent") or None,
        protect=bool(options.get("protect", False)),
        retain_on_delete=bool(options.get("retainOnDelete", False)),
        operation=operation,
        previous=previous,
    )


def value_of(raw: Any, depth: int = 0) -> Any:
    """A value with its marks: secrets and unknowns as Pulumi writes them in JSON. Raises `DocumentError`."""
    if depth > _MOST_DEPTH:
        raise DocumentError("properties are nested too deeply")
    if isinstance(raw, str):
        return UNKNOWN if raw in _UNKNOWNS else HIDDEN if raw == _SHOWN_SECRET else raw
    if isinstance(raw, list):
        return [value_of(inner, depth + 1) for inner in raw]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(raw, dict):
        return raw
    if raw.get(_SIGNATURE) == _SECRET:  # pyright: ignore[reportUnknownMemberType]
        return _secret(raw, depth)  # pyright: ignore[reportUnknownArgumentType]
    return {str(key): value_of(inner, depth + 1) for key, inner in raw.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _secret(raw: Mapping[str, Any], depth: int) -> Any:
    """Encrypted, or, after `--show-secrets`, the value's JSON text."""
    if "plaintext" not in raw:
        return Secret(value_of(raw["value"], depth + 1)) if "value" in raw else HIDDEN
    try:
        return Secret(value_of(json.loads(raw["plaintext"]), depth + 1))
    except (ValueError, TypeError):
        return Secret(str(raw["plaintext"]))


def _once(resources: Sequence[Resource]) -> list[Resource]:
    """A replacement shows a resource several times: what counts is how it ends."""
    return list({resource.urn: resource for resource in resources}.values())


def _is_pending_deletion(row: object) -> bool:
    return isinstance(row, dict) and bool(row.get("delete"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _list(document: Mapping[str, Any], key: str) -> Sequence[Any]:
    value: object = document.get(key)
    if value is None and "changeSummary" in document:
        return []
    if not isinstance(value, list):
        raise DocumentError(f"there is no {key} in it: this is no preview of Pulumi")
    return value  # pyright: ignore[reportUnknownVariableType]


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "not in UTF-8"
