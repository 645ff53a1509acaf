"""An engine that is tied to whoever started it changes nothing after that one was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

STUBBORN = "trap '' INT"
ORDERLY = "trap 'echo cancelling; echo let go > lock; exit 1' INT"
# A plugin is what changes something; the engine starts it in a process group of its own.
PLUGIN = """
import os, sys, time
os.setpgid(0, 0)
with open("plugin", "w") as file:
    print(os.getpid(), file=file)
time.sleep(float(sys.argv[1]))
open("made", "w")
"""
ENGINE = """#!/bin/sh
{trap}
echo $$ > engine.pid
{python} plugin.py {seconds} &
wait $!
sleep 60 &
wait $!
"""
STARTER = """
import sys
from pathlib import Path
from delivery.engine import Engine
Engine(Path("engine").absolute(), Path.cwd(), {}).run(["up"], print, tied=sys.argv[1] == "tied")
"""


def begin(folder: Path, trap: str, tied: str, seconds: float) -> subprocess.Popen[bytes]:
    """Whoever starts an engine whose plugin changes something after so many seconds."""
    (folder / "plugin.py").write_text(PLUGIN)
    engine = folder / "engine"
    engine.write_text(ENGINE.format(trap=trap, python=sys.executable, seconds=seconds))
    engine.chmod(0o755)
    return subprocess.Popen([sys.executable, "-c", STARTER, tied], cwd=folder, env=environment())


def environment() -> dict[str, str]:
    """In which this checkout's code is what is found."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def begun(folder: Path) -> tuple[int, int]:
    """Engine and plugin, once both are at work."""
    files = (folder / "engine.pid", folder / "plugin")
    until(lambda: all(file.exists() and file.read_text().endswith("\n") for file in files))
    engine, plugin = (int(file.read_text()) for file in files)
    return engine, plugin


def is_at_work(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("trap", [STUBBORN, ORDERLY])
def test_a_tied_engine_ends_with_whoever_started_it(tmp_path: Path, trap: str) -> None:
    with begin(tmp_path, trap, "tied", 60) as starter:
        engine, plugin = begun(tmp_path)
        starter.kill()
    until(lambda: not is_at_work(plugin))
    until(lambda: not is_at_work(engine))
    assert not (tmp_path / "made").exists()
    assert (tmp_path / "lock").exists() is (trap == ORDERLY)


def test_any_other_engine_finishes(tmp_path: Path) -> None:
    with begin(tmp_path, STUBBORN, "free", 1) as starter:
        engine, _ = begun(tmp_path)
        starter.kill()
    until((tmp_path / "made").exists)
    psutil.Process(engine).kill()


def test_an_engine_that_ends_in_order_is_waited_for_and_nothing_is_left(tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    engine.write_text("#!/bin/sh\nsleep 0.3\n")
    engine.chmod(0o755)
    command = [sys.executable, "-c", STARTER, "tied"]
    subprocess.run(command, cwd=tmp_path, env=environment(), check=True)
    assert not [p for p in psutil.process_iter() if str(tmp_path) in _folder(p)]


def _folder(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""
