"""Processes that end with the one that started them, and that are not root's where a program refuses root."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import struct
import sys
from collections.abc import Callable
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


def ending_with() -> Callable[[], None]:
    """To be called in the child before it runs its program: the kernel ends it when this process ends, even by kill -9."""
    owner = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != owner:
                os._exit(1)

    return prepare


def bound(signal_number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """To be called in the child before it runs its program. The kernel sends it the signal when this process ends, even by kill
    -9, and it runs as somebody else where this one is root; it can still reach what only root can, since a home is closed to
    everybody else. Where there is no such kernel, what is left over is ended at the next start."""
    owner, other = os.getpid(), servant()

    def prepare() -> None:
        if other is not None:
            _become(*other)
        if _libc is not None:
            _libc.prctl(_SET_DEATH_SIGNAL, signal_number, 0, 0, 0)
            if os.getppid() != owner:
                os._exit(1)

    return prepare


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
