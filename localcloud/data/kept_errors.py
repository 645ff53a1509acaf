"""The errors that were reported last: a line of JSON each, in a file of bounded length that is the owner's alone."""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
KEPT: Final = 500


@dataclass(frozen=True)
class ReportedError:
    """`at` in ISO 8601, UTC; `event` as it came."""

    at: str
    stack: str
    event: Json


class KeptErrors:
    """The last `most` are kept for certain, and never twice as many."""

    def __init__(self, path: Path, most: int = KEPT) -> None:
        self._path = path
        self._most = most
        self._lines = _count(path)

    def add(self, reported: ReportedError) -> None:
        """Raises `OSError`."""
        line = json.dumps(asdict(reported)) + "\n"
        if self._lines >= 2 * self._most - 1:
            last = [json.dumps(asdict(one)) + "\n" for one in recent(self._path, self._most - 1)]
            self._write([*last, line])
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line)
        self._lines += 1

    def _write(self, lines: list[str]) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(lines)
        fresh.replace(self._path)
        self._lines = len(lines)


def recent(path: Path, count: int, stack: str | None = None) -> list[ReportedError]:
    """The last ones, oldest first; of one stack if it is named. A line that a kill cut short is no line."""
    last: deque[ReportedError] = deque(maxlen=count)
    with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
        for line in file:
            with contextlib.suppress(ValueError, TypeError):
                reported = ReportedError(**json.loads(line))
                if stack in {None, reported.stack}:
                    last.append(reported)
    return list(last)


def _count(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0
