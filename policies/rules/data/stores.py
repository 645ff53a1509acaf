"""Data: what holds it is protected and kept, and nothing in production deletes it by the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity, Where
from .names import DERIVED, SESSIONS, words_of
from .objects import SCRIPTS, workers_with_objects

_FAMILY: Final = "data"
_STORES: Final = ("R2Bucket", "WorkersKvNamespace", "D1Database", "HyperdriveConfig")
_DELETABLE: Final = (*_STORES, "Queue", "Zone")
_WORKERS: Final = ("Worker", "WorkersScript")


def _is_derived(resource: Resource) -> bool:
    return resource.kind in {"R2Bucket", "WorkersKvNamespace"} and bool(
        words_of(resource) & DERIVED
    )


def _protected(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.protect is False and not resource.is_deleted and not _is_derived(resource):
        yield Finding("a deletion that nobody meant is not stopped")


def _retained(stack: Stack, context: Context) -> Iterator[Finding]:
    stores = [store for store in stack.of(*_STORES) if not _is_derived(store)]
    for resource in (*stores, *workers_with_objects(stack.resources)):
        if resource.retain_on_delete is False:
            yield Finding(
                "once it leaves the program, Cloudflare deletes its data", resource=resource
            )


def _deleted(stack: Stack, context: Context) -> Iterator[Finding]:
    every = [*stack.resources, *stack.deletions]
    owners = {worker.urn for worker in workers_with_objects(every)}
    seen: set[str] = set()
    replaced = {r.urn for r in every if r.is_replaced}
    for resource in every:
        holds = resource.kind in _DELETABLE or resource.urn in owners
        if resource.urn in seen or not holds or _is_derived(resource):
            continue
        if resource.urn in replaced:
            seen.add(resource.urn)
            yield Finding("is replaced: the new one is empty", resource=resource)
        elif resource.is_deleted:
            seen.add(resource.urn)
            yield Finding("is deleted", resource=resource)


def _cached_sessions(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted or not words_of(resource) & SESSIONS:
        return
    disabled = resource.inputs.at("caching", "disabled")
    if not disabled.flag and disabled.is_told:
        yield Finding(
            "queries are answered from the cache, for a minute by default",
            resource.inputs["caching"],
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="protect-stored-data",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="what holds data is deleted only by who unprotects it on purpose, never by a changed name or a missing line",
        kinds=_STORES,
        mend="give it the resource option protect",
        link="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
        check=_protected,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="require-retained-data",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="what holds data outlives its line in a program, so that a mistake can be taken back",
        kinds=(*_STORES, *_WORKERS, *SCRIPTS),
        mend="give it the resource option retainOnDelete",
        link="https://www.pulumi.com/docs/iac/concepts/resources/options/retainondelete/",
        check_stack=_retained,
        applies=Applies.PRODUCTION,
        where=Where.GATE,
    ),
    Rule(
        name="forbid-data-deletion",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="in production nothing that holds data is deleted or replaced without somebody who answers for it",
        kinds=(*_DELETABLE, *_WORKERS),
        mend="keep it; a rename needs an alias, and what may really go needs a waiver",
        link="https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/",
        check_stack=_deleted,
        applies=Applies.PRODUCTION,
        where=Where.GATE,
    ),
    Rule(
        name="forbid-cached-sessions",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a cached query answers with a session or a permission that was withdrawn meanwhile",
        kinds=("HyperdriveConfig",),
        mend="set caching.disabled to true, and use a second configuration for what may be old",
        link="https://developers.cloudflare.com/hyperdrive/concepts/query-caching/",
        check=_cached_sessions,
    ),
)
