"""Durable Object migrations: steps guarded by a tag, each applied once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from localcloud.api.durable_objects import errors, namespaces
from localcloud.api.durable_objects.lifecycle import Plan
from localcloud.api.shapes import as_objects, as_texts
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import models

_STEP_KEYS: Final = (
    "new_classes",
    "new_sqlite_classes",
    "deleted_classes",
    "renamed_classes",
    "transferred_classes",
)


def plan_migrations(
    store: Store,
    worker: Document,
    migrations: Json,
    exported: Collection[str],
    bindings: list[Json],
) -> Plan:
    """Raises `ApiError`: 10079 for a wrong `old_tag`, 10061 for a class that the code does not export, 10074 for a conflict."""
    current_tag = worker.body["migration_tag"]
    old_tag = migrations.get("old_tag")
    if (old_tag or None) != current_tag:
        raise errors.TAG_MISMATCH(got=old_tag or "", expected=current_tag or "")
    plan = Plan(new_tag=migrations.get("new_tag"))
    touched: set[str] = set()
    own: dict[str, tuple[str, str]] = {
        name: (worker.id, name) for name in namespaces.of_worker(store, worker)
    }
    for step in _steps(migrations):
        _new(plan, step, own, exported, touched)
        _deleted(plan, step, own, bindings, touched)
        _moved(store, worker, plan, step, own, exported, touched)
    return plan


def _steps(migrations: Json) -> list[Json]:
    if "steps" in migrations and any(migrations.get(key) for key in _STEP_KEYS):
        raise errors.BAD_MIGRATION(reason="`steps` cannot stand beside a single step")
    steps = as_objects([migrations] if migrations.get("steps") is None else migrations["steps"])
    if steps is None:
        raise errors.BAD_MIGRATION(reason="`steps` must be a list of objects")
    return steps


def _classes(step: Json, key: str) -> list[str]:
    names = as_texts(step.get(key) or [])
    if names is None:
        raise errors.BAD_MIGRATION(reason=f"`{key}` must be a list of class names")
    return names


def _moves(step: Json, key: str) -> list[Json]:
    moves = as_objects(step.get(key) or [])
    if moves is None:
        raise errors.BAD_MIGRATION(reason=f"`{key}` must be a list of objects")
    return moves


def _claim(name: str, touched: set[str]) -> None:
    if name in touched:
        raise errors.CLASS_CONFLICT(
            reason=f"Class '{name}' is the target of more than one migration."
        )
    touched.add(name)


def _new(
    plan: Plan,
    step: Json,
    own: dict[str, tuple[str, str]],
    exported: Collection[str],
    touched: set[str],
) -> None:
    for key, use_sqlite in (("new_classes", False), ("new_sqlite_classes", True)):
        for name in _classes(step, key):
            _claim(name, touched)
            if name in own:
                raise errors.CLASS_CONFLICT(
                    reason=f"Cannot apply new-class migration to class '{name}' that is already depended on by "
                    "existing Durable Objects."
                )
            if name not in exported:
                raise errors.NOT_EXPORTED(name=name)
            plan.created.append((name, use_sqlite))
            own[name] = ("", name)


def _deleted(
    plan: Plan,
    step: Json,
    own: dict[str, tuple[str, str]],
    bindings: list[Json],
    touched: set[str],
) -> None:
    for name in _classes(step, "deleted_classes"):
        _claim(name, touched)
        if name not in own:
            raise errors.CLASS_CONFLICT(
                reason=f"Cannot apply --delete-class migration to class '{name}' that has no Durable Objects."
            )
        for binding in bindings:
            if (
                binding["type"] == "durable_object_namespace"
                and binding.get("class_name") == name
                and not binding.get("script_name")
            ):
                raise errors.BOUND_CLASS(name=name)
        own.pop(name)
        plan.deleted.append(name)


def _moved(
    store: Store,
    worker: Document,
    plan: Plan,
    step: Json,
    own: dict[str, tuple[str, str]],
    exported: Collection[str],
    touched: set[str],
) -> None:
    for move in _moves(step, "renamed_classes"):
        source, target = str(move.get("from")), str(move.get("to"))
        if source not in own:
            raise errors.CLASS_CONFLICT(
                reason=f"Cannot rename class '{source}' that has no Durable Objects."
            )
        _arrive(target, own, exported, touched)
        own.pop(source)
        plan.moved.append((worker.id, source, worker.id, target))
    for move in _moves(step, "transferred_classes"):
        giver = store.named(models.KIND, worker.parent, str(move.get("from_script")))
        source, target = str(move.get("from")), str(move.get("to"))
        if giver is None or source not in namespaces.of_worker(store, giver):
            raise errors.CLASS_CONFLICT(
                reason=f"Cannot transfer class '{source}' of script '{move.get('from_script')}': it has no Durable Objects."
            )
        _arrive(target, own, exported, touched)
        plan.moved.append((giver.id, source, worker.id, target))


def _arrive(
    target: str, own: dict[str, tuple[str, str]], exported: Collection[str], touched: set[str]
) -> None:
    _claim(target, touched)
    if target in own:
        raise errors.CLASS_CONFLICT(
            reason=f"Class '{target}' is already depended on by existing Durable Objects."
        )
    if target not in exported:
        raise errors.NOT_EXPORTED(name=target)
    own[target] = ("", target)
