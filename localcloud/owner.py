"""Processes that end with the one that started them, and that are not root's where a program refuses root."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pwd
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

_SET_DEATH_SIGNAL: Final = 1
_KEEP_CAPABILITIES: Final = 8
_AMBIENT: Final = 47
_RAISE: Final = 2
_VERSION_3: Final = 0x20080522
_DAC_OVERRIDE: Final = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_NOBODY: Final = "nobody"


def servant() -> tuple[int, int] | None:
    """User and group that serve in root's stead, or None when this process is not root's."""
    if os.geteuid() != 0:
        return None
    found = pwd.getpwnam(_NOBODY)
    return found.pw_uid, found.pw_gid


def ending_with(signal_number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """To be called in the child before it runs its program: the kernel sends it the signal when this process ends, even by kill
    -9. None where there is no such kernel: what is left over is ended at the next start."""
    if _libc is None:
        return None
    owner, prctl = os.getpid(), _libc.prctl

    def prepare() -> None:
        prctl(_SET_DEATH_SIGNAL, signal_number, 0, 0, 0)
        if os.getppid() != owner:
            os._exit(1)

    return prepare


def bound(signal_number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """As `ending_with`, and the child runs as somebody else where this process is root; it can still reach what only root can,
    since a home is closed to everybody else."""
    other, end = servant(), ending_with(signal_number)
    if other is None:
        return end

    def prepare() -> None:
        # First, since the kernel forgets the signal of a process that becomes somebody else's.
        _become(*other)
        if end is not None:
            end()

    return prepare


async def end(
    process: asyncio.subprocess.Process, signals: Iterable[signal.Signals], grace: float
) -> None:
    """Sends one signal after the other, each when `grace` seconds did not end it."""
    for number in signals:
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await process.wait()
                return


def _become(user: int, group: int) -> None:
    if _libc is not None:
        _libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if _libc is None:
        return
    reach = 1 << _DAC_OVERRIDE
    header = struct.pack("Ii", _VERSION_3, 0)
    _libc.capset(header, struct.pack("6I", reach, reach, reach, 0, 0, 0))
    _libc.prctl(_AMBIENT, _RAISE, _DAC_OVERRIDE, 0, 0)
