"""Whoever leads a rollout is interrupted, stopped or relieved: there is one leader at a time, or none and stable is back."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.integration.checkout import Checkout, deployments, live_split
from tests.integration.rollouts import (
    HOST,
    WORKER,
    check_finished,
    check_returned,
    entries,
    kinds,
    led,
    ready,
    start,
    status,
    until_share,
    until_stable,
    versions,
)
from tests.integration.users import users

pytestmark = pytest.mark.engine
LEASE_SECONDS = 10
LOST = "the rollout's lease is lost: "
INTERRUPTED = "interrupted: "


@pytest.fixture(scope="module")
def cloud(checkout: Checkout) -> Checkout:
    return ready(checkout)


def test_whoever_takes_a_rollout_over_leads_it_alone(cloud: Checkout) -> None:
    _, candidate = versions(cloud)
    with users(cloud, HOST, rate=20) as felt, start(cloud) as first:
        first.until("shifted: 50 %")
        with led(cloud, "resume", "staging", "--take") as second:
            # Its lease is dead as soon as it is taken: it hears of it at its next word.
            assert first.end() == 2
            assert first.error().startswith(LOST)
            assert len(first.error().splitlines()) == 1
            assert second.end(90) == 0, second.told
    check_finished(cloud, candidate)
    assert felt.bad == []
    fences = [row["fence"] for row in entries(cloud) if row["fence"] is not None]
    assert fences == sorted(fences)
    assert len(set(fences)) == 2


def test_whoever_slept_for_longer_than_its_lease_does_nothing_any_more(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        os.killpg(one.process.pid, signal.SIGSTOP)
        until_stable(cloud, stable, LEASE_SECONDS + 30)
        before = deployments(cloud, WORKER)
        told = entries(cloud)
        os.killpg(one.process.pid, signal.SIGCONT)
        assert one.end() == 2
        assert one.error().startswith(LOST)
        assert len(one.error().splitlines()) == 1
    assert deployments(cloud, WORKER) == before
    rows = check_returned(cloud, stable)
    assert rows == told
    assert rows[-1]["kind"] == "switched"


def test_ctrl_c_says_how_to_go_on_and_the_switch_puts_stable_back(cloud: Checkout) -> None:
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        one.interrupt()
        one.until("nobody leads rollout ")
        one.interrupt()
        assert one.end() == 130
        assert f"stable is put back in {LEASE_SECONDS} s" in one.told
        assert "unless `pitchey rollout resume staging` goes on" in one.told
        assert one.told.count(INTERRUPTED) == 1
        # It is left to the switch, so that somebody may still go on.
        assert dict(live_split(cloud, WORKER)).get(candidate) == 50
        until_stable(cloud, stable, LEASE_SECONDS + 30)
    deadline = time.monotonic() + 20
    while status(cloud)["phase"] != "returned":
        assert time.monotonic() < deadline
    rows = check_returned(cloud, stable)
    assert rows[-1]["kind"] == "switched"


def test_whoever_resumes_after_ctrl_c_leads_at_once(cloud: Checkout) -> None:
    _, candidate = versions(cloud)
    with users(cloud, HOST, rate=20):
        _left_at_a_half(cloud)
        with led(cloud, "resume", "staging") as second:
            assert second.end() == 0, second.told
    check_finished(cloud, candidate)


def test_whoever_aborts_after_ctrl_c_puts_stable_back_itself(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20):
        _left_at_a_half(cloud)
        with led(cloud, "abort", "staging") as second:
            assert second.end() == 0, second.told
            assert live_split(cloud, WORKER) == [(stable, 100)]
    assert check_returned(cloud, stable)[-1]["kind"] == "returned"


def test_an_abort_is_done_when_whoever_leads_has_died(cloud: Checkout) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as first:
        first.until("shifted: 50 %")
        first.process.kill()
        # By whoever aborts, or by the switch, which learns at the same moment that nobody leads.
        cloud.done("rollout", "abort", "staging")
        assert live_split(cloud, WORKER) == [(stable, 100)]
    check_returned(cloud, stable)


def test_who_asks_for_what_cannot_be_is_told_why(cloud: Checkout) -> None:
    versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shifted: 50 %")
        refused = cloud.pitchey("rollout", "resume", "staging")
        assert refused.returncode == 1
        assert "refuses: it is not paused" in refused.stderr
        cloud.done("rollout", "abort", "staging")
        assert one.end() == 1


def _left_at_a_half(cloud: Checkout) -> None:
    with start(cloud) as first:
        first.until("shifted: 50 %")
        first.interrupt()
        assert first.end() == 130


def test_ctrl_c_without_a_switch_puts_stable_back_before_leaving(cloud: Checkout) -> None:
    cloud.edit("Pulumi.staging.yaml", ("deadMansSwitch: true", "deadMansSwitch: false"))
    cloud.up()
    stable, candidate = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        until_share(cloud, candidate)
        one.interrupt()
        one.until("stable is put back before leaving")
        one.interrupt()
        assert one.end() == 130
        assert one.told.count(INTERRUPTED) == 1
        assert live_split(cloud, WORKER) == [(stable, 100)]
    check_returned(cloud, stable)
    assert kinds(cloud)[-2:] == ["returning", "returned"]
    # The lease is free at once.
    assert "no rollout of" in cloud.pitchey("rollout", "resume", "staging").stderr


@pytest.mark.parametrize("into", [0, 1.5])
def test_ctrl_c_twice_while_a_split_is_applied_leaves_no_split_behind(
    cloud: Checkout, into: float
) -> None:
    stable, _ = versions(cloud)
    with users(cloud, HOST, rate=20), start(cloud) as one:
        one.until("shift: to 50 %")
        time.sleep(into)
        one.interrupt()
        time.sleep(0.3)
        one.interrupt()
        assert one.end() == 130
        deadline = time.monotonic() + LEASE_SECONDS + 30
        while not {"switched", "returned"} & set(kinds(cloud)):
            assert time.monotonic() < deadline, kinds(cloud)
            time.sleep(0.5)
        time.sleep(5)
    check_returned(cloud, stable)
