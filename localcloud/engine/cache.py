"""The user's cache folder, shared by all clones; one folder a version."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """`~/.cache/pitchey` (or XDG's), `~/Library/Caches/pitchey` on macOS."""
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/pitchey"
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".cache"
    return base / "pitchey"


def engine_path(version: str) -> Path:
    return cache_folder() / "engine" / version / "pulumi"
