"""A ledger in memory that keeps the contract of the Rollouts Worker, and can lose calls and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.rollout.ledger import (
    Entry,
    Lease,
    LeaseLostError,
    LedgerConflictError,
    LedgerState,
    LedgerUnreachableError,
)


@dataclass
class MemoryLedger:
    """`trouble` gives, for each writing call, None, "before" (nothing was written) or "after" (only the answer is lost)."""

    fence: int = 1
    entries: list[Entry] = field(default_factory=list[Entry])
    trouble: list[str | None] = field(default_factory=list[str | None])
    now: float = 1000.0
    leased: bool = True

    def read(self, after: int = 0, kinds: Sequence[str] = ()) -> LedgerState:
        found = tuple(e for e in self.entries if e.seq > after and (not kinds or e.kind in kinds))
        lease = Lease("somebody", self.fence, self.now + 30) if self.leased else None
        return LedgerState(found, len(self.entries), lease, None, self.now)

    def append(
        self, fence: int, after: int, entries: Sequence[tuple[str, str, Mapping[str, Any]]]
    ) -> int:
        struck = self.trouble.pop(0) if self.trouble else None
        if struck == "before":
            raise LedgerUnreachableError("the ledger does not answer")
        if fence != self.fence:
            raise LeaseLostError("somebody else leads")
        if after != len(self.entries):
            raise LedgerConflictError(len(self.entries))
        for kind, rollout, body in entries:
            self._write(kind, rollout, body, fence)
        if struck == "after":
            raise LedgerUnreachableError("the answer was lost")
        return len(self.entries)

    def request(self, rollout: str, body: Mapping[str, Any]) -> int:
        self._write("request", rollout, body, None)
        return len(self.entries)

    def _write(self, kind: str, rollout: str, body: Mapping[str, Any], fence: int | None) -> None:
        self.entries.append(Entry(len(self.entries) + 1, self.now, kind, rollout, fence, body))

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]
