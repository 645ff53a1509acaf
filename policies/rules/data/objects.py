"""Durable Objects: the classes that a Worker's version declares, and what happens to their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity, Where
from .names import readable

_FAMILY: Final = "data"
SCRIPTS: Final = ("WorkerVersion", "WorkersScript")
_CHANGES: Final = (
    *("newClasses", "newSqliteClasses", "renamedClasses", "transferredClasses", "deletedClasses"),
)
_OBJECT_TYPES: Final = frozenset({"durable-object", "durable_object"})
_DOCUMENTATION: Final = (
    "https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/"
)


def class_changes(script: Resource) -> Iterator[Property]:
    """The lists of classes that a migration creates, renames, moves or deletes; none is empty."""
    migrations = script.inputs["migrations"]
    if not migrations.exists:
        return
    for step in (migrations, *migrations["steps"].elements()):
        for change in _CHANGES:
            if step[change].elements():
                yield step[change]


def declared_classes(script: Resource) -> dict[str, Property]:
    """The Durable Object classes among a script's exports, by name, the tombstones too."""
    exports = script.inputs["exports"]
    if not exports.exists:
        return {}
    found = exports.entries()
    return {name: entry for name, entry in found if entry["type"].word in _OBJECT_TYPES}


def live_classes(script: Resource) -> set[str]:
    gone = {"deleted", "renamed", "transferred"}
    return {
        name for name, entry in declared_classes(script).items() if entry["state"].word not in gone
    }


def keeps_objects(script: Resource) -> bool:
    """Whether it implements Durable Objects: by its exports, a migration, or a binding to a class of its own."""
    return (
        bool(live_classes(script))
        or (script.previous is not None and bool(live_classes(script.previous)))
        or any(change.key != "deletedClasses" for change in class_changes(script))
        or any(_is_own_class(binding) for binding in script.inputs["bindings"].elements())
    )


def _is_own_class(binding: Property) -> bool:
    kind = binding["type"].word
    return kind == "durable_object_namespace" and not binding["scriptName"].exists


def id_of(resource: Resource) -> str | None:
    """Its id at Cloudflare, as far as it is known."""
    return resource.id or readable(resource.outputs["id"])


def worker_of(version: Resource, workers: Sequence[Resource]) -> Resource | None:
    """The Worker that a version belongs to, as far as the ids are known."""
    wanted = readable(version.inputs["workerId"])
    for worker in workers:
        if wanted is not None and id_of(worker) == wanted:
            return worker
    only = workers[0] if len(workers) == 1 else None
    return only if only is not None and (wanted is None or id_of(only) is None) else None


def workers_with_objects(resources: Iterable[Resource]) -> list[Resource]:
    """The Workers and scripts among these whose deletion would delete objects."""
    every = list(resources)
    # A replacement shows a Worker twice.
    workers = list({r.urn: r for r in every if r.kind == "Worker"}.values())
    found = {r.urn: r for r in every if r.kind == "WorkersScript" and keeps_objects(r)}
    for version in every:
        if version.kind == "WorkerVersion" and keeps_objects(version):
            worker = worker_of(version, workers)
            if worker is not None:
                found[worker.urn] = worker
    return list(found.values())


def _protected(stack: Stack, context: Context) -> Iterator[Finding]:
    for worker in workers_with_objects(stack.resources):
        if worker.protect is False:
            yield Finding(
                "it owns Durable Objects, and a deletion that nobody meant takes their data",
                resource=worker,
            )


def _deleted_classes(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted:
        return
    for change in class_changes(resource):
        if change.key == "deletedClasses":
            yield Finding("deletes every object of these classes", change)
    for entry in declared_classes(resource).values():
        if entry["state"].word == "deleted":
            yield Finding("deletes every object of this class", entry["state"])


def _vanished_classes(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.previous is None or resource.is_deleted:
        return
    now = declared_classes(resource)
    if not resource.inputs["exports"].is_told or resource.inputs["migrations"].exists:
        return
    for name in sorted(live_classes(resource.previous) - now.keys()):
        entry = resource.inputs["exports"][name]
        if not (entry.is_told and entry["type"].is_told):
            continue  # it is there, and not known yet to be a class
        yield Finding(
            f"the class {name} is declared no more, neither live nor as renamed or transferred",
            resource.inputs["exports"],
        )


def _forced(resource: Resource, context: Context) -> Iterator[Finding]:
    force = resource.inputs["force"]
    if force.flag and not resource.is_deleted:
        yield Finding("deletes the Worker with its objects, also while others use them", force)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="protect-durable-objects",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a Worker owns the data of its Durable Objects, so only who unprotects it on purpose may delete it",
        kinds=("Worker", *SCRIPTS),
        mend="give the Worker the resource option protect",
        link="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
        check_stack=_protected,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="forbid-object-class-deletion",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="deleting a Durable Object class deletes the data of all its objects, and nothing brings them back",
        kinds=SCRIPTS,
        mend="keep the class, or rename or transfer it; where its data may go, a waiver says so",
        link=_DOCUMENTATION,
        check=_deleted_classes,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="keep-object-classes",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="a Durable Object class that is left out of a version's exports leaves its objects without code",
        kinds=SCRIPTS,
        mend="declare each class in each version; mark one that moves as renamed or transferred",
        link=_DOCUMENTATION,
        check=_vanished_classes,
        applies=Applies.PRODUCTION,
        where=Where.GATE,
    ),
    Rule(
        name="forbid-forced-deletion",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="force lets a deletion take a Worker that others call, and the Durable Objects that others bind",
        kinds=("Worker", "WorkersScript"),
        mend="leave force out; take the references away first",
        link="https://developers.cloudflare.com/durable-objects/platform/known-issues/",
        check=_forced,
        applies=Applies.PRODUCTION,
    ),
)
