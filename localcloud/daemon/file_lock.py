"""One process at a time. The kernel lets go of the lock however its holder ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

from localcloud.errors import LocalCloudError, cannot_write

_WAIT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05


@contextlib.contextmanager
def hold(path: Path, report: Callable[[str], None] = lambda _: None) -> Generator[None]:
    """Waits for up to a minute, and reports that it does. Raises `LocalCloudError`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        _acquire(descriptor, path, report)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, report: Callable[[str], None]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"{path} is still held by another run; end it, then run it again"
                ) from None
            if not told:
                report("another start or stop of the local cloud is at work: waiting for it")
                told = True
            time.sleep(_POLL_SECONDS)
        else:
            return
