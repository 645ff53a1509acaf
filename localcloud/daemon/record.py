"""`daemon.json`: which process serves this home, on which ports, with which code; and whether it still does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from localcloud.daemon.home import Home, write_private

MODULE: Final = "localcloud.daemon"
HOME_OPTION: Final = "--home"
CONTROL: Final = "/_local"
"""Prefix of the control's paths on the API's port."""
_CLOCK_SECONDS: Final = 5.0
"""A process's start is reckoned from the clock, which may be set between two readings."""
_SERVED_CODE: Final = ("api", "daemon", "edge")


@dataclass(frozen=True)
class DaemonRecord:
    """Written when the daemon is ready. `home` is where it was then: a checkout may be moved while it runs."""

    pid: int
    create_time: float
    home: str
    project: str
    port: int
    http_port: int
    https_port: int
    account: str
    version: str

    def write(self, home: Home) -> None:
        write_private(home.record, json.dumps(asdict(self), indent=2) + "\n")

    def process(self) -> psutil.Process | None:
        """The process, if it is the one that wrote this and not another that got its id."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < _CLOCK_SECONDS
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if same and alive and home_of(process) == self.home else None


def read_record(home: Home) -> DaemonRecord | None:
    """What the last daemon wrote; None without one, or when it is not to be understood."""
    try:
        return DaemonRecord(**json.loads(home.record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def home_of(process: psutil.Process) -> str | None:
    """The home that a process serves, if it is a local cloud's daemon."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return None
    if MODULE not in words or HOME_OPTION not in words[:-1]:
        return None
    return words[words.index(HOME_OPTION) + 1]


def code_version() -> str:
    """A hash over the code that a daemon runs: one started by older code is known by it."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for folder in _SERVED_CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(root)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
