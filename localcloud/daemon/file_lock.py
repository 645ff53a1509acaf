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
def hold(
    path: Path,
    report: Callable[[str], None] = lambda _: None,
    *,
    holder: str = "another run",
    wait_seconds: float = _WAIT_SECONDS,
) -> Generator[None]:
    """Waits for whoever holds it, and reports that it does. Raises `LocalCloudError` after `wait_seconds`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        _acquire(
            descriptor, path, lambda: report(f"{holder} is at work: waiting for it"), wait_seconds
        )
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, tell: Callable[[], None], wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
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
                tell()
                told = True
            time.sleep(_POLL_SECONDS)
        else:
            return
