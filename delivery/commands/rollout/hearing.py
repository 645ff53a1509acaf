"""What whoever leads a rollout says to what it was asked for."""

from __future__ import annotations

import time
from typing import Final

from delivery.errors import FailedError, RefusedError
from delivery.progress import Progress
from delivery.rollout.events import Kind
from delivery.rollout.journal import Rollout, is_end
from delivery.rollout.leading import Place, holder
from delivery.rollout.ledger import Entry, Lease, Ledger
from delivery.rollout.measurements import Verb

GOING_BACK: Final = frozenset({Verb.ABORT, Verb.SIGNAL})
_LEAST_SECONDS: Final = 15.0
"""For the answer of a controller that lives: it looks every few seconds, and may be waiting for Cloudflare's API meanwhile."""
_LOOKS: Final = 3
_EVERY: Final = 0.5


class UnansweredError(FailedError):
    """Whoever holds the lease says nothing: its process is gone, or it cannot reach the ledger."""


def ask(
    place: Place, rollout: Rollout, lease: Lease, verb: Verb, why: str, progress: Progress
) -> None:
    """Asks whoever has the lease, and waits until it has heard. Raises `RefusedError` when it refuses or the rollout is over,
    `UnansweredError`."""
    request = {"verb": verb.value, "by": holder(), "why": why}
    number = place.ledger.request(rollout.id, request)
    seconds = max(_LEAST_SECONDS, _LOOKS * rollout.strategy.look)
    with progress.stage(f"asks {lease.holder} to {verb.value}"):
        answer = _answer(place.ledger, rollout.id, number, time.monotonic() + seconds)
    if answer is None:
        raise UnansweredError(
            f"{lease.holder} leads it and does not answer",
            f"`pitchey rollout resume {place.stack.name} --take` leads it from here, and obeys",
        )
    said = str(answer.body.get("why", ""))
    goes_back = verb in GOING_BACK
    if answer.kind == Kind.FINISHED:
        hint = f"`pitchey rollback {place.stack.name}` puts the last good version back"
        raise RefusedError("it has come to its end meanwhile", hint if goes_back else None)
    if goes_back or answer.body.get("obeyed"):
        progress.say(said or "it obeys")
        return
    refused = f"{lease.holder} refuses" if answer.kind == Kind.ASKED else "stable is back"
    raise RefusedError(f"{refused}: {said}" if said else refused)


def _answer(ledger: Ledger, rollout: str, number: int, until: float) -> Entry | None:
    """What was said to request `number`, or how the rollout ended before; None when nobody leads it, and when that takes too long."""
    while time.monotonic() < until:
        told = ledger.read(number)
        for entry in told.entries:
            if entry.kind == Kind.ASKED and entry.body.get("request") == number:
                return entry
            if entry.rollout == rollout and is_end(entry):
                return entry
        if told.lease is None:
            return None
        time.sleep(_EVERY)
    return None
