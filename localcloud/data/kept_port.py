"""Where a service of the local cloud is reached over HTTPS: a port kept in the home, the same from start to start."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TRIES: Final = 50


@dataclass(frozen=True)
class PortRange:
    """`first` and `last`: ports below those that systems give to outgoing connections, and above most servers'."""

    service: str
    first: int
    last: int

    def free(self) -> int:
        """One that nobody listens on now. Raises `OSError`."""
        for _ in range(_TRIES):
            port = random.randrange(self.first, self.last)  # noqa: S311
            with socket.socket() as one:
                try:
                    one.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
        raise OSError(f"no free port for {self.service}")


@dataclass(frozen=True)
class KeptPort(PortRange):
    """One of them, which is the service's from then on."""

    def number(self, home: Path) -> int:
        """Chosen at the first time. Raises `OSError`."""
        path = self._path(home)
        for _ in range(2):
            try:
                return int(json.loads(path.read_text(encoding="utf-8"))["port"])
            except FileNotFoundError:
                self._write(path, self.free(), replace=False)
            except (ValueError, KeyError, TypeError) as error:
                raise OSError(f"{path} holds no port any more; remove it") from error
        raise OSError(f"{path} cannot be kept")

    def another(self, home: Path) -> int:
        """For when somebody else has taken it. Raises `OSError`."""
        port = self.free()
        self._write(self._path(home), port, replace=True)
        return port

    def _path(self, home: Path) -> Path:
        return home / f"{self.service}.json"

    @staticmethod
    def _write(path: Path, port: int, *, replace: bool) -> None:
        partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        partial.write_text(json.dumps({"port": port}) + "\n", encoding="utf-8")
        try:
            if replace:
                partial.replace(path)
            else:
                os.link(partial, path)
        except FileExistsError:
            # Another was quicker.
            pass
        finally:
            partial.unlink(missing_ok=True)


REDIS: Final = KeptPort("redis", 31_500, 32_100)
SENTRY: Final = KeptPort("sentry", 30_900, 31_500)
