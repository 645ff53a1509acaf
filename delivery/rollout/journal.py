"""A rollout's events in the ledger: written under a lease, read by whoever wants to go on with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from delivery.errors import RefusedError
from delivery.rollout.events import Event, Kind
from delivery.rollout.ledger import (
    Entry,
    LeaseLostError,
    Ledger,
    LedgerConflictError,
    LedgerUnreachableError,
)
from delivery.rollout.measurements import Asked, Verb
from delivery.rollout.state import NewerFormatError, State, evolve, start
from delivery.rollout.strategy import Strategy

REQUEST = "request"
SWITCHED = "switched"
_ENDS = (Kind.RETURNED, Kind.FINISHED, SWITCHED)
_HOW_IT_ENDED = "`pitchey rollout history` tells all of it"
_WHO_LEADS = "`pitchey rollout watch` follows it"


@dataclass(frozen=True)
class Rollout:
    """One rollout as the ledger tells it: what it was started with, and where it stands. `number` is its first entry's."""

    id: str
    started: dict[str, Any]
    strategy: Strategy
    state: State
    at: float
    number: int

    @property
    def heard(self) -> int:
        """The number after which nobody who led it has heard what was asked for."""
        return max(self.number, self.state.heard)

    def after(self, entry: Entry) -> Rollout:
        """With one more of its entries."""
        return replace(self, state=after(self.state, entry))


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
            found[entry.rollout] = Rollout(
                entry.rollout, body, strategy, state, entry.at, entry.seq
            )
        elif entry.rollout in found:
            found[entry.rollout] = found[entry.rollout].after(entry)
    return list(found.values())


def after(state: State, entry: Entry) -> State:
    """The state after an entry of the rollout, the switch's note too. Raises `ValueError`, `LookupError` or `TypeError` for a body of
    another shape."""
    if entry.kind == SWITCHED:
        # Superseded: somebody took the lease while the switch was at it, and leads on.
        if state.is_over or entry.body.get("superseded"):
            return state
        returned = Event(Kind.RETURNED, {"why": "the dead-man's switch put stable back"})
        return evolve(state, returned, entry.at)
    if entry.kind not in set(Kind):
        return state
    return evolve(state, Event.from_json(entry.kind, entry.body), entry.at)


def is_end(entry: Entry) -> bool:
    """Whether its rollout is over with it; with a switch that was superseded it is not."""
    return entry.kind in _ENDS and not entry.body.get("superseded")


def asked_of(entry: Entry) -> Asked | None:
    """What a `request` entry asks for; None for what this program does not know."""
    try:
        verb = Verb(str(entry.body.get("verb")))
    except ValueError:
        return None
    by, why = str(entry.body.get("by", "somebody")), str(entry.body.get("why", ""))
    return Asked(entry.seq, verb, by, why)


@dataclass(frozen=True)
class _Batch:
    """What one call writes."""

    owed: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()

    def kinds(self) -> list[str]:
        return [event.kind.value for event in (*self.owed, *self.events)]


@dataclass
class Journal:
    """Writes one rollout's events, each exactly once, and hears what is asked for after entry `last`.

    A call whose answer is lost may have written all of its events or none: `found` tells of those that turn out to be there.
    """

    ledger: Ledger
    rollout: str
    fence: int
    last: int
    _asked: list[Asked] = field(default_factory=list[Asked])
    _owed: list[Event] = field(default_factory=list[Event])
    _doubtful: list[_Batch] = field(default_factory=list["_Batch"])
    """Calls whose answers are not known; at most one of them was carried out, since all of them named the same last entry."""
    _found: list[Event] = field(default_factory=list[Event])

    def append(self, events: Sequence[Event]) -> None:
        """Decisions, which count once they are written. Raises `LeaseLostError` when somebody else leads now,
        `LedgerUnreachableError`."""
        while True:
            batch = _Batch(tuple(self._owed), tuple(events))
            # Before it is sent: a Ctrl-C may come when it is written.
            self._doubtful.append(batch)
            try:
                self._send([*batch.owed, *batch.events])
            except LedgerConflictError:
                # Something was asked for meanwhile; nobody else may write with our fence.
                self._doubtful.remove(batch)
                self.listen()
                if self._found:
                    raise LedgerUnreachableError("what was decided before is written") from None
            else:
                self._doubtful = []
                self._owed = self._owed[len(batch.owed) :]
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
            told_kinds = [entry.kind for entry in own]
            written = next((one for one in self._doubtful if one.kinds() == told_kinds), _Batch())
            self._owed = self._owed[len(written.owed) :]
            self._found.extend(written.events)
        self._doubtful = []
        for entry in told.entries:
            if entry.kind == REQUEST and entry.rollout in {self.rollout, ""}:
                asked = asked_of(entry)
                if asked is not None:
                    self._asked.append(asked)
        self.last = max(self.last, told.last)

    def check_lease(self) -> None:
        """Raises `LeaseLostError` when somebody else leads or nobody does, `LedgerUnreachableError`."""
        lease = self.ledger.read(after=self.last).lease
        if lease is None:
            raise LeaseLostError("it has run out")
        if lease.fence != self.fence:
            raise LeaseLostError(f"{lease.holder} has it")

    def lost(self, error: LeaseLostError) -> LeaseLostError:
        """The same, with who has ended the rollout or has the lease now, where the ledger tells."""
        try:
            told = self.ledger.read(kinds=_ENDS)
        except LedgerUnreachableError:
            return error
        for entry in reversed(told.entries):
            if entry.rollout == self.rollout and entry.fence != self.fence and is_end(entry):
                return LeaseLostError(_ended(entry), _HOW_IT_ENDED)
        if told.lease is None:
            return LeaseLostError("it has run out, and nobody leads now")
        return LeaseLostError(f"{told.lease.holder} has it now", _WHO_LEADS)

    def is_led(self) -> bool:
        """Whether the rollout is under way and led, by whomever; no where the ledger does not tell."""
        try:
            told = self.ledger.read(kinds=_ENDS)
        except LedgerUnreachableError:
            return False
        over = any(entry.rollout == self.rollout and is_end(entry) for entry in told.entries)
        return told.lease is not None and not over

    def found(self) -> list[Event]:
        """Decisions that were written although nobody said so; they have not been handed over yet."""
        handed, self._found = self._found, []
        return handed

    def asked(self) -> tuple[Asked, ...]:
        """What was asked for and not handed over yet."""
        handed, self._asked = tuple(self._asked), []
        return handed


def _ended(entry: Entry) -> str:
    """By whom, in a few words."""
    if entry.kind == SWITCHED:
        return "nobody was heard of for too long, and the dead-man's switch put stable back"
    if entry.kind == Kind.FINISHED:
        return "somebody else has led it to its end"
    by, why = entry.body.get("by", "somebody else"), entry.body.get("why")
    return f"{by} put {str(entry.body.get('stable', 'stable'))[:8]} back" + (
        f": {why}" if why else ""
    )


def _written(event: Event) -> dict[str, Any]:
    body = event.to_json()
    body.pop("window", None)
    return body
