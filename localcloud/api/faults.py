"""Faults on purpose: make the API slow, refuse, time out or cut the connection, at a rate, for chosen paths.

A fault is a value kept with the cloud's state, so that a rehearsal survives a restart of the daemon. Faults of the
edge (a version that fails or is slow, deployments that converge slowly) and of the data services are kept here too and
carried out there; those of KV and R2 in front of what serves them (`storage_faults.py`).
"""

from __future__ import annotations

import asyncio
import fnmatch
import random
from dataclasses import asdict, dataclass
from typing import Final

from localcloud.api.errors import INTERNAL, RATE_LIMITED, ApiError
from localcloud.api.store import Json, Store

KIND: Final = "fault"
_STALE: Final = "stale"
API_EFFECTS: Final = ("slow", "429", "500", "timeout", "cut", _STALE)
EDGE_EFFECTS: Final = (
    "version-errors",
    "version-slow",
    "deployments-converge",
    "objects-gone",
)
STORAGE_EFFECTS: Final = ("kv-stale", "kv-slow", "kv-errors", "r2-slow", "r2-errors", "r2-cut")
DATA_EFFECTS: Final = (
    "postgres-down",
    "postgres-slow",
    "postgres-read-only",
    "postgres-full",
    "redis-down",
    "redis-slow",
    "redis-errors",
    "redis-rubbish",
)
_EFFECTS: Final = API_EFFECTS + EDGE_EFFECTS + STORAGE_EFFECTS + DATA_EFFECTS
_TIMEOUT_SECONDS: Final = 300.0


class FaultError(ValueError):
    """A fault that makes no sense; the text says what to change."""


class ConnectionCut(Exception):  # noqa: N818 (an event that was asked for, not an error)
    """The connection ends here without an answer."""


@dataclass(frozen=True)
class Fault:
    """`rate` 0 < r ≤ 1 of matching requests; `path` a glob over the path after `/client/v4`; `seconds` how slow, how old,
    or what Retry-After says; `version` the id of a Worker version and `worker` the name of a Worker, for the edge's
    effects (objects-gone takes both: what that version calls of that Worker's objects); `after`: the change is made first and only
    its answer is lost (with `cut`, `500`, `timeout`, and the errors of KV, R2 and Redis)."""

    id: str
    effect: str
    rate: float = 1.0
    path: str = "*"
    method: str = "*"
    seconds: float = 0.0
    version: str | None = None
    after: bool = False
    worker: str | None = None

    def __post_init__(self) -> None:
        if self.effect not in _EFFECTS:
            raise FaultError(f"effect {self.effect!r} is unknown; use one of {', '.join(_EFFECTS)}")
        if not 0 < self.rate <= 1:
            raise FaultError(f"rate {self.rate:g} must be above 0 and at most 1")
        if self.seconds < 0:
            raise FaultError(f"seconds {self.seconds:g} must not be negative")

    def is_drawn(self) -> bool:
        return random.random() < self.rate  # noqa: S311

    def hits(self, method: str, path: str) -> bool:
        if self.effect not in API_EFFECTS:
            return False
        if self.method != "*" and self.method.upper() != method:
            return False
        return fnmatch.fnmatchcase(path, self.path)


def list_faults(store: Store) -> list[Fault]:
    # One that an earlier release knew by another name is over.
    bodies = (document.body for document in store.list(KIND))
    return [Fault(**body) for body in bodies if body["effect"] in _EFFECTS]


def add_fault(store: Store, fault: Fault) -> None:
    body: Json = asdict(fault)
    store.insert(KIND, "", fault.id, body)


def clear_faults(store: Store, id: str | None = None) -> int:
    """Removes one fault, or all; returns how many."""
    documents = [d for d in store.list(KIND) if id is None or d.id == id]
    for document in documents:
        store.delete(document)
    return len(documents)


async def before_answer(faults: list[Fault], method: str, path: str) -> Fault | None:
    """Carries out what happens before the handler. Returns a fault that loses the answer afterwards, if one was drawn.

    Raises `ApiError` (429, 500) or `ConnectionCut`.
    """
    lost: Fault | None = None
    for fault in faults:
        if fault.effect == _STALE or not _drawn(fault, method, path):
            continue
        if fault.after:
            lost = lost or fault
            continue
        if fault.effect == "slow":
            await asyncio.sleep(fault.seconds)
        else:
            await strike(fault)
    return lost


def staleness(store: Store, path: str) -> float:
    """How many seconds ago what a read of `path` answers was true; 0 when no fault is drawn."""
    return max(
        (f.seconds for f in list_faults(store) if f.effect == _STALE and _drawn(f, "GET", path)),
        default=0.0,
    )


def _drawn(fault: Fault, method: str, path: str) -> bool:
    return fault.hits(method, path) and fault.is_drawn()


async def strike(fault: Fault) -> None:
    if fault.effect == "429":
        refusal = RATE_LIMITED()
        raise ApiError(429, *refusal.details, headers={"Retry-After": f"{fault.seconds:.0f}"})
    if fault.effect == "500":
        raise INTERNAL()
    if fault.effect == "timeout":
        await asyncio.sleep(_TIMEOUT_SECONDS)
    raise ConnectionCut
