"""A rollback by hand in the middle of a rollout that somebody leads: that controller is stopped, or gives up by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.checkout import Checkout, Done, deployments, live_split
from tests.integration.rollouts import (
    HOST,
    WORKER,
    entries,
    ready,
    share_of,
    start,
    status,
    versions,
)
from tests.integration.users import users

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]
_GIVES_UP_SECONDS = 150.0
"""For a minute after a shift a read of the API may still tell what was before, and nothing is concluded from it."""


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    return ready(checkout)


def back(cloud: Checkout, **env: str) -> tuple[Done, Any]:
    done = cloud.pitchey("rollback", "staging", "--json", "--reason", "by hand", env=env)
    assert done.returncode == 0, done.stderr
    [worker] = json.loads(done.stdout)["components"]
    assert worker["verified"]
    return done, worker


def test_the_controller_is_stopped_and_the_rollout_ended(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as leading:
        leading.until("shifted: 50 %")
        done, worker = back(cloud)
        assert leading.end() != 0
    assert (worker["after"], worker["left"]) == (stable, [])
    assert live_split(cloud, WORKER) == [(stable, 100)]
    assert "is stopped and ended in the ledger" in done.stderr
    last = entries(cloud)[-1]
    assert (last["kind"], last["body"]["why"]) == ("returned", "by hand")
    assert status(cloud)["phase"] == "returned"
    assert cloud.pitchey("rollout", "resume", "staging").returncode == 1


def test_a_split_that_is_just_being_applied_does_not_stay(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as leading:
        leading.until("shift: to 50 %")
        _, worker = back(cloud)
        leading.end()
    assert worker["after"] == stable
    assert live_split(cloud, WORKER) == [(stable, 100)], deployments(cloud, WORKER)[:4]
    assert share_of(cloud, candidate) == 0


def test_with_the_ledger_out_of_reach_the_controller_gives_up_by_itself(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud, "quick") as leading:
        leading.until("shifted: 20 %")
        _, worker = back(cloud, PITCHEY_ROLLOUTS_TOKEN="not-the-token")
        [left] = worker["left"]
        assert left.startswith("the ledger was not told (")
        told = json.dumps(deployments(cloud, WORKER)[0])
        assert leading.end(_GIVES_UP_SECONDS) == 1
    assert live_split(cloud, WORKER) == [(stable, 100)]
    assert share_of(cloud, candidate) == 0
    rows = entries(cloud)
    assert rows[-1]["kind"] == "returned"
    assert [row["body"]["share"] for row in rows if row["kind"] == "shifted"] == ["20"]
    # Whatever is live was deployed by the rollback, or by a return of the same stable version.
    assert stable in told
