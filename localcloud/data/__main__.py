"""`python -m localcloud.data`: the process beside the daemon that runs Postgres, the way to it and Hyperdrive's pooler.

One JSON value a line: orders on standard input, each answered on standard output under its `id`. It ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import uvloop

from localcloud.data.distance import DEFAULTS, Relay, Way
from localcloud.data.hyperdrive.config import Origin, config_of, is_loopback
from localcloud.data.hyperdrive.serving import Hyperdrive
from localcloud.data.postgres import Condition, Postgres, PostgresError

Json = dict[str, Any]
_LINE_BYTES: Final = 16 << 20


class Data:
    """`port`: where Postgres is reached from now on; `earlier` ports of it may still be in configurations."""

    def __init__(self, postgres: Postgres, sockets: Path, port: int, earlier: list[int]) -> None:
        self._postgres = postgres
        self._port = port
        self._known = {port, *earlier}
        self._relay = Relay(Way(DEFAULTS["postgres"]), postgres.reach)
        self._hyperdrive = Hyperdrive(sockets, self._place)

    async def start(self, listener: socket.socket) -> None:
        await self._relay.listen(listener)

    def _place(self, origin: Origin) -> Origin:
        if is_loopback(origin.host) and origin.port in self._known:
            return replace(origin, port=self._port)
        return origin

    async def obey(self, order: Json) -> Json:
        return await {"apply": self._apply, "status": self._status}[order["do"]](order)

    async def _apply(self, order: Json) -> Json:
        """The whole wanted state: `configs`, `databases` (stack → password), `distance` in seconds, and the faults."""
        way, faults = self._relay.way, order["faults"]
        way.round_trip = order["distance"]
        way.slow, way.rate = faults["slow"], faults["rate"]
        problem = None
        if faults["down"]:
            await self._postgres.take_down()
            self._relay.cut()
        else:
            self._postgres.bring_up()
        try:
            await self._postgres.want(
                order["databases"], Condition(faults["read_only"], faults["full"])
            )
        except PostgresError as error:
            problem = str(error)
        await self._hyperdrive.apply(map(config_of, order["configs"]))
        return {"problem": problem}

    async def _status(self, _order: Json) -> Json:
        return {
            "postgres": {
                "address": f"localhost:{self._port}",
                "pid": self._postgres.pid,
                "down": self._postgres.stopped,
                "databases": await self._postgres.describe(),
                "distance": self._relay.way.round_trip,
            },
            "hyperdrive": self._hyperdrive.describe(),
        }

    async def stop(self) -> None:
        await self._hyperdrive.close()
        self._relay.stop()
        await self._postgres.stop()


async def _serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    secret = json.loads(await reader.readline())
    postgres = Postgres(options.data, options.log, secret["password"])
    listener = socket.socket(fileno=options.listener)
    port = listener.getsockname()[1]
    data = Data(postgres, options.sockets, port, options.earlier)
    await data.start(listener)
    _tell({"ready": os.getpid()})
    while line := await reader.readline():
        order = json.loads(line)
        try:
            answer = await data.obey(order)
        except Exception as error:
            # The daemon is to know, and the services are to go on.
            logging.getLogger(__name__).exception("an order failed")
            answer = {"problem": f"{type(error).__name__}: {error}"}
        _tell({"id": order["id"], **answer})
    await data.stop()


def _tell(what: Json) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localcloud.data", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Postgres' files")
    parser.add_argument("--log", type=Path, required=True, help="Postgres' log")
    parser.add_argument("--sockets", type=Path, required=True, help="a folder with a short name")
    parser.add_argument("--listener", type=int, required=True, help="where Postgres is reached")
    parser.add_argument("--earlier", type=int, nargs="*", default=[])
    options = parser.parse_args()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options))
    except (OSError, ValueError) as error:
        _tell({"error": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
