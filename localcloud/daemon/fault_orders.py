"""A fault as somebody asks for it: refused when it would never strike, so that no rehearsal succeeds for want of one."""

from __future__ import annotations

import secrets
from typing import Any, Final

from localcloud.api.faults import API_EFFECTS, Fault, FaultError
from localcloud.api.store import Store
from localcloud.api.workers import models
from localcloud.errors import LocalCloudError

Json = dict[str, Any]
_OF_A_VERSION: Final = ("version-errors", "version-slow")
_OF_A_WORKER: Final = "objects-gone"
_TAKE_TIME: Final = (
    "slow",
    "stale",
    "version-slow",
    "deployments-converge",
    "kv-stale",
    "kv-slow",
    "r2-slow",
    "redis-slow",
    "postgres-slow",
)
_ALWAYS: Final = (
    "deployments-converge",
    "kv-stale",
    "redis-down",
    "postgres-down",
    "postgres-read-only",
    "postgres-full",
)
_LOSE_THE_ANSWER: Final = ("500", "cut", "timeout", "kv-errors", "r2-errors", "redis-errors")


def make_fault(store: Store, body: Json) -> Fault:
    """Raises `LocalCloudError` with the mend."""
    values: Json = {**body, "id": secrets.token_hex(4)}
    try:
        fault = Fault(**values)
    except FaultError as error:
        raise LocalCloudError(str(error)) from error
    except TypeError as error:
        raise LocalCloudError(f"that is not a fault: {error}") from error
    _check_version(store, fault)
    _check_worker(store, fault)
    if fault.effect in _ALWAYS and fault.rate != 1:
        raise LocalCloudError(f"{fault.effect} is on or off: it takes no --rate")
    if fault.effect in _TAKE_TIME and fault.seconds <= 0:
        raise LocalCloudError(f"{fault.effect} takes how long? say it with --seconds")
    if fault.after and fault.effect not in _LOSE_THE_ANSWER:
        raise LocalCloudError(
            f"--after loses an answer: it goes with {', '.join(_LOSE_THE_ANSWER)}, not with {fault.effect}"
        )
    if fault.effect not in API_EFFECTS and (fault.path, fault.method) != ("*", "*"):
        raise LocalCloudError(f"--path and --method choose API calls: {fault.effect} has none")
    return fault


def _check_worker(store: Store, fault: Fault) -> None:
    if fault.effect != _OF_A_WORKER:
        if fault.worker is not None:
            raise LocalCloudError(f"--worker goes with {_OF_A_WORKER} only")
        return
    if fault.worker is None:
        raise LocalCloudError(f"{_OF_A_WORKER} strikes one Worker's objects: name it with --worker")
    if all(worker.body["name"] != fault.worker for worker in store.list(models.KIND)):
        raise LocalCloudError(
            f"there is no Worker {fault.worker}; `pitchey local status` shows those that serve"
        )


def _check_version(store: Store, fault: Fault) -> None:
    if fault.effect not in _OF_A_VERSION and fault.version is None:
        return
    if fault.effect not in (*_OF_A_VERSION, _OF_A_WORKER):
        known = f"{', '.join(_OF_A_VERSION)} and {_OF_A_WORKER}"
        raise LocalCloudError(f"--version goes with {known} only")
    if fault.version is None:
        raise LocalCloudError(
            f"{fault.effect} strikes one version: name it with --version; "
            "`pitchey local status` shows those that serve"
        )
    if store.anywhere(models.VERSION, fault.version) is None:
        raise LocalCloudError(
            f"there is no version {fault.version}; `pitchey local status` shows those that serve"
        )
