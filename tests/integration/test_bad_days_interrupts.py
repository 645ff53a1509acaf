"""Two runs at once, and Ctrl-C at any time: one line, and the same command goes on from there."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.integration.bad_days import begin, end, engine_of, fault, inventory, refusal, until
from tests.integration.checkout import Checkout, live_split

WORKER = "pitchey-api-staging"
INTERRUPTED = "interrupted: what was done is kept, and the same command goes on from there"


def interrupt(group: int) -> None:
    """As a terminal does it: the whole group is told."""
    os.killpg(group, signal.SIGINT)


@pytest.mark.parametrize("seconds", [0.2, 0.8])
def test_ctrl_c_while_all_is_made_ready(checkout: Checkout, seconds: float) -> None:
    checkout.done("down")
    up = begin(checkout, "up", "staging")
    time.sleep(seconds)
    interrupt(up.pid)
    done = end(up)
    assert done.returncode == 130, done.stderr
    assert done.stderr.count(INTERRUPTED) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_in_the_middle_of_the_first_up(checkout: Checkout, times: int) -> None:
    checkout.done("local", "up")
    with fault(checkout, "slow", seconds=1.5, method="POST"):
        up = begin(checkout, "up", "staging")
        engine = engine_of(up)
        until(lambda: inventory(checkout)["workers"])
        for _ in range(times):
            interrupt(up.pid)
            time.sleep(0.3)
        done = end(up)
    assert done.returncode == 130, done.stderr
    assert done.stderr.count(INTERRUPTED) == 1
    assert "Traceback" not in done.stderr
    assert not engine.is_running()


def test_the_same_command_goes_on_from_there(checkout: Checkout) -> None:
    checkout.up()
    have = inventory(checkout)
    for kind, rows in have.items():
        assert len(set(rows)) == len(rows), kind
    assert len(have["versions"]) == len(have["deployments"]) == len(have["workers"]) == 2
    checkout.done("pulumi", "staging", "preview", "--expect-no-changes")


def test_the_second_of_two_says_who_holds_the_stack_and_waits_or_leaves(checkout: Checkout) -> None:
    with fault(checkout, "slow", seconds=1, method="GET"):
        first = begin(checkout, "up", "staging")
        engine_of(first)
        holder = f"stack staging is held by process {first.pid} (`pitchey up staging`, since "
        waits, leaves = begin(checkout, "up", "staging"), begin(checkout, "up", "staging")
        line = refusal(checkout.pitchey("up", "staging", "--wait", "0"))
        assert line.startswith(holder)
        assert len(line.splitlines()) == 1
        assert leaves.stderr is not None
        for said in leaves.stderr:
            if holder in said:
                break
        interrupt(leaves.pid)
        left = end(leaves)
        assert (left.returncode, left.stderr.strip()) == (130, INTERRUPTED)
        assert end(first).returncode == 0
    done = end(waits)
    assert done.returncode == 0, done.stderr
    assert holder in done.stderr
    assert "waiting for it (Ctrl-C leaves)" in done.stderr


def test_ctrl_c_on_the_engines_own_commands_lets_it_finish(checkout: Checkout) -> None:
    """`pitchey pulumi` waits for the engine, which a terminal's Ctrl-C reaches by itself."""
    before = inventory(checkout), live_split(checkout, WORKER)
    checkout.edit(
        "Pulumi.staging.yaml",
        ("    workersDev: true", "    workersDev: true\n    logSampling: 0.5"),
    )
    with fault(checkout, "slow", seconds=2, method="PUT"):
        up = begin(checkout, "pulumi", "staging", "up", "--yes", "--skip-preview")
        engine = engine_of(up)
        until(lambda: len(engine.children()) > 1)
        time.sleep(1)
        interrupt(up.pid)
        assert end(up).returncode not in (0, -2)
    recovered = checkout.pitchey("up", "staging")
    assert recovered.returncode == 0, recovered.stderr
    assert "the last run was cut short" in recovered.stderr
    assert (inventory(checkout), live_split(checkout, WORKER)) == before


def test_down_in_the_middle_of_an_up_leaves_no_process(checkout: Checkout) -> None:
    with fault(checkout, "slow", seconds=2, method="GET"):
        up = begin(checkout, "up", "staging")
        engine = engine_of(up)
        stopped = checkout.pitchey("down")
        assert stopped.returncode == 0, stopped.stderr
        assert not engine.is_running()
        done = end(up)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        until(lambda: checkout.processes() == [], seconds=3)
    assert checkout.up()["workerName"] == WORKER
