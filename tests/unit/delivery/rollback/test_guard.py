"""Whoever leads a rollout is stopped by a rollback by hand, and what it had on its way is put back."""

from __future__ import annotations

import threading
import time

import pytest

from delivery.edge import EdgeClient
from delivery.errors import FailedError
from delivery.rollback import fencing
from delivery.rollback.component import Place, Returned
from delivery.rollback.guard import Guard
from delivery.rollback.tokens import ledger_token
from delivery.rollout.ledger import LeaseLostError, Ledger, LedgerConflictError
from tests.unit.delivery.rollback.cloudflare import WORKER, Cloudflare
from tests.unit.delivery.rollback.ledger import TOKEN

BACK = Returned("bad", "good", True)
ADDRESS = "https://pitchey-rollouts-staging.acc.workers.dev"


def back(cloud: Cloudflare, *kinds: str) -> None:
    """A rollout of `bad` that somebody leads, rolled back a moment ago."""
    cloud.deploy(good=100)
    cloud.deploy("pitchey rollout r1: step 1, 20 %", good=80, bad=20)
    cloud.deploy("pitchey rollback: from bad; [1]", good=100)
    cloud.begin_rollout("r1", *kinds)


def guarded(place: Place, returned: Returned = BACK, token: str = TOKEN) -> tuple[Guard, list[str]]:
    said: list[str] = []
    guard = Guard(place, WORKER, returned, "harm", lambda: token, said.append, 0.02, 1.0)
    guard.start()
    guard.wait_told(10)
    return guard, said


def test_the_lease_is_taken_the_switch_disarmed_and_the_rollout_ended(
    cloud: Cloudflare, place: Place
) -> None:
    back(cloud, "shift", "shifted")
    old = cloud.ledger.fence
    guard, said = guarded(place)
    assert (guard.untold, guard.again) == (None, False)
    assert said == ["rollout r1 is stopped and ended in the ledger"]
    entry = cloud.ledger.last("returned")
    assert (entry["rollout"], entry["body"]["stable"], entry["body"]["why"]) == (
        "r1",
        "good",
        "harm",
    )
    assert cloud.ledger.switch is None
    assert cloud.ledger.lease is None
    with EdgeClient(cloud) as edge, pytest.raises(LeaseLostError):
        Ledger(edge, ADDRESS, TOKEN).append(old, entry["seq"], [("shift", "r1", {})])


def test_a_rollout_that_is_over_keeps_its_end(cloud: Cloudflare, place: Place) -> None:
    back(cloud, "shift", "shifted", "finished")
    _, said = guarded(place)
    assert said == ["written to the ledger; no rollout was under way"]
    assert cloud.ledger.last("returned")["rollout"] == "rollback"


def test_what_serves_already_ends_a_rollout_too_and_nothing_else(
    cloud: Cloudflare, place: Place
) -> None:
    back(cloud)
    guarded(place, Returned("good", "good", False))
    entries = list(cloud.ledger.entries)
    assert entries[-1]["kind"] == "returned"
    _, said = guarded(place, Returned("good", "good", False))
    assert (said, cloud.ledger.entries) == ([], entries)


def test_without_a_rollouts_worker_there_is_nobody_to_stop(cloud: Cloudflare, place: Place) -> None:
    cloud.deploy(good=100)
    guard, said = guarded(place)
    assert (guard.untold, said) == (None, ["the stack has no ledger"])


def test_somebody_who_asks_for_something_meanwhile_is_no_obstacle(
    cloud: Cloudflare, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(cloud)
    asks = iter([True])

    def ask() -> None:
        if next(asks, False):
            cloud.ledger.write("request", "r1", verb="pause")

    cloud.ledger.on_append = ask
    guard, _ = guarded(place)
    assert guard.untold is None
    assert cloud.ledger.last("returned")["rollout"] == "r1"
    cloud.ledger.on_append = lambda: cloud.ledger.write("request", "r1")
    with EdgeClient(cloud) as edge, pytest.raises(LedgerConflictError):
        fencing.fence(Ledger(edge, ADDRESS, TOKEN), BACK, "")


def test_a_split_that_was_on_its_way_is_put_back(cloud: Cloudflare, place: Place) -> None:
    back(cloud, "shift")
    late = threading.Timer(
        0.2, lambda: cloud.deploy("pitchey rollout r1: step 2, 60 %", good=40, bad=60)
    )
    late.start()
    guard, said = guarded(place)
    guard.finish(10)
    late.join()
    assert guard.again
    assert cloud.live() == {"good": 100}
    assert said[-1] == "a split that was on its way arrived, and was put back"


def test_what_somebody_else_deploys_is_left(cloud: Cloudflare, place: Place) -> None:
    back(cloud, "shift")
    cloud.deploy("by hand", other=100)
    guard, said = guarded(place)
    guard.finish(10)
    assert not guard.again
    assert cloud.live() == {"other": 100}
    assert said[-1] == "somebody else has deployed since, which is left as it is"


def test_a_ledger_that_cannot_be_told_is_one_line_and_late_splits_are_put_back_all_the_same(
    cloud: Cloudflare, place: Place
) -> None:
    back(cloud, "shift", "shifted")
    guard, said = guarded(place, token="wrong")
    cloud.deploy("pitchey rollout r1: step 2, 60 %", good=40, bad=60)
    guard.finish(10)
    assert guard.untold == said[0]
    assert said[0].startswith("the ledger was not told (the ledger refused POST with 401")
    assert "notices by itself that it was rolled back, and leaves it so" in said[0]
    assert guard.again
    assert cloud.live() == {"good": 100}


def test_nobody_is_waited_for_where_no_rollout_deployed(cloud: Cloudflare, place: Place) -> None:
    cloud.deploy(good=100)
    cloud.deploy(bad=100)
    cloud.deploy("pitchey rollback: from bad; [1]", good=100)
    cloud.begin_rollout("r1")
    begun = time.monotonic()
    guard, _ = guarded(place, token="wrong")
    guard.finish(10)
    assert time.monotonic() - begun < 0.9


def test_an_engine_that_hangs_is_not_waited_for(cloud: Cloudflare, place: Place) -> None:
    back(cloud)
    said: list[str] = []
    asked, free = threading.Event(), threading.Event()

    def token() -> str:
        asked.set()
        free.wait(10)
        raise FailedError("too late")

    guard = Guard(place, WORKER, BACK, "", token, said.append, 0.02, 0.1)
    guard.start()
    assert asked.wait(5)
    guard.wait_told(0.1)
    free.set()
    guard.finish(10)
    assert "no answer within 0.1 s" in said[0]
    assert "too late" not in str(said)


def test_an_engine_that_is_only_slow_leaves_nothing_to_do(cloud: Cloudflare, place: Place) -> None:
    back(cloud, "shift", "shifted")
    free = threading.Event()

    def token() -> str:
        free.wait(10)
        return TOKEN

    guard = Guard(place, WORKER, BACK, "", token, lambda _text: None, 0.02, 0.1)
    guard.start()
    guard.wait_told(0.05)
    assert guard.untold is not None
    free.set()
    guard.finish(10)
    assert guard.untold is None
    assert cloud.ledger.last("returned")["rollout"] == "r1"


class Engine:
    def __init__(self, token: str | None) -> None:
        self.token = token

    def secret_output(self, name: str) -> str | None:
        assert name == "rolloutsToken"
        return self.token


def test_the_token_is_the_environment_s_or_the_engine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PITCHEY_ROLLOUTS_TOKEN", raising=False)
    assert ledger_token(lambda: Engine("told")) == "told"
    with pytest.raises(FailedError, match="PITCHEY_ROLLOUTS_TOKEN"):
        ledger_token(lambda: Engine(None))
    monkeypatch.setenv("PITCHEY_ROLLOUTS_TOKEN", "set")

    def never() -> Engine:
        raise AssertionError("the engine is not asked")

    assert ledger_token(never) == "set"
