"""What whoever has lost its lease is told: who has it now, or who has ended the rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from delivery.rollout.journal import Journal
from delivery.rollout.ledger import LeaseLostError, LedgerState, LedgerUnreachableError
from tests.unit.rollout.ledgers import MemoryLedger

LOST = LeaseLostError("the fence is not the lease's")


def lost(ledger: Any) -> str:
    error = Journal(ledger, "r1", 1, 0).lost(LOST)
    return f"{error.what}; {error.hint}"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (
            "returned",
            {"by": "ann@laptop (rollback, 1a2b)", "stable": "12345678-9", "why": "fails"},
            "ann@laptop (rollback, 1a2b) put 12345678 back: fails; `pitchey rollout history`",
        ),
        ("returned", {"why": "errors"}, "somebody else put stable back: errors"),
        ("switched", {}, "the dead-man's switch put stable back; `pitchey rollout history`"),
        ("finished", {}, "somebody else has led it to its end"),
    ],
)
def test_who_ended_it(kind: str, body: Mapping[str, Any], said: str) -> None:
    ledger = MemoryLedger(fence=2, leased=False)
    ledger.append(2, 0, [(kind, "r1", body), ("returned", "r2", {"by": "bob"})])
    assert said in lost(ledger)


def test_who_leads_it_now() -> None:
    ledger = MemoryLedger(fence=2)
    ledger.append(2, 0, [("switched", "r1", {"superseded": True})])
    assert lost(ledger).endswith("somebody has it now; `pitchey rollout watch` follows it")
    ledger.leased = False
    assert "it has run out, and nobody leads now; `pitchey rollout resume`" in lost(ledger)


def test_what_was_known_where_the_ledger_does_not_tell() -> None:
    class Silent:
        def read(self, **_: object) -> LedgerState:
            raise LedgerUnreachableError("no answer")

    assert "the fence is not the lease's" in lost(Silent())
