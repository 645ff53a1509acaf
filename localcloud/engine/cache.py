"""The user's cache folder, shared by all clones; one folder a version."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from localcloud.engine.errors import EngineError


def cache_folder() -> Path:
    """`~/.cache/pitchey` (or XDG's), `~/Library/Caches/pitchey` on macOS."""
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/pitchey"
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".cache"
    return base / "pitchey"


def engine_path(version: str) -> Path:
    return cache_folder() / "engine" / version / "pulumi"


def unusable(folder: Path, error: OSError) -> EngineError:
    """Why nothing can be kept there."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return EngineError(
            f"{folder}: the disk is full; the engine needs 3 GB while it is built; free some space, then run it again"
        )
    return EngineError(
        f"{folder} cannot be written to: {error.strerror or error}; make it writable, or set XDG_CACHE_HOME to a folder that is"
    )
