"""The runtime that serves Worker code: one binary, installed with the Node packages."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Final

from localcloud.errors import LocalCloudError

_SYSTEMS: Final = {"linux": "linux", "darwin": "darwin"}
_MACHINES: Final = {"x86_64": "64", "amd64": "64", "aarch64": "arm64", "arm64": "arm64"}


def find_workerd(project: Path) -> Path:
    """Raises `LocalCloudError` where it is not installed, or not made for this machine."""
    system, machine = _SYSTEMS.get(sys.platform), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise LocalCloudError(
            f"there is no workerd for {sys.platform} on {platform.machine()}: "
            "the local cloud runs on Linux and macOS, x64 and arm64"
        )
    path = project / f"node_modules/@cloudflare/workerd-{system}-{machine}/bin/workerd"
    if not path.is_file():
        raise LocalCloudError(f"{path} is missing; install it with `make install`")
    return path
