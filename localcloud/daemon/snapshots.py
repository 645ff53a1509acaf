"""Snapshots: all that the cloud holds at one moment, in a file of its own."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from localcloud.api.store import Store, StoreError
from localcloud.daemon.home import Home
from localcloud.daemon.replacement import FOLDERS, STATE, prepare
from localcloud.errors import LocalCloudError

Json = dict[str, Any]
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX: Final = ".tar"


def path_of(home: Home, name: str) -> Path:
    """Raises `LocalCloudError` for what is no name."""
    if not _NAME.fullmatch(name):
        raise LocalCloudError(
            f"{name!r} is no name for a snapshot: letters, digits, dots, dashes and underscores, at most 64"
        )
    return home.snapshots / f"{name}{_SUFFIX}"


def existing(home: Home, name: str) -> Path:
    """Raises `LocalCloudError` when there is none of that name."""
    path = path_of(home, name)
    if not path.is_file():
        known = ", ".join(row["name"] for row in listed(home)) or "there are none"
        raise LocalCloudError(f"there is no snapshot {name!r}; known: {known}")
    return path


def listed(home: Home) -> Iterator[Json]:
    """The oldest first: `name`, `bytes`, `created_on`."""
    for path in sorted(home.snapshots.glob(f"*{_SUFFIX}"), key=lambda p: p.stat().st_mtime):
        found = path.stat()
        at = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
        yield {"name": path.name.removesuffix(_SUFFIX), "bytes": found.st_size, "created_on": at}


def write(home: Home, name: str) -> Path:
    """The state as it is now; whoever writes it holds still meanwhile. Raises `LocalCloudError`, `OSError`."""
    path = path_of(home, name)
    home.snapshots.mkdir(exist_ok=True, mode=0o700)
    copy = home.snapshots / f".{name}.db"
    fresh = home.snapshots / f".{name}.new"
    try:
        copy.unlink(missing_ok=True)
        _copy_state(home.state, copy)
        with tarfile.open(fresh, "w") as archive:
            archive.add(copy, STATE)
            for folder in FOLDERS:
                if (home.folder / folder).is_dir():
                    archive.add(home.folder / folder, folder)
        fresh.chmod(0o600)
        fresh.replace(path)
    finally:
        copy.unlink(missing_ok=True)
        fresh.unlink(missing_ok=True)
    return path


def _copy_state(source: Path, target: Path) -> None:
    # A connection of its own, in a thread: the daemon goes on answering what does not touch the state.
    database = sqlite3.connect(source, isolation_level=None)
    try:
        database.execute("VACUUM INTO ?", (str(target),))
    finally:
        database.close()


def lay_out(home: Home, path: Path) -> None:
    """A snapshot's parts, ready to take the place of the present ones. Raises `LocalCloudError`."""
    folder = prepare(home)
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.TarError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LocalCloudError(f"{path} is not a snapshot: {error}") from error
    try:
        _check_state(folder / STATE)
    except StoreError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LocalCloudError(f"{path} is not a snapshot: {error}") from error


def _check_state(path: Path) -> None:
    if not path.is_file():
        raise StoreError(f"it holds no {STATE}")
    Store(path).close()


def refuse_while_engine_runs(home: Home) -> None:
    """Raises `LocalCloudError` while a run of the engine is in the middle of something."""
    for lock in home.engine_state.glob(".pulumi/locks/**/*.json"):
        try:
            pid = int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if psutil.pid_exists(pid):
            raise LocalCloudError(
                f"the engine (process {pid}) is at work on a stack; wait until it has ended, then run it again"
            )
