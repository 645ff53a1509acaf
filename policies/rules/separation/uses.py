"""What a stack has and what its Workers are bound to, by kind and by what tells one from another in the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ...configuration import Configuration
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context

KV: Final = "KV namespace"
BUCKET: Final = "bucket"
D1: Final = "D1 database"
HYPERDRIVE: Final = "Hyperdrive configuration"
QUEUE: Final = "queue"
OBJECTS: Final = "Durable Object namespace"
INDEX: Final = "Vectorize index"
WORKER: Final = "Worker"
DNS_ZONE: Final = "zone"
STORE: Final = "secret of the store"

_NAMED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "R2Bucket": (BUCKET, ("name",)),
    "Zone": (DNS_ZONE, ("name", "zone")),
    "Queue": (QUEUE, ("queueName", "name")),
    "VectorizeIndex": (INDEX, ("name",)),
    "Worker": (WORKER, ("name",)),
    "WorkersScript": (WORKER, ("scriptName", "name")),
}
"""Kinds that bindings name by their names."""
_NUMBERED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "WorkersKvNamespace": (KV, ("title",)),
    "D1Database": (D1, ("name",)),
    "HyperdriveConfig": (HYPERDRIVE, ("name",)),
}
"""Kinds that bindings name by their ids."""
_TARGETS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "kv_namespace": (KV, ("namespaceId",)),
    "r2_bucket": (BUCKET, ("bucketName",)),
    "d1": (D1, ("id", "databaseId")),
    "hyperdrive": (HYPERDRIVE, ("id",)),
    "queue": (QUEUE, ("queueName",)),
    "vectorize": (INDEX, ("indexName",)),
    "durable_object_namespace": (OBJECTS, ("namespaceId",)),
    "secrets_store_secret": (STORE, ("secretName",)),
    "service": (WORKER, ("service",)),
    "workflow": (WORKER, ("scriptName",)),
}
_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "kvNamespaces": (KV, "namespaceId"),
    "r2Buckets": (BUCKET, "name"),
    "d1Databases": (D1, "id"),
    "hyperdriveBindings": (HYPERDRIVE, "id"),
    "queueProducers": (QUEUE, "name"),
    "vectorizeBindings": (INDEX, "indexName"),
    "durableObjectNamespaces": (OBJECTS, "namespaceId"),
    "services": (WORKER, "service"),
}


@dataclass(frozen=True)
class Use:
    what: str
    key: str
    """An id or a name."""
    at: Property
    resource: Resource
    label: str = ""
    """The name that people know it by, where it is the stack's own."""
    is_own: bool = False

    @property
    def account(self) -> str | None:
        place = self.resource.inputs["accountId"]
        # One that is not known yet is nobody's.
        return place.text if place.is_told else self.resource.urn


def across(stack: Stack, context: Context) -> list[Stack]:
    """The stacks from which this one is to be separate: production from the others, and they from it."""
    return [
        other
        for name, other in stack.others.items()
        if context.configuration.is_production(name) != context.production
    ]


def owned(stack: Stack) -> Iterator[Use]:
    """What the stack itself makes; ids as far as they are known."""
    for table in (_NAMED, _NUMBERED):
        for kind, (what, keys) in table.items():
            for resource in stack.of(kind):
                place = first_of(resource.inputs, *keys)
                label = place.text or ""
                key = label if table is _NAMED else id_of(resource)
                if key:
                    yield Use(what, key, place, resource, label, is_own=True)


def bound(stack: Stack, configuration: Configuration) -> Iterator[Use]:
    """What the stack's Workers and Pages projects are bound to."""
    for resource in stack.of("WorkerVersion", "WorkersScript"):
        for binding in resource.inputs["bindings"].elements():
            yield from _bindings(binding, resource)
    for resource in stack.of("PagesProject"):
        for config in configs_of(resource, configuration.is_production(stack.name)):
            yield from pages_uses(config, resource)


def _bindings(binding: Property, resource: Resource) -> Iterator[Use]:
    kind = binding["type"].word or ""
    if kind == "durable_object_namespace" and binding["scriptName"].exists:
        targets = (WORKER, ("scriptName",))
    elif kind in _TARGETS:
        targets = _TARGETS[kind]
    else:
        return
    place = first_of(binding, *targets[1])
    key = place.text
    if key and kind == "secrets_store_secret":
        store = binding["storeId"].text
        key = f"{store}/{key}" if store else None
    if key:
        yield Use(targets[0], key, place, resource)


def pages_uses(config: Property, resource: Resource) -> Iterator[Use]:
    """Of one of a Pages project's two configurations."""
    for group, (what, key) in _PAGES.items():
        for _, binding in config[group].entries():
            place = binding[key] if binding[key].exists else binding
            if place.text:
                yield Use(what, place.text, place, resource)


@dataclass(frozen=True)
class Setting:
    """A text that a Worker or a Pages project finds in its environment."""

    name: str
    value: Property
    resource: Resource
    is_secret: bool = False


def settings_of(stack: Stack, context: Context) -> Iterator[Setting]:
    for resource in stack.of("WorkerVersion", "WorkersScript"):
        for binding in resource.inputs["bindings"].elements():
            kind = binding["type"].word
            if kind in {"plain_text", "secret_text", "json"}:
                value = first_of(binding, "text", "json")
                is_secret = value.is_secret or kind == "secret_text"
                yield Setting(binding["name"].text or "", value, resource, is_secret)
    for resource in stack.of("WorkersSecret"):
        name = resource.inputs["name"].text or ""
        yield Setting(name, resource.inputs["secretText"], resource, is_secret=True)
    for resource in stack.of("PagesProject"):
        for config in configs_of(resource, context.configuration.is_production(stack.name)):
            for name, variable in config["envVars"].entries():
                value = variable["value"]
                is_secret = value.is_secret or variable["type"].word == "secret_text"
                yield Setting(name, value, resource, is_secret)


def configs_of(project: Resource, is_production: bool) -> Iterator[Property]:
    """A Pages project's configurations for its stack's environment: of production, its previews are another one."""
    configs = project.inputs["deploymentConfigs"]
    yield configs["production"]
    if not is_production:
        yield configs["preview"]


def first_of(place: Property, *keys: str) -> Property:
    return next((place[key] for key in keys if place[key].exists), place[keys[0]])


def id_of(resource: Resource) -> str | None:
    return resource.id or resource.outputs["id"].text
