"""What the note of the dead-man's switch means for whoever reads the ledger."""

from __future__ import annotations

from typing import cast

import pytest

from delivery.rollout.events import FORMAT
from delivery.rollout.journal import Journal, read_rollouts
from delivery.rollout.ledger import Entry, Ledger
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import strategy_json
from tests.unit.rollout.ledgers import MemoryLedger

STRATEGY = Strategy.model_validate({"name": "x", "steps": [{"share": 100}]})


@pytest.mark.parametrize("superseded", [False, True])
def test_the_switch_ends_a_rollout_unless_somebody_took_the_lease_meanwhile(
    superseded: bool,
) -> None:
    versions = {"format": FORMAT, "stable": "old", "candidate": "new"}
    started = {**versions, "strategy": strategy_json(STRATEGY)}
    entries = [
        Entry(1, 1000, "started", "r", 1, started),
        Entry(2, 1030, "switched", "r", 2, {"superseded": superseded, "deployed": False}),
    ]
    [rollout] = read_rollouts(entries)
    assert rollout.state.is_over is not superseded
    journal = Journal(cast("Ledger", MemoryLedger(fence=2, entries=entries)), "r", 2, 2)
    assert journal.is_led() is superseded
