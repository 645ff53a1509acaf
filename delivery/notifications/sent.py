"""What was told already, so that a controller that starts again does not tell it twice. Best effort: receivers have the id."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}")


class Sent:
    """The ids that each channel has delivered, in `<folder>/<rollout>.json`; with no folder only this run's."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, set[str]]] = {}

    def holds(self, rollout: str, channel: str, id: str) -> bool:
        with self._lock:
            return id in self._of(rollout).get(channel, set())

    def add(self, rollout: str, channel: str, id: str) -> None:
        with self._lock:
            known = self._of(rollout)
            known.setdefault(channel, set()).add(id)
            if self._folder is not None:
                with contextlib.suppress(OSError):
                    _write(self._path(self._folder, rollout), known)

    def _of(self, rollout: str) -> dict[str, set[str]]:
        if rollout not in self._known:
            folder = self._folder
            self._known[rollout] = {} if folder is None else _read(self._path(folder, rollout))
        return self._known[rollout]

    @staticmethod
    def _path(folder: Path, rollout: str) -> Path:
        fits = _SAFE.fullmatch(rollout)
        name = rollout if fits else sha256(rollout.encode(errors="replace")).hexdigest()
        return folder / f"{name}.json"


def _read(path: Path) -> dict[str, set[str]]:
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8"))
        return {str(channel): {str(id) for id in ids} for channel, ids in read.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write(path: Path, known: dict[str, set[str]]) -> None:
    """Adds to what another controller may have written meanwhile; the file is whole at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = _read(path)
    channels = sorted(known.keys() | there.keys())
    merged = {c: sorted(known.get(c, set()) | there.get(c, set())) for c in channels}
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".sent-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(merged, file)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
