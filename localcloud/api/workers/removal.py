"""Deleting a Worker, and renaming one: what goes with it."""

from __future__ import annotations

from localcloud.api.durable_objects import namespaces
from localcloud.api.store import Document, Store
from localcloud.api.workers import errors, models

TAIL = "worker_tail"


def remove_worker(store: Store, worker: Document, *, force: bool) -> None:
    """Within a transaction. Raises `ApiError` 10142 while other Workers bind to it and `force` is not given."""
    referring = _referring(store, worker)
    if referring and not force:
        raise errors.REFERENCED(names=", ".join(referring))
    for kind in (models.VERSION, models.DEPLOYMENT, TAIL):
        for document in store.list(kind, worker.id):
            store.delete(document)
    for namespace in namespaces.of_worker(store, worker).values():
        store.delete(namespace)
    name = worker.body["name"]
    for zone in store.list("zone", worker.parent):
        for route in store.list(models.ROUTE, zone.id):
            if route.body.get("script") == name:
                store.delete(route)
    for domain in store.list(models.DOMAIN, worker.parent):
        if domain.body["service"] == name:
            store.delete(domain)
    store.delete(worker)


def _referring(store: Store, worker: Document) -> list[str]:
    name = worker.body["name"]
    found: list[str] = []
    for other in store.list(models.KIND, worker.parent):
        latest = models.latest_version(store, other)
        if other.id == worker.id or latest is None:
            continue
        for binding in latest.body["bindings"]:
            target = binding.get("service") if binding["type"] == "service" else None
            if binding["type"] == "durable_object_namespace":
                target = binding.get("script_name")
            if target == name:
                found.append(other.body["name"])
                break
    return found


def follow_name(store: Store, worker: Document, old_name: str) -> None:
    """Routes and custom domains stay with a Worker that is renamed. Within a transaction."""
    new_name = worker.body["name"]
    for zone in store.list("zone", worker.parent):
        for route in store.list(models.ROUTE, zone.id):
            if route.body.get("script") == old_name:
                store.update(route, {**route.body, "script": new_name})
    for domain in store.list(models.DOMAIN, worker.parent):
        if domain.body["service"] == old_name:
            store.update(domain, {**domain.body, "service": new_name})
