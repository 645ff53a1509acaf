"""What deploying a version does to the classes of its Worker: a plan that is made at upload and carried out at deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from localcloud.api.durable_objects import namespaces
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import models

_LISTS: Final = ("created", "deleted", "updated")


@dataclass
class Plan:
    """`moved` is (Worker id, class) → (Worker id, class): a rename within a Worker, or a transfer."""

    created: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    deleted: list[str] = field(default_factory=list[str])
    moved: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])
    new_tag: str | None = None
    summary: Json | None = None

    @property
    def changes_classes(self) -> bool:
        return bool(self.created or self.deleted or self.moved)


def classes_after(store: Store, worker: Document, plan: Plan) -> set[str]:
    """The classes of the Worker that have a namespace once the plan is carried out."""
    classes = set(namespaces.of_worker(store, worker))
    for from_id, from_class, to_id, to_class in plan.moved:
        if from_id == worker.id:
            classes.discard(from_class)
        if to_id == worker.id:
            classes.add(to_class)
    return (classes - set(plan.deleted)) | {name for name, _ in plan.created}


def carry_out(store: Store, worker: Document, plan: Plan) -> None:
    """Within the deployment's transaction."""
    own = namespaces.of_worker(store, worker)
    for class_name in plan.deleted:
        store.delete(own[class_name])
    for from_id, from_class, to_id, to_class in plan.moved:
        source = store.named(models.NAMESPACE, worker.parent, f"{from_id}/{from_class}")
        if source is not None:
            namespaces.move(store, source, to_id, to_class)
    for class_name, use_sqlite in plan.created:
        namespaces.provision(store, worker, class_name, use_sqlite)
    if plan.new_tag is not None:
        current = models.reread(store, worker)
        store.update(current, {**current.body, "migration_tag": plan.new_tag})
