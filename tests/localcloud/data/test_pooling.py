"""Hyperdrive's pool, asked by asyncpg: to a client it is Postgres, whatever link it is served by."""

# ruff: noqa: S608, ASYNC110 (names of tables of the test's own; what is awaited is another process's)

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from tests.localcloud.data.conftest import Pooled, Running, free_port, pooled


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def refusal(client: Any, sql: str = "SELECT 1") -> tuple[str, str]:
    """Code and text of the error that ends the session."""
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as told:
        await client.execute(sql)
    error: Any = told.value
    while not isinstance(error, asyncpg.PostgresError) or error.sqlstate == "08003":  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        assert error is not None
        error = error.__cause__
    return str(error.sqlstate), str(error)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]


async def test_clients_are_greeted_without_the_origin(running: Running) -> None:
    nowhere = running.origin(port=free_port())
    async with pooled(running) as made:
        await made.apply(replace(made.config, origin=nowhere))
        told = await refusal(await made.client())
        assert told == ("58000", "Server connection attempt failed: connection_refused")


async def test_what_the_origin_refuses_with_is_passed_on(running: Running) -> None:
    async with pooled(running) as made:
        await made.apply(replace(made.config, origin=running.origin(password="wrong")))
        code, text = await refusal(await made.client())
        assert code == "28P01"
        assert text.startswith("password authentication failed")


async def test_many_clients_share_few_connections(pool: Pooled) -> None:
    clients = await asyncio.gather(*(pool.client() for _ in range(200)))
    asked = "SELECT $1::int * 2, pg_backend_pid()"
    answers = await asyncio.gather(*(c.fetchrow(asked, n) for n, c in enumerate(clients)))
    assert [row[0] for row in answers] == [2 * n for n in range(200)]
    assert len({row[1] for row in answers}) <= 5
    assert pool.counts["clients"] == 200
    assert pool.counts["connections"] <= 5


async def test_a_prepared_statement_works_on_every_connection(pool: Pooled) -> None:
    client, others = await pool.client(), [await pool.client() for _ in range(4)]
    statement = await client.prepare("SELECT $1::int + 1, pg_backend_pid()")
    backends: set[int] = set()
    for turn in range(5):
        # Transactions keep the links that came first, one more each time.
        value, backend = await statement.fetchrow(turn)
        assert value == turn + 1
        backends.add(backend)
        if turn < 4:
            await others[turn].execute("BEGIN; SELECT 1")
    assert len(backends) == 5


async def test_a_transaction_is_one_connections(pool: Pooled) -> None:
    first, second = await pool.client(), await pool.client()
    async with first.transaction():
        await first.execute(f"INSERT INTO {pool.table} VALUES (1, 'a')")
        assert await second.fetchval(f"SELECT count(*) FROM {pool.table}") == 0
        assert await first.fetchval(f"SELECT count(*) FROM {pool.table}") == 1
    assert await second.fetchval(f"SELECT count(*) FROM {pool.table}") == 1


async def test_a_failed_statement_leaves_the_session_usable(pool: Pooled) -> None:
    client = await pool.client()
    for _ in range(3):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await client.fetchval("SELECT 1 / $1::int", 0)
        with pytest.raises(asyncpg.UndefinedTableError):
            await client.fetch("SELECT * FROM not_there")
        assert await client.fetchval("SELECT $1::int", 4) == 4


async def test_what_was_set_is_gone_after_the_transaction(pool: Pooled) -> None:
    client, others = await pool.client(), [await pool.client() for _ in range(4)]
    await client.execute("SET statement_timeout = 4321")
    await client.execute("SET search_path = nowhere; CREATE TEMPORARY TABLE own (i int)")
    for one in (client, *others):
        assert await one.fetchval("SHOW statement_timeout") == "0"
        assert await one.fetchval("SELECT to_regclass('own')") is None
    async with client.transaction():
        await client.execute("SET LOCAL statement_timeout = 1234")
        assert await client.fetchval("SHOW statement_timeout") == "1234ms"


async def test_whoever_goes_away_in_a_transaction_is_rolled_back(running: Running) -> None:
    async with pooled(running, limit=1) as made:
        client = await made.client()
        await client.execute(f"BEGIN; INSERT INTO {made.table} VALUES (1, 'a')")
        client.terminate()
        other = await made.client()
        assert await other.fetchval(f"SELECT count(*) FROM {made.table} WHERE random() < 2") == 0


async def test_whoever_goes_away_in_a_query_frees_its_connection(running: Running) -> None:
    async with pooled(running, limit=1) as made:
        client = await made.client()
        asked = asyncio.ensure_future(client.fetch("SELECT pg_sleep(60)"))
        await until(lambda: made.counts["connections"] == 1)
        await asyncio.sleep(0.2)
        client.terminate()
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
            await asked
        async with asyncio.timeout(10):
            assert await (await made.client()).fetchval("SELECT 1") == 1


async def test_a_query_is_cancelled(pool: Pooled) -> None:
    client = await pool.client()
    with pytest.raises(TimeoutError):
        await client.execute("SELECT pg_sleep(60)", timeout=0.3)
    async with asyncio.timeout(10):
        assert await client.fetchval("SELECT 1") == 1


async def test_who_finds_no_free_connection_is_told_so(running: Running) -> None:
    async with pooled(running, limit=1, wait_seconds=0.3) as made:
        first, second = await made.client(), await made.client()
        await first.execute("BEGIN; SELECT 1")
        told = await refusal(second)
        assert told == ("58000", "Timed out while waiting for an open slot in the pool.")
        await first.execute("COMMIT")
        assert await (await made.client()).fetchval("SELECT 3") == 3


async def test_a_copy_goes_through_both_ways(pool: Pooled) -> None:
    client = await pool.client()
    rows = [(n, "x" * 100) for n in range(5000)]
    await client.copy_records_to_table(pool.table, records=rows)
    assert await client.fetchval(f"SELECT count(*) FROM {pool.table}") == 5000
    received = bytearray()

    async def keep(data: bytes) -> None:
        received.extend(data)

    await client.copy_from_query(f"SELECT id FROM {pool.table} ORDER BY id", output=keep)
    assert received.split() == [str(n).encode() for n in range(5000)]
    with pytest.raises(asyncpg.UniqueViolationError):
        await client.copy_records_to_table(pool.table, records=rows)
    assert await client.fetchval("SELECT 1") == 1


async def test_a_changed_table_does_not_haunt_prepared_statements(pool: Pooled) -> None:
    client, other = await pool.client(), await pool.client()
    assert await client.fetch(f"SELECT * FROM {pool.table}") == []
    await other.execute(f"ALTER TABLE {pool.table} ADD COLUMN w int DEFAULT 7")
    await other.execute(f"INSERT INTO {pool.table} VALUES (1, 'a')")
    assert [tuple(row) for row in await client.fetch(f"SELECT * FROM {pool.table}")] == [
        (1, "a", 7)
    ]


async def test_a_large_answer_and_a_large_question(pool: Pooled) -> None:
    client = await pool.client()
    text = "y" * 3_000_000
    assert await client.fetchval("SELECT $1::text || 'z'", text) == text + "z"


async def test_a_cursor_reads_in_pieces(pool: Pooled) -> None:
    client = await pool.client()
    async with client.transaction():
        got = [row[0] async for row in client.cursor("SELECT generate_series(1, 500)", prefetch=50)]
    assert got == list(range(1, 501))


async def test_a_changed_configuration_is_obeyed_by_clients_that_are_there(pool: Pooled) -> None:
    client = await pool.client()
    assert await client.fetchval("SELECT current_database()") == "pitchey_staging"
    await pool.apply(replace(pool.config, origin=pool.running.origin("production")))
    assert await client.fetchval("SELECT current_database()") == "pitchey_production"


async def test_what_is_not_served_is_said(running: Running) -> None:
    async with pooled(running) as made:
        told = replace(made.config, origin=None, unserved="a database behind Access")
        await made.apply(told)
        with pytest.raises(
            asyncpg.FeatureNotSupportedError, match="behind Access is not served by the local cloud"
        ):
            await made.client()
        await made.apply(replace(told, scheme="mysql", unserved="MySQL"))
        reader, writer = await asyncio.open_unix_connection(made.folder / ".s.PGSQL.5432")
        packet = await reader.read()
        assert packet[3:5] == b"\0\xff"
        assert b"MySQL is not served by the local cloud" in packet
        writer.close()


async def test_a_restarted_postgres_is_connected_to_anew(pool: Pooled) -> None:
    client = await pool.client()
    backend = await client.fetchval("SELECT pg_backend_pid()")
    owner = await pool.running.direct(user="postgres", password="of-the-superuser")
    await owner.execute("SELECT pg_terminate_backend($1)", backend)
    await owner.close()
    await asyncio.sleep(0.1)
    assert await client.fetchval("SELECT pg_backend_pid()") != backend
