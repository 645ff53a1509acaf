"""Ends an engine as soon as whoever started it is gone: a split must not arrive when nobody leads any more.

What is killed cannot clean up, so a process of its own waits for that: at the end of its standard input, which the system closes
however the other end dies.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psutil

_IN_ORDER: Final = b"ended in order"
_ORDERLY_SECONDS: Final = 5.0
_END_SECONDS: Final = 2.0
_PAUSE: Final = 0.05


@contextmanager
def tethered(engine: subprocess.Popen[str]) -> Generator[None]:
    """Should this process die within the block, the engine, the leader of a session, changes nothing any more (`end_engine`)."""
    # Not as a module: where it stands is where it is found, whatever folder is the current one; and nothing beside it is imported.
    command = [sys.executable, "-P", __file__, str(engine.pid)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        # An engine that nobody can hear any more dies at its next word, and leaves the state locked.
        pass_fds=[] if engine.stdout is None else [engine.stdout.fileno()],
        # Neither a terminal's Ctrl-C nor the end of our group is meant for it.
        start_new_session=True,
    ) as waiting:
        try:
            yield
        finally:
            # Should it have been ended itself, the engine runs as well without.
            with contextlib.suppress(BrokenPipeError):
                if waiting.stdin is not None:
                    waiting.stdin.write(_IN_ORDER)


def end_engine(leader: int) -> None:
    """Kills an engine's plugins, which alone change anything, as soon as they are there; the engine itself is asked to stop, so that
    it lets go of the state's lock, and is killed where it does not."""
    if _session(leader) == leader:
        _send(leader, signal.SIGINT)
    orderly = time.monotonic() + _ORDERLY_SECONDS
    while (now := time.monotonic()) < orderly + _END_SECONDS:
        members = [pid for pid in psutil.pids() if _session(pid) == leader]
        if not members:
            return
        for pid in members:
            if pid != leader or now >= orderly:
                _send(pid, signal.SIGKILL)
        time.sleep(_PAUSE)


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _wait(leader: int) -> None:
    if sys.stdin.buffer.read() != _IN_ORDER:
        end_engine(leader)


if __name__ == "__main__":
    _wait(int(sys.argv[1]))
