"""The engine, from the first place that has it.

pulumi on PATH, new enough → the cache → the official installer → a build from the Go module proxy
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.daemon.file_lock import hold
from localcloud.engine.building import build
from localcloud.engine.cache import engine_path, unusable
from localcloud.engine.errors import EngineError

__all__ = ["Engine", "EngineError", "obtain"]
VERSION: Final = "3.259.0"
OLDEST: Final = (3, 230, 0)
_INSTALLER_HOST: Final = ("get.pulumi.com", 443)
_REACH_SECONDS: Final = 3.0
_BUILD_SECONDS: Final = 1800.0
"""A build takes four minutes on two cores; whoever waits for one is patient."""
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
Report = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """`source`: path, cache, installer or build."""

    path: Path
    version: str
    source: str


def obtain(report: Report) -> Engine:
    """Raises `EngineError` when no place has one. The second time costs nothing."""
    found = _on_path(report)
    if found is not None:
        return found
    cached = engine_path(VERSION)
    if cached.is_file():
        return Engine(cached, VERSION, "cache")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(cached.parent, error) from error
    with hold(
        cached.parent / "obtain.lock",
        report,
        holder="another checkout that obtains the engine",
        wait_seconds=_BUILD_SECONDS,
    ):
        if cached.is_file():
            return Engine(cached, VERSION, "cache")
        if _reachable():
            report(f"installing Pulumi {VERSION} with its official installer")
            if _install(cached, report):
                return Engine(cached, VERSION, "installer")
        build(cached, VERSION, report)
    return Engine(cached, VERSION, "build")


def _on_path(report: Report) -> Engine | None:
    found = shutil.which("pulumi")
    if found is None:
        return None
    try:
        told = subprocess.run(
            [found, "version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        told = ""
    match = _VERSION.search(told)
    if match is None:
        report(f"{found} tells no version: it is passed over")
        return None
    version = ".".join(match.groups())
    if tuple(int(part) for part in match.groups()) < OLDEST:
        report(
            f"{found} is Pulumi {version}, older than {'.'.join(map(str, OLDEST))}: it is passed over"
        )
        return None
    report(f"Pulumi {version} is found on PATH: {found}")
    return Engine(Path(found), version, "path")


def _reachable() -> bool:
    """No network is known within seconds, so that nobody waits for an installer that cannot come."""
    try:
        with socket.create_connection(_INSTALLER_HOST, timeout=_REACH_SECONDS):
            return True
    except OSError:
        return False


def _install(target: Path, report: Report) -> bool:
    from pulumi.automation import PulumiCommand  # noqa: PLC0415 (half a second, once)
    from semver import VersionInfo  # noqa: PLC0415

    root = target.parent / "installing"
    # What an installer that was killed has left is not the engine.
    shutil.rmtree(root, ignore_errors=True)
    try:
        command = PulumiCommand.install(root=str(root), version=VersionInfo.parse(VERSION))
        # Its language hosts and the engine belong together: the whole folder moves.
        shutil.rmtree(target.parent / "bin", ignore_errors=True)
        (root / "bin").replace(target.parent / "bin")
        target.unlink(missing_ok=True)
        target.symlink_to(target.parent / "bin" / Path(command.command).name)
    except Exception as error:  # whatever goes wrong on the way, the build is there
        report(f"the installer failed: {_last_line(error)}")
        return False
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return True


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
