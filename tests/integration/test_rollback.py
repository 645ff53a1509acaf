"""`pitchey rollback` on the local cloud: what served before serves again, whatever else is broken."""

from __future__ import annotations

import fcntl
import json
import time
from typing import Any, Final

import pytest

from tests.integration.checkout import Checkout, Done, live_split

WORKER: Final = "pitchey-api-staging"
_SECONDS: Final = 5.0
"""The aim is 2; a busy machine is given more."""


@pytest.fixture(scope="module")
def versions(checkout: Checkout) -> tuple[str, str]:
    """Stable and candidate, both uploaded."""
    stable = checkout.up()["stableVersionId"]
    checkout.edit("worker/src/page/index.ts", ("a feature flag from KV", "a feature flag of KV"))
    return stable, checkout.up()["uploadedVersionId"]


def deploy(checkout: Checkout, **shares: float) -> None:
    wanted = [
        {"version_id": id.replace("_", "-"), "percentage": share} for id, share in shares.items()
    ]
    body = {"strategy": "percentage", "versions": wanted}
    path = f"/accounts/{checkout.account()}/workers/scripts/{WORKER}/deployments"
    with checkout.api() as api:
        api.post(path, json=body).raise_for_status()


def split(checkout: Checkout, versions: tuple[str, str]) -> None:
    deploy(checkout, **{versions[0]: 80, versions[1]: 20})


def back(checkout: Checkout, *words: str, env: dict[str, str] | None = None) -> tuple[Done, Any]:
    done = checkout.pitchey("rollback", "staging", "--json", *words, env=env)
    return done, json.loads(done.stdout) if done.returncode == 0 else None


def check_back(checkout: Checkout, done: Done, told: Any, stable: str) -> None:
    assert done.returncode == 0, done.stderr
    [worker] = told["components"]
    assert (worker["after"], worker["verified"]) == (stable, True)
    assert live_split(checkout, WORKER) == [(stable, 100)]


def test_of_a_split_stable_gets_everything(checkout: Checkout, versions: tuple[str, str]) -> None:
    split(checkout, versions)
    done, told = back(checkout, "--reason", "checkout fails")
    check_back(checkout, done, told, versions[0])
    assert told["components"][0]["seconds"] < _SECONDS
    assert "written to the ledger" in done.stderr
    assert "Pulumi's state agrees" in done.stderr
    [record] = (checkout.folder / ".pitchey/incidents").glob("*.md")
    assert "checkout fails" in record.read_text()


def test_a_candidate_with_everything_is_left_and_not_gone_back_to(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    stable, candidate = versions
    deploy(checkout, **{candidate: 100})
    done, told = back(checkout)
    check_back(checkout, done, told, stable)
    again, _ = back(checkout)
    assert again.returncode == 1
    assert "no earlier version that served everything" in again.stderr
    already, told = back(checkout, "--to", stable[:8])
    assert already.returncode == 0
    assert told["components"][0]["changed"] is False


@pytest.mark.parametrize("after", [(), ("--after",)])
def test_an_api_that_fails_half_its_calls_holds_nothing_up(
    checkout: Checkout, versions: tuple[str, str], after: tuple[str, ...]
) -> None:
    split(checkout, versions)
    checkout.done("local", "faults", "add", "500", "--rate", "0.5", "--path", "*/scripts/*", *after)
    try:
        done, told = back(checkout)
    finally:
        checkout.done("local", "faults", "clear")
    check_back(checkout, done, told, versions[0])


def test_a_stack_that_another_run_holds_is_no_obstacle(
    checkout: Checkout, versions: tuple[str, str]
) -> None:
    split(checkout, versions)
    [lock] = (checkout.folder / ".pitchey").rglob("staging.lock")
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        begun = time.monotonic()
        done, told = back(checkout)
        assert time.monotonic() - begun < 4 * _SECONDS
    check_back(checkout, done, told, versions[0])
    assert "Pulumi's state: not done (stack staging is held" in done.stderr
