"""A version as the edge runs it, built once from its document and its modules' blobs."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from localcloud.api.store import Document, Json, Store
from localcloud.api.workers.bindings import namespace_of
from localcloud.edge.model import Binding, Module, Version

_Resolution = tuple[str | None, ...]
_built: weakref.WeakKeyDictionary[Store, dict[str, tuple[_Resolution, Version]]] = (
    weakref.WeakKeyDictionary()
)


def build(
    store: Store, worker: Document, version_id: str, body: Json, modules: tuple[Module, ...]
) -> Version:
    assets: Json = body.get("assets") or {}
    return Version(
        account=worker.parent,
        script=worker.body["name"],
        script_id=worker.id,
        id=version_id,
        number=body["number"],
        tag=body["annotations"].get("workers/tag", ""),
        created_on=body["created_on"],
        main_module=body["main_module"],
        modules=modules,
        compatibility_date=body["compatibility_date"],
        compatibility_flags=tuple(body["compatibility_flags"]),
        bindings=tuple(
            Binding(b["name"], b["type"], b) for b in _resolved(store, worker, body["bindings"])
        ),
        assets=assets.get("files", {}),
    )


def edge_version(store: Store, worker: Document, version: Document) -> Version:
    """Versions are immutable, so one is built only once, and again only when a namespace or a name it refers to changes."""
    cache = _built.setdefault(store, {})
    resolution = (worker.body["name"], *_namespaces(store, worker, version.body["bindings"]))
    known = cache.get(version.id)
    if known is not None and known[0] == resolution:
        return known[1]
    modules = known[1].modules if known else load_modules(store, version)
    built = build(store, worker, version.id, version.body, modules)
    cache[version.id] = (resolution, built)
    return built


def forget(store: Store, keep: set[str]) -> None:
    """Drops what is no longer served, so that a long life does not fill the memory with old code."""
    cache = _built.get(store, {})
    for version_id in [known for known in cache if known not in keep]:
        del cache[version_id]


def load_modules(store: Store, version: Document) -> tuple[Module, ...]:
    return tuple(
        Module(m["name"], m["content_type"], store.blob(m["digest"]))
        for m in version.body["modules"]
    )


def _namespaces(store: Store, worker: Document, bindings: Sequence[Json]) -> _Resolution:
    found: list[str | None] = []
    for binding in bindings:
        if binding["type"] == "durable_object_namespace":
            namespace = namespace_of(store, worker, binding)
            found.append(namespace.id if namespace else None)
    return tuple(found)


def _resolved(store: Store, worker: Document, bindings: Sequence[Json]) -> list[Json]:
    resolved: list[Json] = []
    for binding in bindings:
        known = binding
        if binding["type"] == "durable_object_namespace":
            namespace = namespace_of(store, worker, binding)
            if namespace is not None:
                known = {**binding, "namespace_id": namespace.id}
        resolved.append(known)
    return resolved
