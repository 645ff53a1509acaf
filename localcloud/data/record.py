"""Where the local cloud's Postgres is reached, and its superuser's password: kept in the home, the same from start to start."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from localcloud.data.kept_port import PortRange

_FILE: Final = "postgres.json"
_RANGE: Final = PortRange("Postgres", 32_100, 32_700)
_TRIES: Final = 50
_MOST_EARLIER: Final = 8


class DatabaseRecord:
    """Made with its first port when it is not there yet. Raises `OSError`."""

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE
        kept = self._read()
        if kept is None:
            kept = self._write_first({"port": _RANGE.free(), "password": secrets.token_hex(16)})
        self.port = int(kept["port"])
        self.password = str(kept["password"])
        self.earlier: list[int] = list(kept.get("earlier") or [])

    def ports(self) -> Iterator[int]:
        """The one that was in use last, and others for when it is taken."""
        yield self.port
        for _ in range(_TRIES):
            yield _RANGE.free()

    def remember(self, port: int) -> None:
        if port == self.port:
            return
        self.earlier = [*self.earlier, self.port][-_MOST_EARLIER:]
        self.port = port
        partial = self._partial({"port": port, "password": self.password, "earlier": self.earlier})
        partial.replace(self._path)

    def _read(self) -> dict[str, Any] | None:
        try:
            return json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise OSError(f"{self._path} is not JSON any more; remove it") from error

    def _write_first(self, kept: dict[str, Any]) -> dict[str, Any]:
        """What is there in the end: another may have been quicker."""
        partial = self._partial(kept)
        try:
            os.link(partial, self._path)
        except FileExistsError:
            return self._read() or kept
        finally:
            partial.unlink()
        return kept

    def _partial(self, kept: dict[str, Any]) -> Path:
        partial = self._path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
        return partial
