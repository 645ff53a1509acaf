"""A real Postgres for the session, and Hyperdrive before it in the test's own loop."""

from __future__ import annotations

import asyncio
import itertools
import socket
import tempfile
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from localcloud.data.hyperdrive.config import Caching, Config, Origin
from localcloud.data.hyperdrive.serving import Hyperdrive, socket_path
from localcloud.data.names import database_name
from localcloud.data.postgres import Postgres

PASSWORDS = {"staging": "aa11", "production": "bb22"}
_numbers = itertools.count(1)
connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""Its own types say too little."""


@dataclass
class Running:
    """Postgres in a loop of its own, for the tests of a module."""

    postgres: Postgres
    folder: Path

    def origin(self, stack: str = "staging", **more: Any) -> Origin:
        name = database_name(stack)
        given: dict[str, Any] = {
            "user": name,
            "database": name,
            "password": PASSWORDS[stack],
            **more,
        }
        return Origin("localhost", given.pop("port", self.postgres.port), **given)

    async def direct(self, stack: str = "staging", **more: Any) -> Any:
        at = self.origin(stack)
        given = {"user": at.user, "password": at.password, "database": at.database, **more}
        return await connect(host="127.0.0.1", port=at.port, ssl=False, **given)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("postgres")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    # A process ends with the thread that started it: this one lives as long as the tests.
    thread.start()
    postgres = Postgres(folder / "postgres", folder / "postgres.log", "of-the-superuser")

    async def start() -> None:
        await postgres.want(PASSWORDS)
        await postgres.reach()

    asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    yield Running(postgres, folder)

    async def stop() -> None:
        await postgres.stop()
        await asyncio.sleep(0.05)  # what is closed says so to the loop

    asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@dataclass
class Pooled:
    """Hyperdrive before the Postgres. `table` is the test's own."""

    running: Running
    hyperdrive: Hyperdrive
    folder: Path
    config: Config
    table: str
    _open: list[Any] = field(default_factory=list[Any])

    async def client(self, **more: Any) -> Any:
        # asyncpg takes a folder in which the socket has the name that Postgres gives it.
        given = {"user": "u", "password": "p", "database": "d", "timeout": 20, **more}
        made = await connect(host=str(self.folder), port=5432, **given)
        self._open.append(made)
        return made

    async def apply(self, config: Config) -> None:
        self.config = config
        await self.hyperdrive.apply([config])
        link = self.folder / ".s.PGSQL.5432"
        link.unlink(missing_ok=True)
        link.symlink_to(socket_path(self.folder, config.id))

    @property
    def counts(self) -> dict[str, Any]:
        return self.hyperdrive.describe()[0]

    def terminate(self) -> None:
        for connection in self._open:
            connection.terminate()


@asynccontextmanager
async def pooled(running: Running, **more: Any) -> AsyncGenerator[Pooled]:
    """`wait_seconds` for a free link, and fields of the configuration."""
    wait = more.pop("wait_seconds", 15.0)
    table = f"t{next(_numbers)}"
    with tempfile.TemporaryDirectory(prefix="pitchey-test-") as short:
        folder = Path(short)
        settings: dict[str, Any] = {"limit": 5, **more}
        config = Config("c" * 32, "database", running.origin(), **settings)
        made = Pooled(running, Hyperdrive(folder, wait_seconds=wait), folder, config, table)
        owner = await running.direct()
        await owner.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, v text)")
        try:
            await made.apply(config)
            yield made
        finally:
            made.terminate()
            await made.hyperdrive.close()
            await asyncio.sleep(0.05)
            await owner.execute(f"DROP TABLE {table}")
            await owner.close()


@pytest.fixture
async def pool(running: Running) -> AsyncIterator[Pooled]:
    async with pooled(running, caching=Caching(disabled=True)) as made:
        yield made


@pytest.fixture
async def cached(running: Running) -> AsyncIterator[Pooled]:
    async with pooled(running) as made:
        yield made


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
