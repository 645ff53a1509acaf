"""`python -m localcloud.daemon --home H --port P`: serves a local cloud until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import uvloop

from localcloud.daemon.home import DEFAULT_PORT, Home
from localcloud.daemon.listening import PortInUseError
from localcloud.daemon.record import DaemonRecord
from localcloud.daemon.server import Daemon
from localcloud.errors import LocalCloudError, cannot_write


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
    home = Home(options.home.resolve())
    try:
        home.prepare()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(home, str(options.project.resolve()), options))
    except PortInUseError as error:
        _tell(options.ready, {"port_in_use": error.port})
        sys.stderr.write(f"error: {error}\n")
    except LocalCloudError as error:
        _tell(options.ready, {"error": str(error)})
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:
        told = cannot_write(Path(error.filename or home.folder), error)
        _tell(options.ready, {"error": str(told)})
        sys.stderr.write(f"error: {told}\n")
    else:
        return 0
    return 1


async def _serve(home: Home, project: str, options: argparse.Namespace) -> None:
    def ready(record: DaemonRecord) -> None:
        _tell(options.ready, {"ready": record.pid})

    await Daemon(home, project, options.port).serve(ready)


def _tell(descriptor: int | None, what: dict[str, object]) -> None:
    """One line for whoever started this process, once."""
    if descriptor is not None:
        with contextlib.suppress(BrokenPipeError):  # it did not wait: interrupted
            os.write(descriptor, json.dumps(what).encode() + b"\n")
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
