"""A rehearsed rollout as the ledger tells it, read while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from delivery.errors import DeliveryError
from delivery.rollout.events import Kind
from delivery.rollout.journal import REQUEST, Rollout, read_rollouts
from delivery.rollout.ledger import Entry, Ledger
from delivery.rollout.telling import told

_QUIET: Final = frozenset({Kind.OBSERVED.value, Kind.STARTED.value, REQUEST})


@dataclass(frozen=True)
class Decision:
    """`at` in Unix seconds by the ledger's clock."""

    at: float
    kind: str
    said: str


@dataclass
class Story:
    """`after` is the ledger's last entry before the rehearsal."""

    ledger: Ledger
    candidate: str
    after: int
    rollout: Rollout | None = None
    _entries: list[Entry] = field(default_factory=list[Entry])

    def listen(self) -> Sequence[Decision]:
        """What is new; nothing while the ledger cannot be reached."""
        try:
            new = self.ledger.read(self.after).entries
            if not new:
                return ()
            self.after = new[-1].seq
            self._entries.extend(new)
            self._follow(new)
        except DeliveryError:
            return ()
        return self._decisions(new)

    def _follow(self, new: Sequence[Entry]) -> None:
        if self.rollout is None:
            for rollout in read_rollouts(self._entries):
                if rollout.state.candidate == self.candidate:
                    self.rollout = rollout
            return
        for entry in new:
            if entry.rollout == self.rollout.id:
                self.rollout = self.rollout.after(entry)

    def decisions(self) -> list[Decision]:
        """All, oldest first."""
        return self._decisions(self._entries)

    def _decisions(self, entries: Sequence[Entry]) -> list[Decision]:
        if self.rollout is None:
            return []
        return [
            Decision(entry.at, entry.kind, told(entry.kind, entry.body))
            for entry in entries
            if entry.rollout == self.rollout.id and entry.kind not in _QUIET
        ]
