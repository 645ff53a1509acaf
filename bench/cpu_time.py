"""What a process has computed so far, to the nanosecond, from outside."""

from __future__ import annotations

import sys
import time
from typing import Final

_SCHEDULED: Final = 2


def cpu_milliseconds(pid: int) -> float:
    """Of all its threads, as the scheduler has counted it (the clock that clock_getcpuclockid(3) names). Raises
    `RuntimeError` where the kernel is another, `ProcessLookupError` where there is no such process."""
    if sys.platform != "linux":
        raise RuntimeError("only Linux tells what another process has computed this exactly")
    try:
        return time.clock_gettime_ns((~pid << 3) | _SCHEDULED) / 1e6
    except OSError as error:
        raise ProcessLookupError(f"no process {pid}") from error


def settled(pid: int) -> float:
    """The same, once it has computed nothing for a millisecond."""
    known = cpu_milliseconds(pid)
    while True:
        time.sleep(0.001)
        now = cpu_milliseconds(pid)
        if now == known:
            return now
        known = now
