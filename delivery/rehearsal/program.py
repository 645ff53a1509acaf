"""This same program's commands, run as a user runs them, each in a process of its own that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from delivery.errors import FailedError

_SECONDS: Final = 180.0


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "delivery", *arguments]


def _plain() -> dict[str, str]:
    return os.environ | {"NO_COLOR": "1"}


def call(project: Path, *arguments: str) -> str:
    """Standard output. A session of its own: a second Ctrl-C does not end what puts things back. Raises `FailedError`."""
    done = subprocess.run(
        _command(arguments),
        cwd=project,
        env=_plain(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        start_new_session=True,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        line = said[-1].removeprefix("error: ") if said else "it said nothing"
        raise FailedError(f"`pitchey {' '.join(arguments)}` failed: {line}")
    return done.stdout


class Controller:
    """A process that leads a rollout; `heard` gets each of its lines, in a thread of its own."""

    def __init__(
        self, project: Path, *arguments: str, heard: Callable[[str], None] = lambda _line: None
    ) -> None:
        self._heard = heard
        self._process = subprocess.Popen(
            _command(arguments),
            cwd=project,
            env=_plain(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                if line.strip():
                    self.lines.append(line.strip())
                    self._heard(line.strip())

    @property
    def status(self) -> int | None:
        """Its exit status; None while it is at work."""
        status = self._process.poll()
        if status is not None:
            self._reading.join(1)
        return status

    def kill(self) -> None:
        """As when the machine is switched off: what it had begun is left as it is. The engine that it started may go on."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
