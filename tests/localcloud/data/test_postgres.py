"""Postgres as the local cloud runs it: each stack's own, there again after any death."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from localcloud.data.names import database_name, password_of
from localcloud.data.postgres import Condition, Postgres, PostgresError
from tests.localcloud.data.conftest import Running, connect


def test_a_database_is_the_stacks_own() -> None:
    assert database_name("staging") == "pitchey_staging"
    long = [database_name("s" * 80 + end) for end in ("a", "b")]
    assert long[0] != long[1]
    assert all(len(name) <= 63 for name in long)


def test_a_password_is_read_from_what_was_given_out() -> None:
    assert password_of("postgresql://pitchey_x:0a1b@localhost:1/pitchey_x") == "0a1b"
    assert password_of("postgresql://user:Other!@elsewhere/db") is None


async def test_no_stack_reaches_anothers_database(running: Running) -> None:
    own = await running.direct("staging")
    await own.execute("CREATE TABLE mine (i int)")
    await own.execute("DROP TABLE mine")
    await own.close()
    for database in ("pitchey_production", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await running.direct("staging", database=database)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await running.direct("staging", password="not-it")


async def test_passwords_are_kept_as_scram_and_nobody_gets_in_without(running: Running) -> None:
    owner = await running.direct(user="postgres", database="postgres", password="of-the-superuser")
    kept = await owner.fetch("SELECT rolpassword FROM pg_authid WHERE rolcanlogin")
    await owner.close()
    assert len(kept) == 3
    assert all(row[0].startswith("SCRAM-SHA-256$") for row in kept)


async def _count(postgres: Postgres) -> int:
    _, port = await postgres.reach()
    client = await connect(
        host="127.0.0.1",
        port=port,
        user="pitchey_one",
        password="cc33",
        database="pitchey_one",
        ssl=False,
    )
    try:
        await client.execute("CREATE TABLE IF NOT EXISTS kept (i int)")
        await client.execute("INSERT INTO kept VALUES (1)")
        return int(await client.fetchval("SELECT count(*) FROM kept"))
    finally:
        await client.close()


async def test_what_was_committed_survives_every_death(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", tmp_path / "postgres.log", "of-the-superuser")
    await postgres.want({"one": "cc33"})
    assert postgres.pid is None
    assert await _count(postgres) == 1
    os.kill(postgres.pid or 0, signal.SIGKILL)
    async with asyncio.timeout(30):
        while True:
            try:
                assert await _count(postgres) == 2
                break
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)
    await postgres.take_down()
    with pytest.raises(PostgresError, match="down on purpose"):
        await postgres.reach()
    postgres.bring_up()
    assert await _count(postgres) == 3
    await postgres.want({"one": "cc33"}, Condition(read_only=True))
    async with asyncio.timeout(10):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):  # noqa: PT012 (soon, not at once)
            while True:
                await _count(postgres)
    await postgres.want({"one": "cc33"}, Condition(full=True))
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await _count(postgres)
    await postgres.want({"one": "cc33"})
    await postgres.stop()
    # A note of a process that is somebody else's by now is no reason not to start.
    (tmp_path / "postgres/postmaster.pid").write_text(f"{os.getpid()}\n")
    again = Postgres(tmp_path / "postgres", tmp_path / "postgres.log", "of-the-superuser")
    await again.want({"one": "cc33", "two": "dd44"})
    assert await _count(again) >= 4
    assert set(await again.describe()) == {"pitchey_one", "pitchey_two"}
    await again.stop()


_OWNER = """
import asyncio, sys
from pathlib import Path
from localcloud.data.postgres import Postgres

async def main():
    folder = Path(sys.argv[1])
    postgres = Postgres(folder / "postgres", folder / "postgres.log", "of-the-superuser")
    await postgres.reach()
    print(postgres.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is ended at the next start")
def test_it_ends_with_its_owner(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, tmp_path], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    process = psutil.Process(int(owner.stdout.readline()))
    family = [process, *process.children(recursive=True)]
    owner.kill()
    owner.wait()
    owner.stdout.close()
    _, alive = psutil.wait_procs(family, 20)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
