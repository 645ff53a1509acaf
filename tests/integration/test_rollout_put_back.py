"""Stable is put back and that is the end of it: amid an outage of both versions, with a killed controller's engine at work, and for
whoever begins the next rollout."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.integration.bad_days import engine_of, fault, until
from tests.integration.checkout import Checkout, deployments, live_split
from tests.integration.rollouts import (
    HOST,
    WORKER,
    Led,
    check_finished,
    check_returned,
    deploy,
    kinds,
    new_version,
    ready,
    start,
    status,
    until_stable,
    versions,
)
from tests.integration.users import users

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]
LEASE_SECONDS: Final = 10
RETRY_SECONDS: Final = 15.0
"""After a refusal the plugin asks once more, when nobody leads any more."""
ROUTE: Final = "  const path = new URL(request.url).pathname;\n"
OUTAGE: Final = '  if ((await env.FLAGS.get("outage")) !== null) throw new Error("outage");\n'


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    checkout.edit("worker/src/routes/index.ts", (ROUTE, ROUTE + OUTAGE))
    return ready(checkout)


@contextmanager
def outage(cloud: Checkout) -> Generator[None]:
    """Every request fails, whichever version it is given to."""
    namespace = cloud.outputs()["namespaceIds"]["flags"]
    path = f"/accounts/{cloud.account()}/storage/kv/namespaces/{namespace}/values/outage"
    with cloud.api() as api:
        api.put(path, content=b'"on"').raise_for_status()
        try:
            yield
        finally:
            api.delete(path).raise_for_status()


def killed(one: Led) -> None:
    os.killpg(one.process.pid, signal.SIGKILL)
    one.process.wait(10)


def until_over(cloud: Checkout, stable: str) -> None:
    """Until the switch has put stable back, and says so."""
    until_stable(cloud, stable, LEASE_SECONDS + 30)
    deadline = time.monotonic() + 20
    while status(cloud)["phase"] != "returned":
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_return_ends_while_both_versions_fail(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with start(cloud) as one:
        one.until("shifted: 50 %")
        with outage(cloud):
            assert cloud.get(HOST, "/version").status_code == 500
            cloud.pitchey("rollout", "abort", "staging")
            assert one.end(60) == 1
    check_returned(cloud, stable)
    assert kinds(cloud)[-1] == "returned"


def test_a_rollback_by_hand_is_verified_while_both_versions_fail(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    deploy(cloud, {stable: 50, candidate: 50})
    with outage(cloud):
        done = cloud.pitchey("rollback", "staging")
    assert done.returncode == 0, done.stderr
    assert f"{stable} serves everything" in done.stdout
    assert live_split(cloud, WORKER) == [(stable, 100)]


def refused(cloud: Checkout) -> bool:
    """Whether a deployment was just refused for now."""
    lines = cloud.done("local", "logs", "-n", "10", "--json").splitlines()
    asked = [line for line in lines if "/deployments" in line and "POST" in line]
    return any("429" in line for line in asked)


def test_an_engine_does_not_deploy_after_its_controller_was_killed(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with start(cloud) as one:
        one.until("shift: to 50 %")
        with fault(cloud, "429", method="POST", path="*/deployments", seconds=RETRY_SECONDS):
            engine = engine_of(one.process)
            until(lambda: refused(cloud))
            before = len(deployments(cloud, WORKER))
            killed(one)
            retried = time.monotonic() + RETRY_SECONDS + 5
    engine.wait(RETRY_SECONDS)
    until_over(cloud, stable)
    time.sleep(max(retried - time.monotonic(), 0))
    check_returned(cloud, stable)
    made = deployments(cloud, WORKER)
    shares = [share for row in made[: len(made) - before] for share in row["versions"]]
    assert {share["version_id"] for share in shares if share["percentage"] > 0} <= {stable}
    # Nor does it leave a lock behind that would hold up whoever goes on elsewhere.
    assert not list((cloud.folder / ".pitchey").rglob("locks/organization/pitchey/staging/*.json"))
    assert cloud.up()["stableVersionId"] == stable


def test_whoever_begins_after_the_switch_has_put_stable_back_needs_no_up(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        killed(one)
    until_over(cloud, stable)
    assert len(cloud.outputs()["split"]) == 2
    with users(cloud, HOST, rate=20), start(cloud) as two:
        assert two.end() == 0, two.told
    assert f"{stable} was put back past Pulumi's state, which had " in two.told
    check_finished(cloud, candidate)
    assert [share["versionId"] for share in cloud.outputs()["split"]] == [candidate]


def test_but_what_somebody_else_deployed_is_not_built_upon(cloud: Checkout) -> None:
    stable, candidate = new_version(cloud)
    deploy(cloud, {candidate: 100})
    refused = cloud.pitchey("rollout", "start", "staging", "--strategy", "short")
    assert refused.returncode == 1
    assert "somebody deployed past it" in refused.stderr
    deploy(cloud, {stable: 100})


def test_whoever_is_rolled_back_by_hand_is_told_by_whom(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        cloud.done("rollback", "staging", "--reason", "by hand")
        assert one.end() == 2
    assert one.error().startswith("the rollout's lease is lost: ")
    assert "(rollback, " in one.error()
    assert len(one.error().splitlines()) == 1
    assert live_split(cloud, WORKER) == [(stable, 100)]
