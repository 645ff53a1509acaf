"""The mark of a run: there from the engine's start to its orderly end, it tells the next run of one that was cut short."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_CLOCK_SECONDS: Final = 5.0
_FINISH_SECONDS: Final = 20.0
_TERMINATE_SECONDS: Final = 3.0


@dataclass(frozen=True)
class RunMark:
    """A file that names the engine's process: whoever started it may have been killed while it goes on."""

    path: Path

    def exists(self) -> bool:
        return self.path.exists()

    def set(self, engine_pid: int | None = None) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        who: dict[str, Any] = {}
        if engine_pid is not None:
            with contextlib.suppress(psutil.Error):
                started = psutil.Process(engine_pid).create_time()
                who = {"engine": engine_pid, "started": started}
        self.path.write_text(json.dumps(who), encoding="utf-8")

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def engine(self) -> psutil.Process | None:
        """The engine of that run, if it is still at work."""
        try:
            who: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            process = psutil.Process(int(who["engine"]))
            same = abs(process.create_time() - float(who["started"])) < _CLOCK_SECONDS
            alive = process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, KeyError, TypeError, psutil.Error):
            return None
        return process if same and alive else None

    def end_engine(self, report: Callable[[str], None] = lambda _: None) -> str | None:
        """Lets an engine that was left alone finish what is under way, and ends it if it does not; says what was ended."""
        process = self.engine()
        if process is None:
            return None
        report(f"the engine of the last run is still at work: asking process {process.pid} to stop")
        with contextlib.suppress(psutil.Error):
            family = process.children(recursive=True)
            process.send_signal(2)
            for seconds, end in (
                (_FINISH_SECONDS, process.terminate),
                (_TERMINATE_SECONDS, process.kill),
                (_TERMINATE_SECONDS, lambda: None),
            ):
                if _ended(process, seconds):
                    break
                end()
            for child in psutil.wait_procs(family, timeout=_TERMINATE_SECONDS)[1]:
                child.kill()
        return f"pulumi (process {process.pid})"


def run_folder(project: Path, cloud: str) -> Path:
    return project / ".pitchey" / "runs" / cloud


def end_engines(project: Path, cloud: str, report: Callable[[str], None]) -> list[str]:
    """Ends every engine that is at work on a stack of this cloud; names what was ended."""
    ended = [mark.end_engine(report) for mark in _marks(project, cloud)]
    return [name for name in ended if name is not None]


def clear_marks(project: Path, cloud: str) -> None:
    """Where the state is gone nothing is left to be mended."""
    for mark in _marks(project, cloud):
        mark.clear()


def _marks(project: Path, cloud: str) -> list[RunMark]:
    return [RunMark(path) for path in sorted(run_folder(project, cloud).glob("*.begun"))]


def _ended(process: psutil.Process, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        pass
    return True
