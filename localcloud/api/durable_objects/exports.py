"""Declarative class exports: a complete list of a Worker's classes, reconciled with what is provisioned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from localcloud.api.durable_objects import errors, namespaces
from localcloud.api.durable_objects.lifecycle import Plan
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import models

LIVE: Final = ("created", "expecting-transfer")
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "created": frozenset({"storage", "container"}),
    "deleted": frozenset(),
    "renamed": frozenset({"renamed_to"}),
    "transferred": frozenset({"transferred_to"}),
    "expecting-transfer": frozenset({"storage", "transfer_from", "container"}),
}
_REQUIRED: Final[Mapping[str, str]] = {
    "created": "storage",
    "renamed": "renamed_to",
    "transferred": "transferred_to",
    "expecting-transfer": "transfer_from",
}


def shown(exports: Json) -> Json:
    """As read again: tombstones are write-only."""
    return {name: entry for name, entry in exports.items() if _state(entry) in LIVE}


def plan_exports(store: Store, worker: Document, exports: Json, exported: Collection[str]) -> Plan:
    """Raises `ApiError` when the list cannot be reconciled; the scenario's name stands in the message."""
    entries = {
        name: _checked(name, entry) for name, entry in exports.items() if not _is_entrypoint(entry)
    }
    reconciliation = _Reconciliation(store, worker, entries, exported)
    for name, entry in entries.items():
        reconciliation.visit(name, entry)
    reconciliation.refuse_forgotten_classes()
    return reconciliation.plan


def _is_entrypoint(entry: object) -> bool:
    return isinstance(entry, dict) and ("type", "worker") in entry.items()  # pyright: ignore[reportUnknownMemberType]


def _entry_of(version: Document, name: str) -> Json:
    exports: Json = version.body.get("exports") or {}
    return exports.get(name) or {}


def _state(entry: Json) -> str:
    return entry.get("state") or "created"


def _checked(name: str, entry: object) -> Json:
    if not isinstance(entry, dict) or entry.get("type") != "durable-object":  # pyright: ignore[reportUnknownMemberType]
        raise errors.BAD_EXPORTS(
            reason=f"'{name}' must have the type durable-object or worker (invalid_export)"
        )
    given: Json = {k: v for k, v in entry.items() if v is not None}  # pyright: ignore[reportUnknownVariableType]
    state = _state(given)
    if str(state) not in _FIELDS:
        raise errors.BAD_EXPORTS(
            reason=f"'{name}' has the unknown state '{state}' (invalid_export)"
        )
    extra = set(given) - _FIELDS[state] - {"type", "state"}
    if extra:
        raise errors.BAD_EXPORTS(
            reason=f"'{name}': {', '.join(sorted(extra))} not allowed with state '{state}' (invalid_export)"
        )
    required = _REQUIRED.get(state)
    if required and not isinstance(given.get(required), str):
        raise errors.BAD_EXPORTS(reason=f"'{name}' needs {required} (invalid_export)")
    if state in LIVE and given.get("storage") not in ("sqlite", "legacy-kv"):
        raise errors.BAD_EXPORTS(
            reason=f"'{name}': storage must be sqlite or legacy-kv (invalid_export)"
        )
    return given


class _Reconciliation:
    def __init__(
        self, store: Store, worker: Document, entries: dict[str, Json], exported: Collection[str]
    ) -> None:
        self._store = store
        self._worker = worker
        self._entries = entries
        self._exported = exported
        self._own = namespaces.of_worker(store, worker)
        self._arriving = {
            entry["renamed_to"]: name
            for name, entry in entries.items()
            if _state(entry) == "renamed" and name in self._own
        }
        self.plan = Plan()
        self.summary: dict[str, list[Any]] = {
            key: []
            for key in (
                "created", "deleted", "updated", "renamed", "transferred", "transfer_pending",
                "removable_entries", "info", "warnings",
            )
        }  # fmt: skip
        self.plan.summary = self.summary

    def visit(self, name: str, entry: Json) -> None:
        state = _state(entry)
        if state in LIVE:
            if name not in self._exported:
                raise errors.NOT_EXPORTED(name=name)
            if state == "created":
                self._created(name, entry)
            else:
                self._expecting(name, entry)
            return
        if state == "renamed" and _state(self._entries.get(entry["renamed_to"], {})) != "created":
            raise errors.BAD_EXPORTS(
                reason=f"'{name}' is renamed to '{entry['renamed_to']}', which must be declared live (invalid_export)"
            )
        if name not in self._own:
            self._stale(name)
        elif state == "deleted":
            self._deleted(name)
        elif state == "renamed":
            self._renamed(name, entry["renamed_to"])
        else:
            self._transferred(name, entry["transferred_to"])

    def _created(self, name: str, entry: Json) -> None:
        use_sqlite = entry["storage"] == "sqlite"
        namespace = self._own.get(name)
        if namespace is None and name in self._arriving:
            return
        if namespace is None:
            if not use_sqlite:
                raise errors.CLASS_CONFLICT(
                    reason=f"Class '{name}' cannot be created with legacy-kv storage: use sqlite (storage_type_mismatch)."
                )
            self.plan.created.append((name, True))
            self.summary["created"].append(name)
        elif bool(namespace.body["use_sqlite"]) != use_sqlite:
            raise errors.CLASS_CONFLICT(
                reason=f"Class '{name}' is provisioned with another storage than '{entry['storage']}' "
                "(storage_type_mismatch)."
            )

    def _expecting(self, name: str, entry: Json) -> None:
        if name in self._own:
            self._info(name, "transfer_receive_already_applied", "The transfer is complete.")
            return
        source = self._store.named(models.KIND, self._worker.parent, entry["transfer_from"])
        if source is None:
            raise errors.CLASS_CONFLICT(
                reason=f"Script '{entry['transfer_from']}' does not exist (phase_one_transfer_source_missing)."
            )
        if name not in namespaces.of_worker(self._store, source):
            raise errors.CLASS_CONFLICT(
                reason=f"Script '{entry['transfer_from']}' has no class '{name}' "
                "(phase_one_transfer_source_namespace_missing)."
            )
        self.summary["transfer_pending"].append({"class": name, "from": entry["transfer_from"]})

    def _deleted(self, name: str) -> None:
        if name in self._exported:
            raise errors.CLASS_CONFLICT(
                reason=f"Class '{name}' is declared deleted but the code still exports it "
                "(tombstone_delete_class_still_in_code)."
            )
        others = namespaces.bound_elsewhere(self._store, self._worker, name)
        if others:
            raise errors.CLASS_CONFLICT(
                reason=f"Class '{name}' cannot be deleted: {', '.join(others)} bind to it "
                "(tombstone_delete_blocked_by_external_bindings)."
            )
        self.plan.deleted.append(name)
        self.summary["deleted"].append(name)

    def _renamed(self, name: str, target: str) -> None:
        if target in self._own or target == name:
            raise errors.CLASS_CONFLICT(
                reason=f"Class '{name}' cannot be renamed to '{target}', which has Durable Objects of its own "
                "(tombstone_renamed_to_occupied)."
            )
        self.plan.moved.append((self._worker.id, name, self._worker.id, target))
        self.summary["renamed"].append({"from": name, "to": target})
        self._still_in_code(name)

    def _transferred(self, name: str, target: str) -> None:
        receiver = self._store.named(models.KIND, self._worker.parent, target)
        if receiver is None:
            raise errors.CLASS_CONFLICT(
                reason=f"Script '{target}' does not exist (transferred_target_missing)."
            )
        live = models.live_version_ids(self._store, receiver)
        waiting = [self._store.get(models.VERSION, receiver.id, version_id) for version_id in live]
        expected = {"state": "expecting-transfer", "transfer_from": self._worker.body["name"]}
        if not any(
            version is not None and expected.items() <= _entry_of(version, name).items()
            for version in waiting
        ):
            raise errors.CLASS_CONFLICT(
                reason=f"Script '{target}' has not deployed an expecting-transfer entry for class '{name}' "
                "(transferred_pending_not_found)."
            )
        self.plan.moved.append((self._worker.id, name, receiver.id, name))
        self.summary["transferred"].append({"class": name, "to": target, "phase": "committed"})
        self._still_in_code(name)

    def _still_in_code(self, name: str) -> None:
        if name in self._exported:
            self._info(name, "tombstone_class_still_in_code", "The code may drop the class now.")

    def _stale(self, name: str) -> None:
        self._info(name, "stale_tombstone", "Nothing is provisioned: the entry does nothing.")
        if not namespaces.bound_elsewhere(self._store, self._worker, name):
            self.summary["removable_entries"].append(name)

    def _info(self, name: str, scenario: str, message: str) -> None:
        self.summary["info"].append({"class": name, "scenario": scenario, "message": message})

    def refuse_forgotten_classes(self) -> None:
        for name in self._own:
            if name not in self._entries:
                raise errors.CLASS_CONFLICT(
                    reason=f"Class '{name}' has Durable Objects but is not declared in `exports`: declare it live, or "
                    "deleted, renamed or transferred (provisioned_class_missing_from_config)."
                )
