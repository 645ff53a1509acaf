"""Rollouts on the running local cloud, under real requests: to everything, back, and on after the controller was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from itertools import count
from typing import Any

import pytest

from tests.integration.checkout import Checkout, live_split
from tests.integration.users import users

pytestmark = pytest.mark.engine
WORKER = "pitchey-api-staging"
HOST = f"{WORKER}.pitchey.workers.dev"
QUICK = """
name: quick
look: 1
steps:
  - {share: 20, duration: 6s, leastRequests: 20}
  - {share: 60, duration: 6s, leastRequests: 20}
  - {share: 100}
bake: 5s
analysis:
  errors: {tolerance: 15}
  latency: {quantiles: [50], tolerance: 500, floorMilliseconds: 50}
inconclusive: {extensions: 6, then: return}
noData: {returnAfter: 20s}
"""
SETTINGS = """  pitchey:rollouts:
    leaseSeconds: 10
    deadMansSwitch: true
"""
_change = count(1)


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    (checkout.folder / "strategies").mkdir()
    (checkout.folder / "strategies/quick.yaml").write_text(QUICK)
    settings = checkout.folder / "Pulumi.staging.yaml"
    settings.write_text(settings.read_text() + SETTINGS)
    checkout.up()
    return checkout


def new_version(cloud: Checkout) -> tuple[str, str]:
    """Stable and candidate: a version that differs in nothing that users see."""
    index = cloud.folder / "worker/src/index.ts"
    index.write_text(
        index.read_text() + f"\nObject.assign(globalThis, {{ change: {next(_change)} }});\n"
    )
    outputs = cloud.up()
    return outputs["stableVersionId"], outputs["uploadedVersionId"]


def started(cloud: Checkout) -> subprocess.Popen[str]:
    return subprocess.Popen(
        cloud.command("rollout", "start", "staging", "--strategy", "quick"),
        cwd=cloud.folder,
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def status(cloud: Checkout) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(cloud.done("rollout", "status", "staging", "--json"))
    return told


def kinds(cloud: Checkout) -> list[str]:
    """Of the last rollout, in the ledger."""
    rows = json.loads(cloud.done("rollout", "history", "staging", "--json"))
    last = [row["rollout"] for row in rows if row["kind"] == "started"][-1]
    return [row["kind"] for row in rows if row["rollout"] == last]


def until_share(cloud: Checkout, version: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if dict(live_split(cloud, WORKER)).get(version, 0) > 0:
            return
        time.sleep(0.2)
    raise AssertionError(f"{version} got no traffic within {seconds} s")


def test_a_healthy_version_gets_everything_and_nobody_notices(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    with users(cloud, HOST) as felt:
        process = started(cloud)
        told, _ = process.communicate(timeout=150)
    assert process.returncode == 0, told
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
    with users(cloud, HOST) as felt:
        process = started(cloud)
        until_share(cloud, candidate)
        cloud.done("local", "faults", "add", "version-errors", "--version", candidate)
        broken = time.monotonic()
        told, _ = process.communicate(timeout=60)
        seconds = time.monotonic() - broken
    cloud.done("local", "faults", "clear")
    assert process.returncode == 1, told
    assert live_split(cloud, WORKER) == [(stable, 100)]
    assert felt.bad != []
    assert seconds < 30
    assert kinds(cloud)[-2:] == ["returning", "returned"]


def test_when_its_controller_is_killed_another_goes_on(cloud: Checkout) -> None:
    _, candidate = new_version(cloud)
    with users(cloud, HOST) as felt:
        process = started(cloud)
        until_share(cloud, candidate)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
        # Its lease has to run out first, or be resumed before the switch goes off.
        resumed = cloud.pitchey("rollout", "resume", "staging", "--take", timeout=150)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert live_split(cloud, WORKER) == [(candidate, 100)]
    assert felt.bad == []
    told = kinds(cloud)
    assert (told.count("started"), told.count("finished")) == (1, 1)


def test_when_nobody_goes_on_the_switch_puts_stable_back(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    with users(cloud, HOST):
        process = started(cloud)
        until_share(cloud, candidate)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
        killed = time.monotonic()
        while live_split(cloud, WORKER) != [(stable, 100)]:
            assert time.monotonic() - killed < 20, "stable is not back"
            time.sleep(0.3)
    deadline = time.monotonic() + 10
    while status(cloud)["phase"] != "returned":
        assert time.monotonic() < deadline
    refused = cloud.pitchey("rollout", "resume", "staging")
    assert refused.returncode == 1
    assert "no rollout" in refused.stderr
