"""What a version asks of its Worker's Durable Object classes, by migrations or by exports, and whether its code fits."""

from __future__ import annotations

from localcloud.api.durable_objects import errors, namespaces
from localcloud.api.durable_objects.exports import LIVE, plan_exports
from localcloud.api.durable_objects.lifecycle import Plan, classes_after
from localcloud.api.durable_objects.migrations import plan_migrations
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import models


def plan(store: Store, worker: Document, version: Json) -> Plan:
    """What deploying the version would do to the classes. Raises `ApiError` when it cannot be deployed."""
    exported = set(version["named_handlers"])
    migrations, exports = version.get("migrations"), version.get("exports")
    if migrations and not isinstance(migrations, dict):
        raise errors.BAD_MIGRATION(reason="expected an object")
    if exports and not isinstance(exports, dict):
        raise errors.BAD_EXPORTS(reason="expected an object")
    if migrations and exports:
        raise errors.BOTH()
    if exports:
        return plan_exports(store, worker, exports, exported)  # pyright: ignore[reportUnknownArgumentType]
    planned = Plan()
    if migrations:
        planned = plan_migrations(
            store,
            worker,
            migrations,  # pyright: ignore[reportUnknownArgumentType]
            exported,
            version["bindings"],
        )
    for name in classes_after(store, worker, planned):
        if name not in exported:
            raise errors.STILL_DEPENDED_ON(name=name)
    return planned


def applied(worker: Document, version: Json) -> bool:
    """Whether the version's migration has been carried out before."""
    migrations = version.get("migrations")
    return bool(migrations) and migrations.get("new_tag") == worker.body["migration_tag"]


def check_bindings(store: Store, worker: Document, version: Json, planned: Plan) -> None:
    """Every class that is bound to exists once the version is deployed. Raises `ApiError` 10061."""
    own = classes_after(store, worker, planned)
    exports: dict[str, Json] = version.get("exports") or {}
    for name, entry in exports.items():
        if entry.get("type") == "durable-object" and (entry.get("state") or "created") in LIVE:
            own.add(name)
    for binding in version["bindings"]:
        if binding["type"] != "durable_object_namespace":
            continue
        if "namespace_id" in binding and "class_name" not in binding:
            if store.get(models.NAMESPACE, worker.parent, binding["namespace_id"]) is None:
                raise errors.NO_CLASS(name=binding["namespace_id"])
            continue
        script = binding.get("script_name")
        class_name = str(binding.get("class_name"))
        if script and script != worker.body["name"]:
            owner = store.named(models.KIND, worker.parent, script)
            if owner is None:
                raise errors.NO_SCRIPT(script=script)
            if class_name not in namespaces.of_worker(store, owner):
                raise errors.NO_CLASS(name=class_name)
        elif class_name not in own:
            raise errors.NO_CLASS(name=class_name)
