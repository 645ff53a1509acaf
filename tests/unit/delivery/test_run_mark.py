"""The mark of a run tells of an engine that was left alone, and of no other process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from delivery.run_mark import RunMark

STOPS = "import time; time.sleep(60)"
IGNORES = "import signal, time; signal.signal(2, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def mark(tmp_path: Path) -> RunMark:
    return RunMark(tmp_path / "runs/staging.begun")


@pytest.fixture
def engine() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", STOPS], stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def test_an_engine_at_work_is_asked_to_stop(mark: RunMark, engine: subprocess.Popen[bytes]) -> None:
    mark.set(engine.pid)
    reports: list[str] = []
    assert mark.end_engine(reports.append) == f"pulumi (process {engine.pid})"
    assert engine.poll() is not None
    assert reports == [
        f"the engine of the last run is still at work: asking process {engine.pid} to stop"
    ]
    assert mark.exists()
    assert mark.end_engine(reports.append) is None


def test_an_engine_that_does_not_stop_is_ended(
    mark: RunMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.run_mark._FINISH_SECONDS", 0.2)
    with subprocess.Popen([sys.executable, "-c", IGNORES], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        mark.set(stubborn.pid)
        mark.end_engine()
        assert stubborn.poll() is not None


def test_another_process_of_the_same_number_is_left_alone(mark: RunMark) -> None:
    mark.set(os.getpid())
    assert mark.engine() == psutil.Process()
    who = json.loads(mark.path.read_text())
    mark.path.write_text(json.dumps({**who, "started": who["started"] - 60}))
    assert mark.engine() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"engine": "x", "started": 1}'])
def test_a_mark_without_an_engine_is_a_mark(mark: RunMark, text: str) -> None:
    mark.set()
    mark.path.write_text(text)
    assert mark.exists()
    assert mark.end_engine() is None
    mark.clear()
    assert not mark.exists()
    mark.clear()
