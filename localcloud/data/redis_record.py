"""Where the local cloud's Redis is reached over HTTPS: kept in the home, the same from start to start."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
from pathlib import Path
from typing import Final

_FILE: Final = "redis.json"
_FIRST, _LAST = 31_500, 32_100
"""Ports below those that systems give to outgoing connections, and above most servers'."""
_TRIES: Final = 50


def redis_port(home: Path) -> int:
    """Chosen at the first time. Raises `OSError`."""
    path = home / _FILE
    for _ in range(2):
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))["port"])
        except FileNotFoundError:
            _write(path, _free_port(), replace=False)
        except (ValueError, KeyError, TypeError) as error:
            raise OSError(f"{path} holds no port any more; remove it") from error
    raise OSError(f"{path} cannot be kept")


def another_port(home: Path) -> int:
    """For when somebody else has taken it. Raises `OSError`."""
    port = _free_port()
    _write(home / _FILE, port, replace=True)
    return port


def _write(path: Path, port: int, *, replace: bool) -> None:
    partial = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
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


def _free_port() -> int:
    for _ in range(_TRIES):
        port = random.randrange(_FIRST, _LAST)  # noqa: S311
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port for Redis")
