"""Rehearsals on the running local cloud: what becomes of a faulty and of a healthy version, and that nothing is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.integration.checkout import Checkout, live_split

pytestmark = pytest.mark.engine
WORKER = "pitchey-api-staging"
QUICK = """
name: quick
look: 1
steps:
  - {share: 20, duration: 5s, leastRequests: 20}
  - {share: 60, duration: 5s, leastRequests: 20}
  - {share: 100}
bake: 5s
analysis:
  errors: {tolerance: 15}
  latency: {quantiles: [50], tolerance: 500, floorMilliseconds: 50}
inconclusive: {extensions: 10, then: return}
"""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    (checkout.folder / "strategies").mkdir()
    (checkout.folder / "strategies/quick.yaml").write_text(QUICK)
    checkout.up()
    return checkout


def words(*faults: str) -> list[str]:
    return [
        *("rehearse", "staging", "--strategy", "quick", "--json"),
        *(word for fault in faults for word in ("--fault", fault)),
    ]


def rehearsed(cloud: Checkout, *faults: str) -> tuple[int, Json]:
    done = cloud.pitchey(*words(*faults), timeout=170)
    assert done.stdout, done.stderr
    (told,) = json.loads(done.stdout)["rehearsals"]
    return done.returncode, told


def versions(cloud: Checkout) -> set[str]:
    path = f"/accounts/{cloud.account()}/workers/scripts/{WORKER}/versions"
    with cloud.api() as api:
        return {item["id"] for item in api.get(path).json()["result"]["items"]}


def check_as_before(cloud: Checkout, before: set[str]) -> None:
    outputs = cloud.outputs()
    assert live_split(cloud, WORKER) == [(outputs["stableVersionId"], 100)]
    assert versions(cloud) == before
    assert json.loads(cloud.done("local", "faults", "list", "--json")) == []
    assert set(json.loads(cloud.done("preview", "staging", "--json"))["changes"]) == {"same"}


def test_users_of_a_broken_version_are_told_of_and_all_is_as_before(cloud: Checkout) -> None:
    before = versions(cloud)
    status, told = rehearsed(cloud, "errors=30")
    assert (status, told["outcome"], told["asExpected"]) == (0, "returned", True)
    felt = told["felt"]
    assert 0 < felt["usersHit"] <= felt["bad"] < felt["requests"]
    assert felt["usersHit"] < felt["users"]
    assert felt["stableAfter"] >= felt["badSeconds"] > 0
    assert felt["firstBad"] > 0
    assert [row["kind"] for row in told["decisions"]][-2:] == ["returning", "returned"]
    check_as_before(cloud, before)


def test_nobody_notices_a_healthy_version_and_all_is_as_before(cloud: Checkout) -> None:
    before = versions(cloud)
    status, told = rehearsed(cloud, "none")
    assert (status, told["outcome"]) == (0, "finished")
    felt = told["felt"]
    assert (felt["bad"], felt["usersHit"], felt["badSeconds"]) == (0, 0, None)
    assert felt["ofCandidate"] > 100
    assert felt["usersBackAndForth"] == 0
    check_as_before(cloud, before)


def test_a_dead_version_reaches_nobody(cloud: Checkout) -> None:
    status, told = rehearsed(cloud, "dead")
    assert (status, told["outcome"]) == (0, "refused")
    assert (told["felt"]["bad"], told["felt"]["ofCandidate"]) == (0, 0)
    assert "probes" in told["why"]


def started(cloud: Checkout) -> subprocess.Popen[str]:
    """A rehearsal whose API fails, as soon as its candidate is under way."""
    process = subprocess.Popen(
        cloud.command(*words("api")),
        cwd=cloud.folder,
        env=cloud.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not json.loads(cloud.done("local", "faults", "list", "--json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
    return process


def test_ctrl_c_puts_everything_back(cloud: Checkout) -> None:
    before = versions(cloud)
    process = started(cloud)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=90)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "the stack is as it was" in said
    check_as_before(cloud, before)


def test_the_next_rehearsal_puts_back_what_a_killed_one_left(cloud: Checkout) -> None:
    before = versions(cloud)
    process = started(cloud)
    process.kill()
    process.communicate(timeout=10)
    status, told = rehearsed(cloud, "dead")
    assert (status, told["outcome"]) == (0, "refused")
    check_as_before(cloud, before)


def test_a_stack_that_is_not_up_is_refused_in_one_line(cloud: Checkout) -> None:
    refused = cloud.pitchey("rehearse", "production")
    assert refused.returncode == 1
    assert "error: stack production is not up on the cloud local" in refused.stderr
