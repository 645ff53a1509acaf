"""A rollout's events in the ledger: written under a lease, read by whoever wants to go on with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.errors import RefusedError
from delivery.rollout.events import Event, Kind
from delivery.rollout.ledger import (
    Entry,
    Ledger,
    LedgerConflictError,
    LedgerUnreachableError,
)
from delivery.rollout.measurements import Asked, Verb
from delivery.rollout.state import NewerFormatError, State, evolve, start
from delivery.rollout.strategy import Strategy

REQUEST = "request"
SWITCHED = "switched"


@dataclass(frozen=True)
class Rollout:
    """One rollout as the ledger tells it: what it was started with, and where it stands."""

    id: str
    started: dict[str, Any]
    strategy: Strategy
    state: State
    at: float


def read_rollouts(entries: Iterable[Entry]) -> list[Rollout]:
    """Oldest first. Raises `RefusedError` for entries of a newer program."""
    found: dict[str, Rollout] = {}
    for entry in entries:
        if entry.kind == Kind.STARTED:
            body = dict(entry.body)
            try:
                state = start(body, entry.at)
                strategy = Strategy.model_validate(body["strategy"])
            except (NewerFormatError, ValueError) as error:
                raise RefusedError(
                    f"rollout {entry.rollout} was started by another version of this program: {error}",
                    "use the version that started it",
                ) from None
            found[entry.rollout] = Rollout(entry.rollout, body, strategy, state, entry.at)
        elif entry.rollout in found:
            known = found[entry.rollout]
            state = _evolved(known.state, entry)
            found[entry.rollout] = Rollout(known.id, known.started, known.strategy, state, known.at)
    return list(found.values())


def _evolved(state: State, entry: Entry) -> State:
    if entry.kind == SWITCHED:
        returned = Event(Kind.RETURNED, {"why": "the dead-man's switch put stable back"})
        return state if state.is_over else evolve(state, returned, entry.at)
    if entry.kind not in set(Kind):
        return state
    return evolve(state, Event.from_json(entry.kind, entry.body), entry.at)


def asked_of(entry: Entry) -> Asked | None:
    """What a `request` entry asks for; None for what this program does not know."""
    try:
        verb = Verb(str(entry.body.get("verb")))
    except ValueError:
        return None
    by, why = str(entry.body.get("by", "somebody")), str(entry.body.get("why", ""))
    return Asked(entry.seq, verb, by, why)


@dataclass
class Journal:
    """Writes one rollout's events, each exactly once, and hears what is asked for meanwhile.

    A call whose answer is lost may have written all of its events or none: `found` tells of those that turn out to be there.
    """

    ledger: Ledger
    rollout: str
    fence: int
    last: int
    _asked: list[Asked] = field(default_factory=list[Asked])
    _owed: list[Event] = field(default_factory=list[Event])
    _doubtful: list[Event] = field(default_factory=list[Event])
    _found: list[Event] = field(default_factory=list[Event])

    def append(self, events: Sequence[Event]) -> None:
        """Decisions, which count once they are written. Raises `LeaseLostError` when somebody else leads now,
        `LedgerUnreachableError`."""
        while True:
            owed = list(self._owed)
            try:
                self._send([*owed, *events])
            except LedgerConflictError:
                # Something was asked for meanwhile; nobody else may write with our fence.
                self.listen()
                if self._found:
                    return
            except LedgerUnreachableError:
                self._doubtful = list(events)
                raise
            else:
                self._owed = self._owed[len(owed) :]
                return

    def _send(self, events: Sequence[Event]) -> None:
        rows = [(event.kind.value, self.rollout, _written(event)) for event in events]
        if rows:
            self.last = self.ledger.append(self.fence, self.last, rows)

    def record(self, events: Sequence[Event]) -> None:
        """Facts: what could not be written goes before the next that can. Raises `LeaseLostError`."""
        self._owed.extend(events)
        try:
            self.append([])
        except LedgerUnreachableError:
            return

    def listen(self) -> None:
        """Reads what is new. Raises `LedgerUnreachableError`."""
        told = self.ledger.read(after=self.last)
        own = [entry for entry in told.entries if entry.fence == self.fence]
        if own:
            self._owed = self._owed[max(len(own) - len(self._doubtful), 0) :]
            self._found.extend(self._doubtful)
        self._doubtful = []
        for entry in told.entries:
            if entry.kind == REQUEST and entry.rollout in {self.rollout, ""}:
                asked = asked_of(entry)
                if asked is not None:
                    self._asked.append(asked)
        self.last = max(self.last, told.last)

    def found(self) -> list[Event]:
        """Decisions that were written although nobody said so; they have not been handed over yet."""
        handed, self._found = self._found, []
        return handed

    def asked(self) -> tuple[Asked, ...]:
        """What was asked for and not handed over yet."""
        handed, self._asked = tuple(self._asked), []
        return handed


def _written(event: Event) -> dict[str, Any]:
    body = event.to_json()
    body.pop("window", None)
    return body
