"""One run at a time on a stack: whoever comes second is told who is at it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from delivery.errors import RefusedError

_POLL_SECONDS: Final = 0.2


@contextmanager
def hold_stack(
    path: Path, stack: str, *, wait_seconds: float, report: Callable[[str], None]
) -> Generator[None]:
    """Holds the stack's lock file. The kernel lets go of it however the process ends.

    Raises `RefusedError` when it is still held after `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+", encoding="utf-8") as file:
        deadline = time.monotonic() + wait_seconds
        told = False
        while not _try(file.fileno()):
            holder = _holder(path)
            if time.monotonic() >= deadline:
                raise RefusedError(
                    f"stack {stack} is held by {holder}", "wait until it has ended, or end it"
                )
            if not told:
                report(f"stack {stack} is held by {holder}: waiting for it (Ctrl-C leaves)")
                told = True
            time.sleep(_POLL_SECONDS)
        file.seek(0)
        file.truncate()
        command = " ".join(["pitchey", *sys.argv[1:]])
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        json.dump({"pid": os.getpid(), "command": command, "since": now}, file)
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def _try(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _holder(path: Path) -> str:
    try:
        who: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(who["since"]).strftime("%H:%M:%S")
    except (ValueError, KeyError, OSError):
        return "another run"
    return f"process {who['pid']} (`{who['command']}`, since {since})"
