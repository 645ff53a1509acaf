"""Starting and stopping the daemon from outside: idempotent, one at a time, and whatever an earlier run left behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from localcloud.daemon.file_lock import hold
from localcloud.daemon.home import Home, check_port
from localcloud.daemon.ports import answers, port_taken
from localcloud.daemon.record import (
    HOME_OPTION,
    MODULE,
    DaemonRecord,
    code_version,
    home_of,
    read_record,
)
from localcloud.errors import LocalCloudError, LocalCloudFailedError, cannot_write

Report = Callable[[str], None]
LOCK: Final = "start.lock"
HOLDER: Final = "another start or stop of the local cloud"
_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0
"""The daemon lets requests finish for three."""
_ANSWER_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.02
_OF_THE_REAL_CLOUD: Final = ("CLOUDFLARE_", "CF_", "PULUMI_")
_LOG_BYTES: Final = 4 << 20
_children: dict[int, subprocess.Popen[bytes]] = {}
"""Daemons that this very process has started, to be reaped by it."""


def find(home: Home) -> DaemonRecord | None:
    """The daemon that serves this home now."""
    record = read_record(home)
    if record is None or record.home != str(home.folder) or record.process() is None:
        return None
    return record


def start(home: Home, project: Path, report: Report, port: int | None = None) -> DaemonRecord:
    """The daemon that serves this home with the code as it is, started if it is not running.

    `port` is remembered for later starts. Raises `LocalCloudError`.
    """
    home.prepare()
    wanted = home.port() if port is None else check_port(port)
    with hold(home.folder / LOCK, report, holder=HOLDER):
        running = find(home)
        if running is not None:
            why = _why_anew(running, wanted)
            if why is None:
                return running
            report(f"the local cloud {why}: starting it anew")
        _end_all(home)
        record = _launch(home, project, wanted)
        if port is not None:
            home.remember_port(port)
        return record


def _why_anew(running: DaemonRecord, port: int) -> str | None:
    if running.port != port:
        return "runs on other ports"
    if running.version != code_version():
        return "runs with older code"
    if not answers(running.port, _ANSWER_SECONDS):
        return "does not answer"
    return None


def stop(home: Home, report: Report = lambda _: None) -> list[str]:
    """Ends the daemon and its children, gracefully at first; what was ended, by name and process id."""
    if not home.folder.exists():
        return []
    with hold(home.folder / LOCK, report, holder=HOLDER):
        return _end_all(home)


# Ending


def _end_all(home: Home) -> list[str]:
    """Every daemon of this home, also one that no record tells of, and what a killed one left behind."""
    ended = [name for process in _daemons(home) for name in _end(process)]
    ended += _sweep(home)
    with contextlib.suppress(OSError):
        home.record.unlink(missing_ok=True)
    return ended


def _daemons(home: Home) -> list[psutil.Process]:
    record = read_record(home)
    recorded = record.process() if record is not None else None
    # Recorded in another place that still exists: this folder is a copy of it, and the daemon is not ours.
    if record is not None and recorded is not None and record.home != str(home.folder):
        return [] if Path(record.home).exists() else [recorded]
    if recorded is not None:
        return [recorded]
    return [p for p in psutil.process_iter() if home_of(p) == str(home.folder)]


def _sweep(home: Home) -> list[str]:
    """Ends what a killed daemon left of its edge, where the kernel does not do so by itself."""
    ledger = home.edge / "processes.json"
    try:
        left: Any = json.loads(ledger.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not left.get("processes"):
        return []
    from localcloud.edge.stale import Ledger  # noqa: PLC0415 (slow to import, and rarely needed)

    return [f"workerd (process {pid})" for pid in Ledger(ledger).sweep(home.edge)]


def _end(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        names = _names(family)
        process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for one in family:
            if not _wait(one, deadline):
                _kill(one)
        return names
    return []


def _names(family: Sequence[psutil.Process]) -> list[str]:
    """Without those that one of the same program has made for itself: Postgres has one for each connection. Some end meanwhile."""
    names: list[str] = []
    for one in family:
        with contextlib.suppress(psutil.Error):
            parent = one.parent()
            if parent is None or _program(parent) != _program(one):
                names.append(_name(one))
    return names


def _kill(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        name = _name(process)
        process.kill()
        _wait(process, time.monotonic() + _STOP_SECONDS)
        return [name]
    return []


def _wait(process: psutil.Process, deadline: float) -> bool:
    """Whether it has ended. What nobody has reaped yet has ended too: some containers' first process is slow at that."""
    while True:
        if process.pid in _children and _children[process.pid].poll() is not None:
            del _children[process.pid]
            return True
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)


def _name(process: psutil.Process) -> str:
    return f"{_program(process)} (process {process.pid})"


def _program(process: psutil.Process) -> str:
    return "the local cloud" if home_of(process) is not None else process.name()


# Starting


def _launch(home: Home, project: Path, port: int) -> DaemonRecord:
    source = Path(__file__).resolve().parents[2]
    heard, told = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, heard)
        try:
            log = stack.enter_context(_log_file(home))
        except OSError as error:
            os.close(told)
            raise cannot_write(home.log, error) from error
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", MODULE, HOME_OPTION, str(home.folder)),
                *("--port", str(port), "--project", str(project), "--ready", str(told)),
            ],
            cwd=source,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[told],
            start_new_session=True,
        )
        os.close(told)
        answer = _hear(heard, time.monotonic() + _READY_SECONDS)
    record = read_record(home)
    if answer is not None and answer.get("ready") == process.pid and record is not None:
        _children[process.pid] = process
        return record
    process.kill()
    process.wait()
    if answer is None:
        raise LocalCloudFailedError(
            f"the local cloud did not start: {_last_line(home.log)}; all that it said is in {home.log}"
        )
    if "port_in_use" in answer:
        raise LocalCloudError(port_taken(answer["port_in_use"], home, port))
    raise LocalCloudError(str(answer["error"]))


def _environment() -> dict[str, str]:
    """Nothing of the real cloud: a token in the user's environment is none of the daemon's business."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_OF_THE_REAL_CLOUD)}


def _hear(descriptor: int, deadline: float) -> dict[str, Any] | None:
    """The daemon's line about its start; None when it ended or hung without one."""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(descriptor, 65_536) if ready else b""
        if not part:
            return None
        said += part
    answer: dict[str, Any] = json.loads(said)
    return answer


def _log_file(home: Home) -> Any:  # noqa: ANN401 (a file object)
    if home.log.exists() and home.log.stat().st_size > _LOG_BYTES:
        home.log.replace(home.log.with_suffix(".1.log"))
    descriptor = os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab")


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it said nothing"
