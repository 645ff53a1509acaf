"""Others at the same Worker in the middle of a rollout, or before it: a held stack, an `up`, a split or a deployment by hand,
a second rollout. Each is told in one line, and nothing is overwritten in silence."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.integration.bad_days import refusal
from tests.integration.checkout import Checkout, deployments, live_split
from tests.integration.rollouts import (
    HOST,
    WORKER,
    Led,
    check_nothing_double,
    check_returned,
    deploy,
    entries,
    ready,
    share_of,
    start,
    status,
    until_share,
    until_stable,
    versions,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine
LOCK = {
    "pid": 4194304,
    "username": "somebody",
    "hostname": "elsewhere",
    "timestamp": "2026-01-01T00:00:00Z",
}
"""As the engine leaves it behind when it is killed."""


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    return ready(checkout)


@pytest.fixture(scope="module")
def going(cloud: Checkout) -> Generator[Led]:
    """A rollout under users that is paused at its first step, for whatever others do to it meanwhile."""
    versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        cloud.done("rollout", "pause", "staging", "--why", "the support desk asks")
        one.until("paused: ")
        yield one


@contextmanager
def held(cloud: Checkout) -> Generator[None]:
    """The stack, as another `pitchey` on this machine holds it."""
    [lock] = (cloud.folder / ".pitchey").rglob("staging.lock")
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Before


def test_a_split_that_no_rollout_made_is_refused(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    deploy(cloud, {stable: 90, candidate: 10})
    line = refusal(cloud.pitchey("rollout", "start", "staging", "--strategy", "short"))
    assert line.startswith(f"{WORKER} is split already ({stable} 90 %, {candidate} 10 %), and no")
    assert len(line.splitlines()) == 1
    assert live_split(cloud, WORKER) == [(stable, 90), (candidate, 10)]


def test_what_was_deployed_past_the_state_is_told(cloud: Checkout) -> None:
    stable, _ = live_split(cloud, WORKER)[0]
    candidate = cloud.outputs()["uploadedVersionId"]
    deploy(cloud, {candidate: 100})
    line = refusal(cloud.pitchey("rollout", "start", "staging", "--strategy", "short"))
    assert line.startswith(f"{candidate} serves everything, and Pulumi's state has {stable}")
    assert len(line.splitlines()) == 1
    assert live_split(cloud, WORKER) == [(candidate, 100)]


# In the middle


def test_a_second_rollout_is_refused(cloud: Checkout, going: Led) -> None:
    before = entries(cloud)
    line = refusal(cloud.pitchey("rollout", "start", "staging", "--strategy", "short"))
    assert line.startswith(f"rollout {before[0]['rollout']} of {WORKER} is paused at 50 %")
    assert len(line.splitlines()) == 1
    assert entries(cloud) == before
    assert going.process.poll() is None


def test_an_up_in_the_middle_leaves_the_split_alone(cloud: Checkout, going: Led) -> None:
    before = deployments(cloud, WORKER)
    settings = ("    workersDev: true", "    workersDev: true\n    logSampling: 0.5")
    cloud.edit("Pulumi.staging.yaml", settings)
    cloud.up()
    assert deployments(cloud, WORKER) == before
    assert status(cloud)["phase"] == "paused"
    assert going.process.poll() is None


def test_a_deployment_by_somebody_else_is_told_and_left_as_it_is(
    cloud: Checkout, going: Led
) -> None:
    stable, candidate = (status(cloud)[role] for role in ("stable", "candidate"))
    theirs = {stable: 70, candidate: 30}
    deploy(cloud, theirs)
    going.until("paused: somebody else made a deployment: ")
    resumed = cloud.pitchey("rollout", "resume", "staging")
    # It is noticed again before anything is done, at once or a look later.
    if resumed.returncode == 0:
        going.until("paused: somebody else made a deployment: ", times=2)
    else:
        assert "put it right first, or abort" in refusal(resumed)
    assert dict(live_split(cloud, WORKER)) == theirs
    assert status(cloud)["cause"] == "foreign"
    deploy(cloud, {stable: 50, candidate: 50})
    cloud.done("rollout", "resume", "staging")
    # The lock keeps the next step from being applied.
    with held(cloud):
        going.until("shift: to 100 %")
        going.until("the split was not applied: stack staging is held by ")
        assert share_of(cloud, candidate) == 50


def test_a_held_stack_holds_nothing_up_but_the_next_step(cloud: Checkout, going: Led) -> None:
    assert going.end(40) == 0
    rows = entries(cloud)
    check_nothing_double(rows)
    assert rows[-1]["kind"] == "finished"
    assert [row["body"]["cause"] for row in rows if row["kind"] == "paused"] == [
        *("asked", "foreign", "foreign")
    ]


def test_a_return_does_not_wait_for_a_held_stack(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        until_share(cloud, candidate)
        with held(cloud):
            cloud.done("rollout", "abort", "staging", "--why", "wrong version")
            until_stable(cloud, stable, 20)
            assert one.end(30) == 1
    assert "Pulumi's state agrees with the next run: stack staging is held by " in one.told
    rows = check_returned(cloud, stable)
    [returning] = [row for row in rows if row["kind"] == "returning"]
    assert "wrong version" in returning["body"]["why"]
    cloud.up()
    assert live_split(cloud, WORKER) == [(stable, 100)]


def test_a_lock_that_a_killed_engine_left_is_told_and_a_return_goes_around_it(
    cloud: Checkout,
) -> None:
    stable, candidate = versions(cloud)
    [locks] = (cloud.folder / ".pitchey").rglob("locks/organization/pitchey/staging")
    lock = locks / "6f1c9f0e-2b57-4c1e-9d0b-0c8f6d0a7a11.json"
    with users(cloud, HOST, rate=20), start(cloud) as one:
        until_share(cloud, candidate)
        lock.write_text(json.dumps(LOCK))
        one.until("the split was not applied: ")
        assert "locked" in one.lines[-1]
        assert share_of(cloud, candidate) == 50
        cloud.done("rollout", "abort", "staging")
        until_stable(cloud, stable, 20)
        assert one.end(30) == 1
    assert "Pulumi's state agrees with the next run: " in one.told
    check_returned(cloud, stable)
    lock.unlink()
    assert cloud.outputs()["uploadedVersionId"] == candidate


def test_without_a_way_back_nothing_begins(cloud: Checkout) -> None:
    """The last: from here on nothing but the newest hundred versions can be deployed."""
    cloud.up()
    before = deployments(cloud, WORKER)
    newest = upload(cloud, 101)
    for strategy in ("short", "all-at-once"):
        words = ("rollout", "start", "staging", "--strategy", strategy, "--version", newest)
        line = refusal(cloud.pitchey(*words))
        assert "is none of the last hundred versions" in line
        assert "there is no way back" in line
        assert len(line.splitlines()) == 1
    assert deployments(cloud, WORKER) == before


def upload(cloud: Checkout, count: int) -> str:
    """So many versions by somebody else's program; the newest one's id."""
    path = f"/accounts/{cloud.account()}/workers/scripts/{WORKER}/versions"
    counter = {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"}
    metadata = json.dumps({"main_module": "main.mjs", "bindings": [counter]})
    newest = ""
    with cloud.api() as api:
        for number in range(count):
            code = f"export class Counter {{}}; export default {{ number: {number} }}"
            files = {
                "metadata": (None, metadata, "application/json"),
                "main.mjs": ("main.mjs", code, "application/javascript+module"),
            }
            newest = api.post(path, files=files).raise_for_status().json()["result"]["id"]
    return newest
