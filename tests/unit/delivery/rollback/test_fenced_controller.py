"""What the controller says that a rollback by hand has stopped."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

from delivery.edge import EdgeClient
from delivery.rollback.component import Place, Returned
from delivery.rollback.fencing import fence
from delivery.rollout.controller import LeaseKeeper
from delivery.rollout.ledger import LeaseLostError, Ledger
from tests.unit.delivery.rollback.cloudflare import Cloudflare
from tests.unit.delivery.rollback.ledger import TOKEN


def test_it_leaves_at_its_next_renewal_and_says_once_why(cloud: Cloudflare, place: Place) -> None:
    cloud.begin_rollout("r1", "shift", "shifted")
    ledger = Ledger(place.edge, "https://pitchey-rollouts-staging.acc.workers.dev", TOKEN)
    stopped = threading.Event()
    controller: Any = SimpleNamespace(beat=float("inf"), stop=stopped.set)
    journal: Any = SimpleNamespace(ledger=ledger, fence=cloud.ledger.fence)
    with LeaseKeeper(journal, cast("int", 0.3), controller) as keeper:
        assert not stopped.wait(0.5)
        with EdgeClient(cloud) as edge:
            told = Ledger(edge, "https://pitchey-rollouts-staging.acc.workers.dev", TOKEN)
            fence(told, Returned("bad", "good", True), "by hand")
        assert stopped.wait(5)
    assert str(LeaseLostError(keeper.lost)).count("lease is lost") == 1
