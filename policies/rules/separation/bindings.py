"""Separation of bindings: a Worker is bound to what its own stack has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...configuration import matches
from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from .names import foreign_word
from .uses import (
    BUCKET,
    D1,
    HYPERDRIVE,
    KV,
    QUEUE,
    STORE,
    Use,
    bound,
    first_of,
    owned,
)

_FAMILY: Final = "separation"
_LINK: Final = "https://developers.cloudflare.com/workers/runtime-apis/bindings/"
_BOUND: Final = ("WorkerVersion", "WorkersScript", "PagesProject")
_STORES: Final = frozenset({KV, BUCKET, D1, HYPERDRIVE, QUEUE})
_KINDS: Final = {
    KV: "WorkersKvNamespace",
    BUCKET: "R2Bucket",
    D1: "D1Database",
    HYPERDRIVE: "HyperdriveConfig",
    QUEUE: "Queue",
}
_REFERENCES: Final = {
    "WorkersRoute": ("script", "scriptName"),
    "WorkersCustomDomain": ("service",),
    "WorkersCronTrigger": ("scriptName",),
    "WorkersDeployment": ("scriptName",),
    "WorkersScriptSubdomain": ("scriptName",),
    "QueueConsumer": ("scriptName", "queueName", "deadLetterQueue"),
    "PagesDomain": ("projectName",),
    "R2BucketCors": ("bucketName",),
    "R2BucketEventNotification": ("bucketName",),
    "R2BucketLifecycle": ("bucketName",),
    "R2BucketLock": ("bucketName",),
    "R2CustomDomain": ("bucketName",),
    "R2ManagedDomain": ("bucketName",),
}
"""Kinds that name a Worker, a queue, a bucket or a project that may be another stack's."""


def _foreign(stack: Stack, context: Context) -> Iterator[Finding]:
    # What the stack itself has is judged by its own name.
    own = {use.key for use in owned(stack)}
    own |= {project.inputs["name"].text or "" for project in stack.of("PagesProject")}
    for place, resource in _references(stack, context):
        name = place.text or ""
        if name in own or matches(name, context.configuration.shared_resources):
            continue
        if word := foreign_word(name, context):
            yield Finding(f"{shown(place)} is of {word}", place, resource)
    # Outside production it says nothing: each Worker's only environment is called so by default.
    for place, resource in _environments(stack) if context.production else ():
        if place.text is not None and (word := foreign_word(place.text, context)):
            yield Finding(f"the environment {shown(place)} is of {word}", place, resource)


def _environments(stack: Stack) -> Iterator[tuple[Property, Resource]]:
    """Where an environment of another Worker is named."""
    for resource in stack.of("WorkerVersion", "WorkersScript"):
        for binding in resource.inputs["bindings"].elements():
            if binding["type"].word == "service":
                yield binding["environment"], resource
    for resource in stack.of("PagesProject"):
        services = resource.inputs.at("deploymentConfigs", "production", "services")
        for _, binding in services.entries():
            yield binding["environment"], resource
    for resource in stack.of("WorkersCustomDomain"):
        yield resource.inputs["environment"], resource


def _references(stack: Stack, context: Context) -> Iterator[tuple[Property, Resource]]:
    for use in bound(stack, context.configuration):
        if use.what != STORE:
            yield use.at, use.resource
    for kind, keys in _REFERENCES.items():
        for resource in stack.of(kind):
            for key in keys:
                if resource.inputs[key].exists:
                    yield resource.inputs[key], resource
    for resource in stack.of("Worker", "WorkersScript"):
        for consumer in resource.inputs["tailConsumers"].elements():
            place = first_of(consumer, "name", "service")
            if place.exists:
                yield place, resource


def _unowned(stack: Stack, context: Context) -> Iterator[Finding]:
    own = {(use.what, use.key) for use in owned(stack)}
    unnumbered = {what for what, kind in _KINDS.items() if not _all_known(stack, kind, own, what)}
    for use in bound(stack, context.configuration):
        if use.what not in _STORES - unnumbered or (use.what, use.key) in own:
            continue
        if not _is_shared(use, context):
            said = f"it is no {use.what} of this stack"
            yield Finding(said, use.at, use.resource)


def _all_known(stack: Stack, kind: str, own: set[tuple[str, str]], what: str) -> bool:
    """Whether the stack has some of the kind, and knows what each is called in the account."""
    has = len(stack.of(kind))
    return 0 < has == sum(owned_what == what for owned_what, _ in own)


def _is_shared(use: Use, context: Context) -> bool:
    configuration = context.configuration
    is_public = use.what == BUCKET and matches(use.key, configuration.public_buckets)
    return is_public or matches(use.key, configuration.shared_resources)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-foreign-bindings",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A Worker bound to what is named after another environment works on the other environment's data",
        kinds=(*_BOUND, "Worker", *_REFERENCES),
        mend="bind what the same stack has",
        link=_LINK,
        check_stack=_foreign,
        hardening=False,
    ),
    Rule(
        name="keep-bindings-owned",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="A store that is bound by a literal id is protected, named and separated by nobody in this stack",
        kinds=(*_BOUND, *_KINDS.values()),
        mend="bind the output of the stack's own resource, or list it under sharedResources",
        link=_LINK,
        check_stack=_unowned,
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
)
