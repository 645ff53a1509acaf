"""After a run that was killed: what it was creating is found in the cloud and taken into the state, so nothing is made twice.

The engine notes a creation in the state before it asks the cloud for it. A resource that the cloud has under the name it
was to have is taken into the state; one that was never made is struck off, and the next `up` makes it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from delivery import api
from delivery.lookups import LOOKUPS

Json = dict[str, Any]


@dataclass(frozen=True)
class PendingCreation:
    """`inputs` as the engine wrote them down; secrets among them are unreadable envelopes."""

    urn: str
    type: str
    inputs: Json


@dataclass(frozen=True)
class Made:
    """What the cloud has: the `id` under which it is read, and whether that is an import's (its outputs come from there)."""

    id: str
    imported: bool = True


def pending_creations(state: Json) -> list[PendingCreation]:
    return [
        PendingCreation(resource["urn"], resource["type"], resource.get("inputs") or {})
        for resource in _being_created(state)
    ]


class Interrupted(Protocol):
    """A stack whose last run was killed."""

    def variables(self) -> Mapping[str, str]: ...

    def cancel(self) -> None: ...

    def export(self) -> Json: ...

    def replace_state(self, state: Json) -> None: ...

    def refresh(self) -> object: ...


def recover(stack: Interrupted) -> None:
    """Brings the state to what the cloud has. Raises `DeliveryError`, and can then be run again."""
    stack.cancel()
    state = stack.export()
    pending = pending_creations(state)
    if pending:
        with api.connect(stack.variables()) as client:
            found = {item.urn: find_made(client, item, _known(state, item)) for item in pending}
        made = {urn: one for urn, one in found.items() if one is not None}
        stack.replace_state(with_made(state, made))
    # What was being updated or deleted may have been done; and what was taken in is read whole.
    stack.refresh()


def with_made(state: Json, made: Mapping[str, Made]) -> Json:
    """The state without pending operations; of those that were creating, what was made is a resource."""
    changed = copy.deepcopy(state)
    deployment: Json = changed["deployment"]
    resources: list[Json] = deployment.get("resources") or []
    for resource in _being_created(changed):
        found = made.get(resource["urn"])
        if found is None:
            continue
        inputs: Json = resource.get("inputs") or {}
        taken = {**resource, "id": found.id, "outputs": {} if found.imported else dict(inputs)}
        place = next((i for i, r in enumerate(resources) if r["urn"] == resource["urn"]), None)
        if place is None:
            resources.append(taken)
        else:
            # It was to take the place of another, which goes when everything else has changed over.
            resources.append({**resources[place], "delete": True})
            resources[place] = taken
    deployment["resources"] = resources
    deployment.pop("pending_operations", None)
    return changed


def find_made(
    client: httpx.Client, item: PendingCreation, known: Collection[str] = ()
) -> Made | None:
    """What the cloud has under the name that was being created and the state does not know; None when it has nothing."""
    lookup = LOOKUPS.get(item.type.removeprefix("cloudflare:index/"))
    if lookup is None:
        return None
    try:
        path = lookup.path.format_map({k: quote(str(v), safe="") for k, v in item.inputs.items()})
    except KeyError:
        return None
    candidates = api.read_all(client, path, lookup.items)
    for candidate in candidates[:1] if lookup.newest_only else candidates:
        id: str = candidate[lookup.key]
        if id not in known and lookup.matches(item.inputs, candidate):
            if lookup.import_id is None:
                return Made(id, imported=False)
            return Made(lookup.import_id.format_map({**item.inputs, "id": id}))
    return None


def _known(state: Json, item: PendingCreation) -> Collection[str]:
    """Ids of this type that the state has already: they are others."""
    resources: list[Json] = state["deployment"].get("resources") or []
    return {r["id"] for r in resources if r["type"] == item.type and r.get("id")}


def _being_created(state: Json) -> list[Json]:
    deployment: Json = state.get("deployment") or {}
    operations: list[Json] = deployment.get("pending_operations") or []
    return [o["resource"] for o in operations if o.get("type") == "creating"]
