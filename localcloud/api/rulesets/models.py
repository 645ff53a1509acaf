"""Rulesets (kind `ruleset`, by zone or account) and their former versions (kind `ruleset_version`).

A zone has one ruleset a phase, an account one entrypoint (kind `root`) a phase and any number of custom ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from localcloud.api.ids import hex_id, timestamp
from localcloud.api.rulesets import errors, rules
from localcloud.api.rulesets.phases import PHASES
from localcloud.api.store import Document, Json, Store
from localcloud.api.zones.models import KIND as ZONE
from localcloud.api.zones.plans import ENTERPRISE, plan_of

KIND: Final = "ruleset"
VERSION: Final = "ruleset_version"
_CREATED: Final = frozenset({"name", "description", "kind", "phase", "rules"})
_ENTRYPOINTS: Final = ("zone", "root")


def create(store: Store, parent: str, sent: Json) -> Document:
    """Within a transaction. Raises `ApiError`."""
    _refuse_unknown(sent, _CREATED)
    zone = store.anywhere(ZONE, parent)
    phase, kind = str(sent.get("phase") or ""), str(sent.get("kind") or "")
    if phase not in PHASES or (zone is not None and not PHASES[phase].in_zones):
        raise errors.BAD_PHASE(phase=phase)
    kinds = ("zone",) if zone is not None else ("root", "custom")
    if kind not in kinds:
        where = "zone" if zone is not None else "account"
        raise errors.BAD_KIND(kind=kind, reason=f"rulesets of a {where} are of kind {' or '.join(kinds)}")  # fmt: skip
    if kind in _ENTRYPOINTS and entrypoint(store, parent, phase) is not None:
        raise errors.PHASE_TAKEN(kind=kind, phase=phase)
    if not isinstance(sent.get("name"), str) or not sent["name"]:
        raise errors.BAD_JSON(reason="name is needed")
    period = longest_period(store, parent)
    made = rules.made_rules(sent.get("rules") or [], phase, kind, [], period)
    body: Json = {
        "id": hex_id(),
        "name": sent["name"],
        "description": _description(sent, ""),
        "kind": kind,
        "version": "1",
        "phase": phase,
        "rules": made,
        "last_updated": timestamp(),
    }
    return store.insert(KIND, parent, body["id"], body)


def _description(sent: Json, before: str) -> str:
    description = sent.get("description", before)
    return description if isinstance(description, str) else before


def _refuse_unknown(sent: Json, known: frozenset[str]) -> None:
    for name in sent:
        if name not in known:
            raise errors.BAD_JSON(reason=f'unknown field "{name}"')


def longest_period(store: Store, parent: str) -> int:
    """Of a rate limit, in seconds, by the zone's plan."""
    zone = store.anywhere(ZONE, parent)
    return (plan_of(zone) if zone is not None else ENTERPRISE).ratelimit_period


def entrypoint(store: Store, parent: str, phase: str) -> Document | None:
    for ruleset in store.list(KIND, parent):
        if ruleset.body["phase"] == phase and ruleset.body["kind"] in _ENTRYPOINTS:
            return ruleset
    return None


def find(store: Store, parent: str, id: str) -> Document:
    """Raises `ApiError`: 10000 there is none."""
    found = store.get(KIND, parent, id)
    if found is None:
        raise errors.NO_RULESET()
    return found


def replace(store: Store, ruleset: Document, sent: Json) -> Document:
    """Replaces the whole list of rules. Kind and phase may be sent along as they are. Within a transaction."""
    body = ruleset.body
    _refuse_unknown(sent, _CREATED | {"id", "version", "last_updated"})
    if sent.get("phase") not in (None, body["phase"]):
        raise errors.BAD_PHASE(phase=sent["phase"])
    if sent.get("kind") not in (None, body["kind"]):
        raise errors.BAD_KIND(kind=sent["kind"], reason="the kind of a ruleset cannot be changed")
    if not isinstance(sent.get("name", ""), str):
        raise errors.BAD_JSON(reason="name must be a string")
    period = longest_period(store, ruleset.parent)
    made = body["rules"]
    if "rules" in sent:
        made = rules.made_rules(sent["rules"] or [], body["phase"], body["kind"], body["rules"], period)  # fmt: skip
    changes: Json = {
        "name": sent.get("name") or body["name"],
        "description": _description(sent, body["description"]),
        "rules": made,
    }
    return keep(store, ruleset, changes)


def keep(store: Store, ruleset: Document, changes: Json) -> Document:
    """The next version; the one before stays readable. Within a transaction."""
    before = ruleset.body
    store.insert(VERSION, ruleset.parent, _version_id(ruleset.id, before["version"]), before)
    version = str(int(before["version"]) + 1)
    return store.update(
        ruleset, {**before, **changes, "version": version, "last_updated": timestamp()}
    )


def _version_id(ruleset: str, version: str) -> str:
    return f"{ruleset}:{version}"


def versions(store: Store, ruleset: Document) -> Iterator[Json]:
    """From the newest to the oldest."""
    yield ruleset.body
    for document in reversed(store.list(VERSION, ruleset.parent)):
        if document.body["id"] == ruleset.id:
            yield document.body


def version(store: Store, ruleset: Document, number: str) -> Json:
    """Raises `ApiError`: 10002 there is none of that number."""
    if number == ruleset.body["version"]:
        return ruleset.body
    found = store.get(VERSION, ruleset.parent, _version_id(ruleset.id, number))
    if found is None:
        raise errors.NO_VERSION(version=number)
    return found.body


def remove_version(store: Store, ruleset: Document, number: str) -> None:
    """Of a former version. Within a transaction. Raises `ApiError`."""
    if number == ruleset.body["version"]:
        raise errors.BAD_JSON(reason="the latest version of a ruleset cannot be deleted")
    found = store.get(VERSION, ruleset.parent, _version_id(ruleset.id, number))
    if found is None:
        raise errors.NO_VERSION(version=number)
    store.delete(found)


def remove(store: Store, ruleset: Document) -> None:
    """With its former versions. Within a transaction."""
    for document in store.list(VERSION, ruleset.parent):
        if document.body["id"] == ruleset.id:
            store.delete(document)
    store.delete(ruleset)
