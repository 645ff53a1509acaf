"""The runner against a real Postgres: whole or not at all, and never two at once."""

from __future__ import annotations

import asyncio
import re

import pytest

from database.connecting import connected
from database.errors import DatabaseError, DatabaseFailedError, DatabaseRefusedError
from database.migrating import LOCK, Limits, look, migrate
from database.migration_files import Migration
from tests.localcloud.data.conftest import Running
from tests.localcloud.database.conftest import COMMITTED, Fresh, migrations

CONCURRENT = (
    "-- migrate: no transaction\n"
    "drop index concurrently if exists by_i;\n"
    "create index concurrently by_i on a (i);\n"
)


async def test_all_that_is_committed_is_applied_once(fresh: Fresh) -> None:
    said: list[str] = []
    assert await migrate(fresh.address, COMMITTED, report=said.append) == COMMITTED
    assert said == [f"applies {migration.file_name}" for migration in COMMITTED]
    assert await fresh.applied() == [migration.name for migration in COMMITTED]
    assert {"people", "sessions", "pitches", "saved_pitches", "ndas"} <= await fresh.tables()
    assert await migrate(fresh.address, COMMITTED) == []
    async with connected(fresh.address) as connection:
        planned = await look(connection, COMMITTED)
    assert (planned.waiting, planned.newer) == ((), ())


async def test_a_look_changes_nothing(fresh: Fresh) -> None:
    async with connected(fresh.address) as connection:
        assert list((await look(connection, COMMITTED)).waiting) == COMMITTED
    assert await fresh.tables() == set()


async def test_runners_at_the_same_time_apply_each_migration_once(fresh: Fresh) -> None:
    files = migrations(
        "create table a (i int); select pg_sleep(0.2)",
        "insert into a values (1); select pg_sleep(0.1)",
        "insert into a values (2)",
    )
    done = await asyncio.gather(*(migrate(fresh.address, files) for _ in range(5)))
    assert sorted(len(one) for one in done) == [0, 0, 0, 0, 3]
    assert await fresh.value("select count(*) from a") == 2


async def test_whoever_waits_for_the_other_runner_too_long_is_told(fresh: Fresh) -> None:
    said: list[str] = []
    async with fresh.client() as other:
        await other.execute(f"select pg_advisory_lock({LOCK})")
        with pytest.raises(DatabaseFailedError, match="still being migrated by somebody else"):
            await migrate(fresh.address, COMMITTED, report=said.append, limits=Limits(runner=0.5))
    assert said == ["somebody else migrates this database: waits for them"]
    assert await fresh.tables() == set()


async def test_a_failing_migration_leaves_nothing_and_names_its_line(fresh: Fresh) -> None:
    files = migrations(
        "create table a (i int)",
        "create table b (i int);\n\nalter table a\n    add column j nothing;\n",
        "create table c (i int)",
    )
    said = '0002_m2.sql:4: type "nothing" does not exist; nothing of it was applied'
    with pytest.raises(DatabaseFailedError, match=re.escape(said)):
        await migrate(fresh.address, files)
    assert await fresh.tables() == {"a", "schema_migrations"}
    assert await fresh.applied() == ["m1"]
    mended = [files[0], Migration(2, "m2", "create table b (i int)"), files[2]]
    assert await migrate(fresh.address, mended) == mended[1:]


async def test_what_cannot_be_written_down_is_not_done(fresh: Fresh) -> None:
    refusing = "create table b (i int); alter table schema_migrations add check (number < 2)"
    files = migrations("create table a (i int)", refusing)
    with pytest.raises(DatabaseError):
        await migrate(fresh.address, files)
    assert await fresh.tables() == {"a", "schema_migrations"}


async def test_a_runner_that_is_cut_short_leaves_nothing_and_holds_up_nobody(fresh: Fresh) -> None:
    files = migrations("create table a (i int); select pg_sleep(60)")
    running = asyncio.create_task(migrate(fresh.address, files))
    asked = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()"
    for _ in range(200):
        if await fresh.value(asked):
            break
        await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "a" not in await fresh.tables()
    mended = migrations("create table a (i int)")
    assert await migrate(fresh.address, mended, limits=Limits(runner=10)) == mended


async def test_a_changed_file_is_refused_and_nothing_is_done(fresh: Fresh) -> None:
    await migrate(fresh.address, migrations("create table a (i int)"))
    changed = migrations("create table a (i bigint)", "create table b (i int)")
    with pytest.raises(
        DatabaseRefusedError, match=r"0001_m1\.sql was applied with another content"
    ):
        await migrate(fresh.address, changed)
    assert "b" not in await fresh.tables()


async def test_a_newer_database_is_refused(fresh: Fresh) -> None:
    files = migrations("create table a (i int)", "create table b (i int)")
    await migrate(fresh.address, files)
    with pytest.raises(DatabaseRefusedError, match=r"the database has 0002_m2\.sql"):
        await migrate(fresh.address, files[:1])


async def test_an_index_is_built_concurrently_while_another_runner_waits(fresh: Fresh) -> None:
    """A runner that waited for the lock in a query would be waited for by the index, and so on for ever."""
    files = migrations("create table a (i int)", CONCURRENT)
    done = await asyncio.wait_for(
        asyncio.gather(*(migrate(fresh.address, files) for _ in range(3))), timeout=60
    )
    assert sorted(len(one) for one in done) == [0, 0, 2]
    assert await fresh.value("select indisvalid from pg_index where indexrelid = 'by_i'::regclass")


async def test_what_fails_outside_of_a_transaction_is_run_whole_again(fresh: Fresh) -> None:
    unique = CONCURRENT.replace("create index", "create unique index")
    files = migrations("create table a (i int); insert into a values (1), (1)", unique)
    with pytest.raises(DatabaseFailedError, match="what it did before stays") as failed:
        await migrate(fresh.address, files)
    assert "by_i" in str(failed.value)
    assert await fresh.applied() == ["m1"]
    await fresh.run("delete from a")
    assert await migrate(fresh.address, files) == files[1:]
    assert await fresh.value("select indisvalid from pg_index where indexrelid = 'by_i'::regclass")


async def test_a_table_that_others_use_is_not_waited_for_long(fresh: Fresh) -> None:
    files = migrations("create table a (i int)", "alter table a add column j int")
    await migrate(fresh.address, files[:1])
    async with fresh.client() as user:
        await user.execute("begin; select * from a")
        with pytest.raises(DatabaseFailedError, match=r"waited 0\.3 s for a table that others use"):
            await migrate(fresh.address, files, limits=Limits(lock=0.3))
        await user.execute("rollback")
    assert await migrate(fresh.address, files, limits=Limits(lock=0.3)) == files[1:]


async def test_a_statement_that_takes_too_long_is_ended(fresh: Fresh) -> None:
    files = migrations("create table a (i int); select pg_sleep(60)")
    with pytest.raises(DatabaseFailedError, match=r"took longer than 0\.3 s; nothing of it"):
        await migrate(fresh.address, files, limits=Limits(statement=0.3))
    assert "a" not in await fresh.tables()


async def test_a_runner_whose_lock_is_somebody_elses_stops(fresh: Fresh) -> None:
    """As behind a pooler that lends a connection for one transaction: the next may be another session's."""
    files = migrations(f"select pg_advisory_unlock({LOCK})", "create table a (i int)")
    async with fresh.client() as other:
        # Granted in the moment in which it is given away.
        first = "create table first (i int); select pg_sleep(0.5)"
        slow = [Migration(1, "m1", f"{first}; {files[0].sql}"), files[1]]
        running = asyncio.create_task(migrate(fresh.address, slow))
        while await other.fetchval("select pg_try_advisory_lock($1)", LOCK):
            await other.fetchval("select pg_advisory_unlock($1)", LOCK)
            await asyncio.sleep(0.02)
        waiting = asyncio.create_task(other.execute(f"select pg_advisory_lock({LOCK})"))
        with pytest.raises(DatabaseRefusedError, match="pooler"):
            await running
        await waiting
    assert "a" not in await fresh.tables()


async def test_trouble_is_one_line_without_the_password(fresh: Fresh, running: Running) -> None:
    port = running.postgres.port
    wrong = {
        "does not take the password of pitchey_staging": fresh.at(password="not-the-password"),
        "there is no database nowhere": fresh.at(name="nowhere"),
        f"cannot be reached at port {port + 1000}": fresh.at(port=port + 1000),
        "there is no host": fresh.at(host="no-such-host.invalid"),
        "speaks no TLS": fresh.at(wants_tls=True),
        "may not do that": fresh.at(name="pitchey_production"),
    }
    for said, address in wrong.items():
        with pytest.raises(DatabaseError) as told:
            await migrate(address, COMMITTED)
        text = f"{told.value} {told.value.hint}"
        assert said in text
        assert "\n" not in text
        assert address.password not in text


async def test_a_role_without_the_right_is_refused(fresh: Fresh) -> None:
    superuser = fresh.at(user="postgres", password="of-the-superuser")
    await migrate(superuser, migrations("create table a (i int)"))
    more = migrations("create table a (i int)", "alter table a add column j int")
    with pytest.raises(DatabaseRefusedError, match="may not do that"):
        await migrate(fresh.address, more)


async def test_a_database_that_can_only_be_read_is_told_so(fresh: Fresh) -> None:
    name = fresh.address.name
    await fresh.run(f"alter database {name} set default_transaction_read_only = on")
    with pytest.raises(DatabaseFailedError, match="can only be read"):
        await migrate(fresh.address, COMMITTED)
    await fresh.run(f"begin; set transaction read write; alter database {name} reset default_transaction_read_only; commit")  # fmt: skip
    assert await migrate(fresh.address, COMMITTED) == COMMITTED
