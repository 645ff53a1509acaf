"""Whoever leads a rollout is stopped by a rollback by hand: its lease is taken, and the ledger says what was done."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from delivery.person import holder
from delivery.rollback.component import Place, Returned
from delivery.rollback.worker import public_address
from delivery.rollout.ledger import Entry, Ledger, LedgerConflictError, SwitchUnavailableError
from settings.names import rollouts_name

_LEASE_SECONDS: Final = 30
_KINDS: Final = ("started", "shift", "shifted", "returned", "finished", "switched")
_TRIES: Final = 3


@dataclass(frozen=True)
class Fenced:
    """`split_under_way`: the controller had begun to apply a split, which may still arrive."""

    rollout: str | None
    split_under_way: bool


def find_ledger(place: Place) -> str | None:
    """The Rollouts Worker's address by Cloudflare's API; None where the stack has none. Raises `DeliveryError`."""
    return public_address(place, rollouts_name(place.stack))


def fence(ledger: Ledger, returned: Returned, why: str) -> Fenced:
    """From the first call on nobody else can write, shift or return. Raises `DeliveryError`."""
    by = holder("rollback")
    lease = ledger.take(by, _LEASE_SECONDS, force=True)
    try:
        # An armed switch would go off for the controller that is stopped here.
        with contextlib.suppress(SwitchUnavailableError):
            ledger.disarm(lease.fence)
        body = {"stable": returned.after, "from": returned.before, "why": why, "by": by}
        return _write(ledger, lease.fence, {**body, "deployment": None}, returned.changed)
    finally:
        ledger.give_back(lease.fence)


def _write(ledger: Ledger, fence: int, body: dict[str, Any], changed: bool) -> Fenced:
    """`returned` ends the rollout that is under way; what is rolled back beside any rollout stands under `rollback`."""
    tries = _TRIES
    while True:
        state = ledger.read(kinds=_KINDS)
        fenced = _under_way(state.entries)
        if fenced.rollout is None and not changed:
            return fenced
        try:
            ledger.append(fence, state.last, [("returned", fenced.rollout or "rollback", body)])
        except LedgerConflictError:
            # Somebody asked for something meanwhile, which needs no lease.
            tries -= 1
            if tries == 0:
                raise
        else:
            return fenced


def _under_way(entries: Sequence[Entry]) -> Fenced:
    rollout: str | None = None
    split = False
    for entry in entries:
        if entry.kind == "started":
            rollout, split = entry.rollout, False
        elif entry.rollout != rollout:
            continue
        elif entry.kind in {"returned", "finished", "switched"}:
            rollout, split = None, False
        else:
            split = entry.kind == "shift"
    return Fenced(rollout, split)
