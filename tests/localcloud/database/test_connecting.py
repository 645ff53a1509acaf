"""A database that is only just starting: it hangs up on whoever comes, and lets somebody in a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from database import connecting
from database.connecting import connected
from database.errors import DatabaseFailedError
from tests.localcloud.database.conftest import Fresh


@asynccontextmanager
async def hanging_up(fresh: Fresh, times: int) -> AsyncGenerator[tuple[int, list[int]]]:
    """A port that hangs up so often before it leads to the database, and the numbers of those who came."""
    came: list[int] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(len(came))
        if len(came) > times:
            there = await asyncio.open_connection("127.0.0.1", fresh.address.port)
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while content := await source.read(65536):
        to.write(content)
        await to.drain()
    to.close()


async def test_who_is_hung_up_on_asks_again(fresh: Fresh) -> None:
    async with hanging_up(fresh, 2) as (port, came), connected(fresh.at(port=port)) as connection:
        assert await connection.fetchval("select 1") == 1
        assert len(came) == 3


async def test_a_database_that_goes_on_hanging_up_is_down(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "HUNG_UP_SECONDS", 1.2)
    async with hanging_up(fresh, 1000) as (port, came):
        with pytest.raises(DatabaseFailedError, match="hung up before it let anybody in"):
            async with connected(fresh.at(port=port), patience=3600):
                pass
        assert 2 <= len(came) <= 4
        # At least once, however short a moment is.
        monkeypatch.setattr(connecting, "HUNG_UP_SECONDS", 0.0)
        came.clear()
        with pytest.raises(DatabaseFailedError):
            async with connected(fresh.at(port=port), patience=3600):
                pass
        assert len(came) == 2


async def test_whoever_waits_is_told_what_for(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(connecting, "_SILENT_SECONDS", 0.2)
    async with (
        hanging_up(fresh, 1) as (port, _),
        connected(fresh.at(port=port), report=heard.append),
    ):
        assert [line.startswith("waits for database ") for line in heard] == [True]
    async with connected(fresh.address, report=heard.append):
        await asyncio.sleep(0.3)
    assert len(heard) == 1


async def test_it_is_told_when_patience_is_over(fresh: Fresh) -> None:
    async with hanging_up(fresh, 1000) as (port, came):
        with pytest.raises(DatabaseFailedError, match="hung up before it let anybody in"):
            async with connected(fresh.at(port=port), patience=1.2):
                pass
        assert 2 <= len(came) <= 4
