"""Every API request in a line: who asked for what, what was answered, how long it took. Never a body, never a secret."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TextIO

_KEEP: Final = 2000
_ROTATE_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class RequestLine:
    """`known` is False for a route that the local cloud does not have."""

    at: str
    source: str
    method: str
    path: str
    status: int
    milliseconds: float
    codes: tuple[int, ...] = ()
    known: bool = True
    token: str | None = None
    version: str | None = None
    fault: str | None = None


class RequestLog:
    """The last lines in memory, all of them in a file that is rotated once, and whoever is listening."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines: deque[RequestLine] = deque(maxlen=_KEEP)
        self._listeners: set[asyncio.Queue[RequestLine]] = set()
        self._file: TextIO | None = self._open() if path else None

    def add(self, line: RequestLine) -> None:
        self._lines.append(line)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(line)
        # What was done is answered, also when a full disk leaves no room to note it.
        with contextlib.suppress(OSError):
            self._write(line)

    def _write(self, line: RequestLine) -> None:
        if self._file is None or self._path is None:
            return
        if self._file.tell() > _ROTATE_BYTES:
            self._file.close()
            self._path.replace(self._path.with_suffix(".1.jsonl"))
            self._file = self._open()
        self._file.write(json.dumps(asdict(line)) + "\n")
        self._file.flush()

    def recent(self, count: int = _KEEP) -> list[RequestLine]:
        return list(self._lines)[-count:]

    async def follow(self) -> AsyncIterator[RequestLine]:
        queue: asyncio.Queue[RequestLine] = asyncio.Queue(maxsize=_KEEP)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    def _open(self) -> TextIO:
        if self._path is None:
            raise ValueError("a log without a path keeps its lines in memory only")
        file = self._path.open("a", encoding="utf-8")
        self._path.chmod(0o600)
        return file
