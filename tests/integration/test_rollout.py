"""Rollouts on the running local cloud, under real requests: to everything, back, and on after the controller was killed."""

from __future__ import annotations

import time

import pytest

from tests.integration.checkout import Checkout, live_split
from tests.integration.rollouts import (
    HOST,
    WORKER,
    kinds,
    new_version,
    ready,
    start,
    status,
    until_share,
    until_stable,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    return ready(checkout)


def test_a_healthy_version_gets_everything_and_nobody_notices(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    with users(cloud, HOST) as felt, start(cloud, "quick") as one:
        ended = one.end(150)
    assert ended == 0, one.told
    assert live_split(cloud, WORKER) == [(candidate, 100)]
    assert felt.bad == []
    assert felt.requests > 500
    # From stable to the candidate once, and never back.
    assert {tuple(seen) for seen in felt.versions.values()} <= {
        (stable,),
        (candidate,),
        (stable, candidate),
    }
    assert "finished" in kinds(cloud)


def test_a_broken_version_goes_back_by_itself(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    with users(cloud, HOST) as felt, start(cloud, "quick") as one:
        until_share(cloud, candidate)
        cloud.done("local", "faults", "add", "version-errors", "--version", candidate)
        broken = time.monotonic()
        ended = one.end(60)
        seconds = time.monotonic() - broken
    cloud.done("local", "faults", "clear")
    assert ended == 1, one.told
    assert live_split(cloud, WORKER) == [(stable, 100)]
    assert felt.bad != []
    assert seconds < 30
    assert kinds(cloud)[-2:] == ["returning", "returned"]


def test_when_its_controller_is_killed_another_goes_on(cloud: Checkout) -> None:
    _, candidate = new_version(cloud)
    with users(cloud, HOST) as felt, start(cloud, "quick") as one:
        until_share(cloud, candidate)
        one.process.kill()
        # Its lease has to run out first, or be resumed before the switch goes off.
        resumed = cloud.pitchey("rollout", "resume", "staging", "--take", timeout=150)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert live_split(cloud, WORKER) == [(candidate, 100)]
    assert felt.bad == []
    told = kinds(cloud)
    assert (told.count("started"), told.count("finished")) == (1, 1)


def test_when_nobody_goes_on_the_switch_puts_stable_back(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    with users(cloud, HOST), start(cloud, "quick") as one:
        until_share(cloud, candidate)
        one.process.kill()
        until_stable(cloud, stable, 20)
    deadline = time.monotonic() + 10
    while status(cloud)["phase"] != "returned":
        assert time.monotonic() < deadline
    refused = cloud.pitchey("rollout", "resume", "staging")
    assert refused.returncode == 1
    assert "no rollout" in refused.stderr
