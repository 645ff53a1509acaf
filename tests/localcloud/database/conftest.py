"""A fresh database for each test, in the local cloud's real Postgres."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from database.address import Address, parse_address
from database.migration_files import Migration, read_migrations
from tests.localcloud.data.conftest import PASSWORDS, Running, connect
from tests.localcloud.data.conftest import running as running  # noqa: PLC0414 (a fixture)

ROOT: Final = Path(__file__).parents[3]
COMMITTED: Final = read_migrations(ROOT / "database/migrations")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Fresh:
    address: Address
    running: Running

    def at(self, **parts: Any) -> Address:
        """The address with other parts."""
        own = {**vars(self.address), **parts}
        return Address(**own)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Any]:
        at = self.address
        made = await connect(
            host=at.host, port=at.port, user=at.user, password=at.password, database=at.name, ssl=False
        )  # fmt: skip
        try:
            yield made
        finally:
            await made.close(timeout=5)

    async def value(self, asked: str, *arguments: Any) -> Any:
        async with self.client() as client:
            return await client.fetchval(asked, *arguments)

    async def run(self, statement: str) -> None:
        async with self.client() as client:
            await client.execute(statement)

    async def applied(self) -> list[str]:
        async with self.client() as client:
            return [r["name"] for r in await client.fetch("select name from schema_migrations order by number")]  # fmt: skip

    async def tables(self) -> set[str]:
        async with self.client() as client:
            asked = "select tablename from pg_tables where schemaname = 'public'"
            return {row[0] for row in await client.fetch(asked)}


@pytest.fixture
async def fresh(running: Running) -> AsyncIterator[Fresh]:
    name = f"pitchey_fresh_{next(_numbers)}"
    superuser = await running.direct(
        user="postgres", database="postgres", password="of-the-superuser"
    )
    await superuser.execute(f"CREATE DATABASE {name} OWNER pitchey_staging")
    url = f"postgresql://pitchey_staging:{PASSWORDS['staging']}@127.0.0.1:{running.postgres.port}/{name}"
    try:
        yield Fresh(parse_address(url), running)
    finally:
        await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await superuser.close()


def migrations(*statements: str) -> list[Migration]:
    return [Migration(n, f"m{n}", sql) for n, sql in enumerate(statements, start=1)]
