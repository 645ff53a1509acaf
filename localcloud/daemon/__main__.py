"""`python -m localcloud.daemon --home H --port P`: serves a local cloud until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import logging
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Final

import uvloop

from localcloud.api.store import StoreError
from localcloud.daemon.control import Control
from localcloud.daemon.home import DEFAULT_PORT, Home
from localcloud.daemon.listening import PortInUseError
from localcloud.daemon.record import DaemonRecord
from localcloud.daemon.server import Daemon
from localcloud.edge.errors import EdgeError, PortTakenError
from localcloud.errors import LocalCloudError, cannot_write

_NO_ROOM_BYTES: Final = 1 << 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localcloud.daemon", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="API; the edge takes the next two"
    )
    parser.add_argument("--project", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--ready", type=int, help="file descriptor that is told how the start went")
    options = parser.parse_args()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    home = Home(options.home.resolve())
    try:
        home.prepare()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(home, str(options.project.resolve()), options))
    except (PortInUseError, PortTakenError) as error:
        _tell(options.ready, {"port_in_use": error.port})
        sys.stderr.write(f"error: {error}\n")
    except (LocalCloudError, EdgeError, StoreError, sqlite3.Error, OSError) as error:
        told = _in_words(error, home)
        _tell(options.ready, {"error": told})
        sys.stderr.write(f"error: {told}\n")
    else:
        return 0
    return 1


def _in_words(error: Exception, home: Home) -> str:
    if isinstance(error, OSError):
        return str(cannot_write(Path(error.filename or home.folder), error))
    cause = error.__cause__ or error
    # SQLite says "disk I/O error" where it could not make room for one of its own files.
    if isinstance(cause, sqlite3.Error) and shutil.disk_usage(home.folder).free < _NO_ROOM_BYTES:
        return str(cannot_write(home.state, OSError(errno.ENOSPC, "")))
    return str(error)


async def _serve(home: Home, project: str, options: argparse.Namespace) -> None:
    def ready(record: DaemonRecord) -> None:
        _tell(options.ready, {"ready": record.pid})

    await Daemon(home, project, options.port, Control).serve(ready)


def _tell(descriptor: int | None, what: dict[str, object]) -> None:
    """One line for whoever started this process, once."""
    if descriptor is not None:
        with contextlib.suppress(BrokenPipeError):  # it did not wait: interrupted
            os.write(descriptor, json.dumps(what).encode() + b"\n")
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
