"""Namespaces: where the objects of one class of one Worker live. Kind `object_namespace`, by account."""

from __future__ import annotations

from localcloud.api.ids import hex_id
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers.models import KIND, NAMESPACE, script_names_at
from localcloud.edge.model import ObjectNamespace


def of_worker(store: Store, worker: Document) -> dict[str, Document]:
    """Class name → namespace."""
    return {
        document.body["class"]: document
        for document in store.list(NAMESPACE, worker.parent)
        if document.body["script_id"] == worker.id
    }


def provision(store: Store, worker: Document, class_name: str, use_sqlite: bool) -> Document:
    body: Json = {
        "id": hex_id(),
        "class": class_name,
        "script_id": worker.id,
        "use_sqlite": use_sqlite,
    }
    return store.insert(NAMESPACE, worker.parent, body["id"], body, _key(worker.id, class_name))


def move(store: Store, namespace: Document, worker_id: str, class_name: str) -> None:
    """To another class or another Worker of the account; the data stay where they are, under the same id."""
    body = {**namespace.body, "class": class_name, "script_id": worker_id}
    store.update(namespace, body, _key(worker_id, class_name))


def shown(namespace: Document, scripts: dict[str, str]) -> Json:
    script = scripts.get(namespace.body["script_id"])
    return {
        "id": namespace.id,
        "name": f"{script}_{namespace.body['class']}",
        "class": namespace.body["class"],
        "script": script,
        "use_sqlite": namespace.body["use_sqlite"],
    }


def for_edge(store: Store, worker: Document) -> tuple[ObjectNamespace, ...]:
    return tuple(
        ObjectNamespace(
            namespace.id, worker.body["name"], class_name, bool(namespace.body["use_sqlite"])
        )
        for class_name, namespace in of_worker(store, worker).items()
    )


def all_shown(store: Store, account: str) -> list[Json]:
    scripts = script_names_at(store, account)
    return [shown(namespace, scripts) for namespace in store.list(NAMESPACE, account)]


def _key(worker_id: str, class_name: str) -> str:
    return f"{worker_id}/{class_name}"


def bound_elsewhere(store: Store, worker: Document, class_name: str) -> list[str]:
    """Names of the account's other Workers whose latest version binds to the class."""
    found: list[str] = []
    for other in store.list(KIND, worker.parent):
        if other.id == worker.id:
            continue
        latest = store.last("worker_version", other.id)
        for binding in latest.body["bindings"] if latest else ():
            if (
                binding["type"] == "durable_object_namespace"
                and binding.get("script_name") == worker.body["name"]
                and binding.get("class_name") == class_name
            ):
                found.append(other.body["name"])
                break
    return found
