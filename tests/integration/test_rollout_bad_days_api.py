"""Cloudflare's API on its bad days in the middle of a rollout: slow, refusing, losing its answers, gone, or agreeing late."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from tests.integration.bad_days import fault
from tests.integration.checkout import Checkout, deployments
from tests.integration.rollouts import (
    HOST,
    SHORT,
    WORKER,
    check_finished,
    check_returned,
    entries,
    kinds,
    ready,
    share_of,
    start,
    until_stable,
    versions,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine
BACK_SECONDS = 30.0
"""From the first bad answer on; seconds when nothing else runs on the machine."""
CONVERGE_SECONDS = 15.0


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    ready(checkout)
    long = SHORT.replace("name: short", "name: long").replace("bake: 3s", "bake: 120s")
    (checkout.folder / "strategies/long.yaml").write_text(long)
    return checkout


def breaks(cloud: Checkout, version: str) -> None:
    cloud.done("local", "faults", "add", "version-errors", "--version", version)


@pytest.mark.parametrize(
    ("effect", "fields"),
    [
        ("429", {"rate": 0.5, "seconds": 1}),
        ("500", {"rate": 0.5, "after": True}),
    ],
    ids=["refuses half", "loses half of its answers"],
)
def test_everything_is_done_once_and_a_broken_version_goes_back(
    cloud: Checkout, effect: str, fields: dict[str, Any]
) -> None:
    stable, candidate = versions(cloud)
    before = len(deployments(cloud, WORKER))
    with users(cloud, HOST) as felt, start(cloud, "long") as one:
        one.until("shift: to 50 %")
        with fault(cloud, effect, **fields):
            one.until("baking: ")
            assert felt.bad == []
            breaks(cloud, candidate)
            begun = time.monotonic()
            one.until("returned: ")
            assert time.monotonic() - begun < BACK_SECONDS
        assert one.end() == 1
    rows = check_returned(cloud, stable)
    assert [row["body"]["share"] for row in rows if row["kind"] == "shifted"] == ["50", "100"]
    # Probes at 0 %, two steps, the return, and what Pulumi makes of it: none of them twice.
    messages = [row["annotations"]["workers/message"] for row in deployments(cloud, WORKER)]
    ours = messages[: len(messages) - before]
    assert sum(": step 1, 50 %" in message for message in ours) == 1
    assert sum(": step 2, 100 %" in message for message in ours) == 1
    assert sum(": returned, " in message for message in ours) <= 2


def test_a_slow_api_makes_a_healthy_rollout_slower_and_nothing_else(cloud: Checkout) -> None:
    _, candidate = versions(cloud)
    with users(cloud, HOST, rate=20) as felt, start(cloud) as one:
        one.until("shift: to 50 %")
        with fault(cloud, "slow", seconds=2):
            assert one.end(150) == 0, one.told
    check_finished(cloud, candidate)
    assert felt.bad == []


def test_when_the_api_is_gone_it_is_tried_until_stable_is_back(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST), start(cloud) as one:
        one.until("converged: ")
        breaks(cloud, candidate)
        with fault(cloud, "cut"):
            one.until("returning: ")
            one.until("stable is not back yet: Cloudflare's API did not do it in time")
            assert one.process.poll() is None
        # The candidate is mended by the end of all faults: what was decided is done all the same.
        until_stable(cloud, stable, BACK_SECONDS)
        assert one.end() == 1
    check_returned(cloud, stable)
    assert kinds(cloud)[-2:] == ["returning", "returned"]


def test_a_step_begins_when_the_edge_agrees_on_it(cloud: Checkout) -> None:
    _, candidate = versions(cloud)
    with (
        fault(cloud, "deployments-converge", seconds=CONVERGE_SECONDS),
        users(cloud, HOST, rate=20) as felt,
        start(cloud) as one,
    ):
        one.until("shifted: 50 %")
        made = datetime.fromisoformat(deployments(cloud, WORKER)[0]["created_on"]).timestamp()
        assert share_of(cloud, candidate) == 50
        one.until("passed: ")
        cloud.done("local", "faults", "clear")
        assert one.end() == 0
    rows = {row["kind"]: row for row in reversed(entries(cloud))}
    assert rows["converged"]["at"] - made > CONVERGE_SECONDS - 1
    assert "not agreed on" not in rows["converged"]["body"]["said"]
    # The step's own four seconds come after it.
    assert rows["passed"]["at"] - rows["converged"]["at"] > 3
    check_finished(cloud, candidate)
    assert felt.bad == []
