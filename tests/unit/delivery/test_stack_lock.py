"""One run at a time on a stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.errors import RefusedError
from delivery.stack_lock import hold_stack

HOLDER = """
import sys, time
from pathlib import Path
from delivery.stack_lock import hold_stack
sys.argv = ["pitchey", "up", "staging"]
with hold_stack(Path({path!r}), "staging", wait_seconds=0, report=print):
    print("held", flush=True)
    time.sleep(60)
"""


def start_holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(path=str(path))], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    return process


def test_the_second_is_told_who_holds_the_stack_and_leaves(tmp_path: Path) -> None:
    path = tmp_path / "staging.lock"
    holder = start_holder(path)
    try:
        with (
            pytest.raises(
                RefusedError, match=rf"held by process {holder.pid} \(`pitchey up staging`"
            ),
            hold_stack(path, "staging", wait_seconds=0, report=print),
        ):
            pytest.fail("the stack was held twice")
    finally:
        holder.kill()
        holder.communicate()


def test_whoever_waits_says_so_and_gets_the_stack_when_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "staging.lock"
    holder = start_holder(path)
    said: list[str] = []

    def report(text: str) -> None:
        said.append(text)
        os.kill(holder.pid, signal.SIGKILL)

    with hold_stack(path, "staging", wait_seconds=20, report=report):
        assert len(said) == 1
        assert "waiting" in said[0]
    holder.communicate()


def test_a_stack_is_free_again_after_a_run(tmp_path: Path) -> None:
    path = tmp_path / "staging.lock"
    for _ in range(2):
        with hold_stack(path, "staging", wait_seconds=0, report=print):
            pass
