"""Made-up data in a real Postgres: the tables take it, all or nothing, and never twice."""

from __future__ import annotations

import asyncio

import pytest

from database.connecting import connected
from database.errors import DatabaseError, DatabaseRefusedError
from database.migrating import migrate
from database.seed.making_up import Size, demo_logins
from database.seed.password import demo_hash
from database.seeding import Content, Seeded, content, has_pitches, seed
from tests.localcloud.database.conftest import COMMITTED, Fresh

SMALL = Size(pitches=60, creators=8, investors=5, productions=4, ndas=40, saved=40)
PERSON = "insert into people (email, name, role, password) values ('own@else.example', 'Own', 'creator', 'x') returning id"  # fmt: skip


async def inside(fresh: Fresh) -> Content:
    async with connected(fresh.address) as connection:
        assert await has_pitches(connection) is ((await content(connection)).pitches > 0)
        return await content(connection)


async def test_an_empty_database_is_filled_and_a_full_one_left_alone(fresh: Fresh) -> None:
    await migrate(fresh.address, COMMITTED)
    assert await inside(fresh) == Content(0, 0, 0)
    assert await seed(fresh.address, known_password=True) == Seeded(900, 3000, 4000)
    assert await inside(fresh) == Content(900, 900, 3000)
    assert await fresh.value("select count(distinct status) from ndas") == 3
    assert await fresh.value("select count(*) from people where lower(email) = any($1) and password = $2", list(demo_logins().values()), demo_hash()) == 3  # fmt: skip
    found = "select count(*) from pitches where words @@ websearch_to_tsquery('english', 'letters') and status = 'published'"
    assert await fresh.value(found) > 50
    with pytest.raises(DatabaseRefusedError, match="has pitches already"):
        await seed(fresh.address, known_password=True)
    assert await inside(fresh) == Content(900, 900, 3000)


async def test_again_makes_the_made_up_anew_and_leaves_what_others_made(fresh: Fresh) -> None:
    await migrate(fresh.address, COMMITTED)
    await seed(fresh.address, known_password=True, size=SMALL)
    first = await fresh.value("select array_agg(id order by id) from pitches")
    own = await fresh.value(PERSON)
    async with fresh.client() as client:
        await client.execute(
            "insert into pitches (creator_id, title, logline, genre, format, budget) "
            "values ($1, 'Own', 'Own.', 'drama', 'short', 1)",
            own,
        )
    await fresh.run("update pitches set title = 'Changed' where title <> 'Own'")
    await seed(fresh.address, known_password=True, size=SMALL, again=True)
    assert await inside(fresh) == Content(18, 17, 61)
    asked = "select array_agg(id order by id) from pitches where title <> 'Own'"
    assert await fresh.value(asked) == first
    assert await fresh.value("select count(*) from pitches where title = 'Changed'") == 0


async def test_of_two_at_the_same_time_one_fills(fresh: Fresh) -> None:
    await migrate(fresh.address, COMMITTED)
    both = [seed(fresh.address, known_password=False, size=SMALL) for _ in range(2)]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["DatabaseRefusedError", "Seeded"]
    assert (await inside(fresh)).pitches == 60
    assert await fresh.value("select count(*) from people where password = $1", demo_hash()) == 0


async def test_what_cannot_be_written_to_its_end_is_not_begun(fresh: Fresh) -> None:
    await migrate(fresh.address, COMMITTED)
    await fresh.run("alter table ndas add check (message = 'never')")
    with pytest.raises(DatabaseError) as told:
        await seed(fresh.address, known_password=True, size=SMALL)
    assert "\n" not in str(told.value)
    assert await inside(fresh) == Content(0, 0, 0)


async def test_without_tables_it_says_what_makes_them(fresh: Fresh) -> None:
    with pytest.raises(DatabaseRefusedError, match="has no tables yet"):
        await seed(fresh.address, known_password=True, size=SMALL)
