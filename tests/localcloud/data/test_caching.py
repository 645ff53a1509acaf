"""What Hyperdrive answers by itself, and what it never does."""

# ruff: noqa: S608, ASYNC110 (names of tables of the test's own; what is awaited is another process's)

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from localcloud.data.hyperdrive.caching import Cache, Question
from localcloud.data.hyperdrive.config import Caching
from localcloud.data.hyperdrive.reading import why_uncacheable
from tests.localcloud.data.conftest import Pooled

READS = [
    "SELECT * FROM articles WHERE DATE(published_time) = $1 ORDER BY published_time DESC LIMIT 50",
    "select 1;",
    "-- a comment\n SELECT a FROM b",
    "/* another */ WITH x AS (SELECT 1) SELECT * FROM x",
    "(SELECT 1) UNION (SELECT 2)",
    "VALUES (1), (2)",
    "SELECT count(*), max(v), lower(v) FROM t GROUP BY 3",
]
OTHERS = {
    "INSERT INTO users (id) VALUES (1)": "uncacheable",
    "SELECT * INTO other FROM users": "uncacheable",
    "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone": "uncacheable",
    "SELECT * FROM users FOR UPDATE": "uncacheable",
    "SHOW search_path": "uncacheable",
    "BEGIN": "uncacheable",
    "SELECT 1; SELECT 2": "multiplestatements",
    "SELECT LASTVAL(), * FROM articles LIMIT 50": "volatile",
    "SELECT now()": "volatile",
    "SELECT random ()": "volatile",
    "SELECT * FROM articles WHERE day = CURRENT_DATE": "volatile",
    "SELECT gen_random_uuid()": "volatile",
    "SELECT pg_advisory_lock(1)": "volatile",
    "SELECT nextval('numbers')": "volatile",
    "SELECT 1 -- not NOW()": "volatile",
    "SELECT to_char(at, 'DD') FROM articles": "volatile",
    "SELECT current_setting('app.user')": "volatile",
}


@pytest.mark.parametrize("sql", READS)
def test_reads_may_be_kept(sql: str) -> None:
    assert why_uncacheable(sql) is None


@pytest.mark.parametrize(("sql", "why"), OTHERS.items())
def test_nothing_else_is_kept(sql: str, why: str) -> None:
    assert why_uncacheable(sql) == why


async def test_a_read_is_answered_from_the_cache(cached: Pooled) -> None:
    client, other = await cached.client(), await cached.client()
    await client.execute(f"INSERT INTO {cached.table} VALUES (1, 'old'), (2, 'two')")
    asked = f"SELECT v FROM {cached.table} WHERE id = $1"
    assert await client.fetchval(asked, 1) == "old"
    await client.execute(f"UPDATE {cached.table} SET v = 'new'")
    assert await client.fetchval(asked, 1) == "old"
    assert await other.fetchval(asked, 1) == "old"
    # Other parameters are another question.
    assert await client.fetchval(asked, 2) == "new"
    assert (cached.counts["hits"], cached.counts["misses"]) == (2, 2)
    await cached.apply(replace(cached.config, caching=Caching(disabled=True)))
    assert await client.fetchval(asked, 1) == "new"


async def test_a_simple_query_is_answered_from_the_cache(cached: Pooled) -> None:
    client = await cached.client()
    asked = f"SELECT count(*) FROM {cached.table}"
    before = await client.execute(asked)
    await client.execute(f"INSERT INTO {cached.table} VALUES (1, 'a')")
    assert await client.execute(asked) == before
    assert cached.counts["hits"] == 1


async def test_in_a_transaction_everything_comes_from_the_origin(cached: Pooled) -> None:
    client = await cached.client()
    asked = f"SELECT count(*) FROM {cached.table}"
    assert await client.fetchval(asked) == 0
    async with client.transaction():
        await client.execute(f"INSERT INTO {cached.table} VALUES (1, 'a')")
        assert await client.fetchval(asked) == 1
    assert await client.fetchval(asked) == 0
    assert cached.counts["hits"] == 1


async def test_an_error_is_not_kept(cached: Pooled) -> None:
    client = await cached.client()
    asked = f"SELECT 1 / id FROM {cached.table}"
    await client.execute(f"INSERT INTO {cached.table} VALUES (0, 'a')")
    with pytest.raises(Exception, match="division by zero"):
        await client.fetch(asked)
    await client.execute(f"UPDATE {cached.table} SET id = 1")
    assert await client.fetchval(asked) == 1


async def test_a_stale_answer_is_given_once_more_and_renewed(cached: Pooled) -> None:
    await cached.apply(
        replace(cached.config, caching=Caching(max_age=0.3, stale_while_revalidate=30))
    )
    client = await cached.client()
    asked = f"SELECT count(*) FROM {cached.table} WHERE id > $1"
    assert await client.fetchval(asked, 0) == 0
    await client.execute(f"INSERT INTO {cached.table} VALUES (1, 'a')")
    await asyncio.sleep(0.4)
    assert await client.fetchval(asked, 0) == 0
    async with asyncio.timeout(10):
        while await client.fetchval(asked, 0) == 0:
            await asyncio.sleep(0.05)


async def test_an_answer_that_is_too_old_is_asked_for_anew(cached: Pooled) -> None:
    await cached.apply(
        replace(cached.config, caching=Caching(max_age=0.1, stale_while_revalidate=0.1))
    )
    client = await cached.client()
    asked = f"SELECT count(*) FROM {cached.table} WHERE id > $1"
    assert await client.fetchval(asked, 0) == 0
    await client.execute(f"INSERT INTO {cached.table} VALUES (1, 'a')")
    await asyncio.sleep(0.3)
    assert await client.fetchval(asked, 0) == 1


def test_who_asks_anew_is_one_alone() -> None:
    now = 0.0
    cache = Cache(Caching(max_age=60, stale_while_revalidate=15), lambda: now)
    question = Question(b"SELECT 1\0\0\0", b"")
    cache.keep(question, {"rows": b"1"})
    assert cache.find(question, ["rows", "portal"]) is None
    now = 60
    found = cache.find(question, ["rows"])
    assert found is not None
    assert not found.stale
    now = 61
    stale = [cache.find(question, ["rows"]) for _ in range(3)]
    assert [one is not None and one.stale for one in stale] == [True, False, False]
    cache.give_up(question)
    again = cache.find(question, ["rows"])
    assert again is not None
    assert again.stale
    now = 75.1
    assert cache.find(question, ["rows"]) is None


def test_there_is_room_for_so_much() -> None:
    cache = Cache(Caching(), lambda: 0.0)
    for number in range(5):
        cache.keep(Question(b"%d" % number, b""), {"rows": bytes(20_000_000)})
    kept = [cache.find(Question(b"%d" % number, b""), ["rows"]) is not None for number in range(5)]
    assert kept == [False, False, True, True, True]
    cache.keep(Question(b"huge", b""), {"rows": bytes(51_000_000)})
    assert cache.find(Question(b"huge", b""), ["rows"]) is None
