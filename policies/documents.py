"""Stacks as documents tell them: what `pulumi preview --json` and `pulumi stack export` write, of any project."""

from __future__ import annotations

import graphlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from .credentials import without_secrets
from .document_text import DocumentError
from .properties import HIDDEN, UNKNOWN, Property, Secret
from .resources import Resource, Stack

Json = Mapping[str, Any]
_STATE_VERSIONS: Final = (3, 4)
_DECLARING: Final = frozenset({"create", "update", "replace", "create-replacement", "import"})
_DELETIONS: Final = frozenset({"delete", "delete-replaced"})
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
_LONGEST_NAME: Final = 80


def stack_of(document: Json) -> Stack:
    """A stack from a state or a preview, whichever it is. Raises `DocumentError`."""
    return stack_of_state(document) if "deployment" in document else stack_of_preview(document)


def stack_of_preview(document: Json) -> Stack:
    """What a stack will be, from `pulumi preview --json`. Raises `DocumentError`."""
    if "deployment" in document:
        raise DocumentError("is a state, not a preview")
    if "resourcePlans" in document:
        raise DocumentError("is a plan; a preview is what `pulumi preview --json` writes")
    declared: list[Resource] = []
    deletions: list[Resource] = []
    for row in _steps(document):
        step = _object(row)
        urn = step.get("urn") if step is not None else None
        if step is None or not _is_urn(urn):
            raise DocumentError("a step in it has no URN: it is no preview of Pulumi")
        told = step.get("op")
        operation = told if isinstance(told, str) else ""
        old = _state_in(step, "oldState", operation)
        new = _state_in(step, "newState", operation, old)
        if new is None and operation in _DECLARING:
            raise DocumentError("a step in it does not tell what will be: it is no whole preview")
        if operation in _DELETIONS:
            deletions += [old] if old is not None else []
        elif new is not None and not new.is_deleted:
            declared.append(new)
    _check_order(_object(cast("Json", row).get("newState")) or {} for row in _steps(document))
    return _stack(_once(declared), deletions, is_whole=_is_whole(document, declared))


def stack_of_state(document: Json) -> Stack:
    """What a stack is, from `pulumi stack export`. Raises `DocumentError`."""
    if "steps" in document or "changeSummary" in document:
        raise DocumentError("is a preview, not a state")
    version: object = document.get("version")
    if isinstance(version, bool) or version not in _STATE_VERSIONS:
        told = f"of version {version}" if isinstance(version, int | float) else "of no version"
        raise DocumentError(f"is a state {told}; versions 3 and 4 can be read")
    deployment = _object(document.get("deployment"))
    if deployment is None:
        raise DocumentError("has no deployment: it is no state of `pulumi stack export`")
    rows: object = deployment.get("resources")
    if rows is None:
        rows = []
    if not isinstance(rows, list):
        raise DocumentError("has resources that are no list: it is no state of Pulumi")
    told = [_object(row) or {} for row in cast("list[object]", rows)]
    # What was replaced and is still to be deleted stands beside what took its place.
    kept = [row for row in told if not row.get("delete")]
    found = [_resource(row, "") for row in kept]
    _check_once(found)
    _check_order(kept)
    return _stack(found, [], is_whole=True)


def _check_order(rows: Iterable[Json]) -> None:
    """A resource comes after its parent and what it depends on, so none leads back to itself."""
    links = {str(row.get("urn")): _links(row) for row in rows}
    try:
        graphlib.TopologicalSorter(links).prepare()
    except graphlib.CycleError as error:
        circle: Sequence[str] = error.args[1]
        said = "leads back to itself by its parents or what it depends on"
        raise DocumentError(f"{_name(circle[0])} {said}") from None


def _links(row: Json) -> list[str]:
    told: object = row.get("dependencies")
    dependencies = cast("list[object]", told) if isinstance(told, list) else []
    return [urn for urn in (row.get("parent"), *dependencies) if isinstance(urn, str)]


def _stack(declared: Sequence[Resource], deletions: Sequence[Resource], *, is_whole: bool) -> Stack:
    names = {_owner(resource.urn) for resource in (*declared, *deletions)}
    if len(names) > 1:
        raise DocumentError("holds resources of more than one stack")
    name, project = next(iter(names), ("", ""))
    return Stack(name, project, declared, deletions, is_whole)


def _owner(urn: str) -> tuple[str, str]:
    """The stack's and the project's name."""
    first, project, _ = urn.split("::", 2)
    return first.removeprefix("urn:pulumi:"), project


def _check_once(resources: Sequence[Resource]) -> None:
    seen: set[str] = set()
    for resource in resources:
        if resource.urn in seen:
            raise DocumentError(f"{_name(resource.urn)} stands in it twice")
        seen.add(resource.urn)


def _name(urn: str) -> str:
    name = without_secrets(urn.rsplit("::", 1)[-1], "(secret)")
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _is_urn(value: object) -> bool:
    return isinstance(value, str) and value.startswith("urn:pulumi:") and value.count("::") >= 3


def _object(value: object) -> Json | None:
    return cast("Json", value) if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _state_in(
    step: Json, key: str, operation: str, previous: Resource | None = None
) -> Resource | None:
    """`oldState` or `newState` of a step; older engines do not repeat the URN in it."""
    told: object = step.get(key)
    if told is None:
        return None
    return _resource({"urn": step["urn"], **(_object(told) or {})}, operation, previous)


def _resource(row: Json, operation: str, previous: Resource | None = None) -> Resource:
    """Raises `DocumentError`."""
    urn: object = row.get("urn")
    type = _text(row.get("type"))
    if not _is_urn(urn) or type is None:
        raise DocumentError("a resource in it has no URN or no type: Pulumi has not written it")
    return Resource(
        urn=str(urn),
        type=type,
        inputs=_properties(row, "inputs"),
        outputs=_properties(row, "outputs"),
        id=_text(row.get("id")),
        parent=_text(row.get("parent")),
        # What a program only looks up is not its own to protect.
        protect=None if row.get("external") is True else row.get("protect") is True,
        retain_on_delete=(
            None if row.get("external") is True else row.get("retainOnDelete") is True
        ),
        operation=operation,
        previous=previous,
    )


def _properties(row: Json, key: str) -> Property:
    told: object = row.get(key)
    if told is not None and not isinstance(told, dict):
        raise DocumentError(f"a resource in it has {key} that are no object")
    return Property(value_of(told or {}))


def value_of(raw: Any, depth: int = 0) -> Any:
    """A value with its marks: secrets and unknowns as Pulumi writes them in JSON. Raises `DocumentError`."""
    if depth > _MOST_DEPTH:
        raise DocumentError("has properties that are nested too deeply")
    if isinstance(raw, str):
        return UNKNOWN if raw in _UNKNOWNS else HIDDEN if raw == _SHOWN_SECRET else raw
    if isinstance(raw, list):
        return [value_of(inner, depth + 1) for inner in cast("list[Any]", raw)]
    told = _object(raw)
    if told is None:
        return raw
    if told.get(_SIGNATURE) == _SECRET:
        return _secret(told, depth)
    return {key: value_of(inner, depth + 1) for key, inner in told.items()}


def _secret(raw: Json, depth: int) -> Any:
    """Encrypted, or, after `--show-secrets`, the value's JSON text."""
    if "plaintext" not in raw:
        return Secret(value_of(raw["value"], depth + 1)) if "value" in raw else HIDDEN
    text: object = raw["plaintext"]
    try:
        return Secret(value_of(json.loads(text), depth + 1)) if isinstance(text, str) else HIDDEN
    except (ValueError, RecursionError):
        return Secret(text)


def _once(resources: Sequence[Resource]) -> list[Resource]:
    """A replacement shows a resource several times: what counts is how it ends."""
    return list({resource.urn: resource for resource in resources}.values())


def _steps(document: Json) -> Sequence[object]:
    steps: object = document.get("steps")
    if steps is None and isinstance(document.get("changeSummary"), dict):
        return []
    if not isinstance(steps, list):
        raise DocumentError("has no steps: it is no preview of `pulumi preview --json`")
    return cast("list[object]", steps)


def _is_whole(document: Json, declared: Sequence[Resource]) -> bool:
    """Whether the preview came to its end, and what does not change is shown too."""
    summary = _object(document.get("changeSummary"))
    if summary is None or _has_failed(document):
        return False
    same: object = summary.get("same", 0)
    shown = sum(resource.operation == "same" for resource in declared)
    return isinstance(same, int) and same <= shown


def _has_failed(document: Json) -> bool:
    said: object = document.get("diagnostics")
    rows = cast("list[object]", said) if isinstance(said, list) else []
    return any((_object(row) or {}).get("severity") == "error" for row in rows)
