"""What `up` does with a stack's database: on the local cloud everything, anywhere else a look."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from database.errors import DatabaseError, DatabaseFailedError
from delivery.errors import RefusedError
from delivery.stack import Stack
from delivery.stack_database import Preparation, Ready
from tests.localcloud.data.conftest import PASSWORDS
from tests.localcloud.database.conftest import COMMITTED, ROOT, Fresh

NAMES = tuple(migration.file_name for migration in COMMITTED)


class _Cloud:
    def __init__(self, name: str) -> None:
        self.name = name

    def working_secret(self, key: str, stack: str) -> str | None:
        assert (key, stack) == ("databaseUrl", "staging")
        return None


class _Stack:
    name = "staging"

    def __init__(self, url: str | None, cloud: str, project: Path) -> None:
        self.cloud = _Cloud(cloud)
        self.project = project
        self._url = url

    def secrets(self, stack: str) -> dict[str, str]:
        assert stack == self.name
        return {} if self._url is None else {"databaseUrl": self._url}


def prepared(url: str | None, cloud: str, project: Path = ROOT) -> Ready:
    """Of a stack with this connection string among its secrets."""
    target: Any = _Stack(url, cloud, project)
    preparation = Preparation(cast("Stack", target), lambda _text: None)
    preparation.begin()
    return preparation.done()


def url_of(fresh: Fresh) -> str:
    at = fresh.address
    return f"postgresql://{at.user}:{PASSWORDS['staging']}@{at.host}:{at.port}/{at.name}"


async def test_on_the_local_cloud_it_is_migrated_and_filled_once(fresh: Fresh) -> None:
    first = await asyncio.to_thread(prepared, url_of(fresh), "local")
    assert first.applied == NAMES
    assert first.seeded is not None
    assert await fresh.value("select count(*) from pitches") == first.seeded.pitches
    assert any("log in as" in line for line in first.lines("staging", "local"))
    assert await asyncio.to_thread(prepared, url_of(fresh), "local") == Ready()


async def test_what_was_emptied_on_purpose_of_made_up_data_and_holds_others_stays(
    fresh: Fresh,
) -> None:
    await asyncio.to_thread(prepared, url_of(fresh), "local")
    await fresh.run("delete from pitches where id <> (select id from pitches limit 1)")
    await asyncio.to_thread(prepared, url_of(fresh), "local")
    assert await fresh.value("select count(*) from pitches") == 1


async def test_on_another_cloud_it_is_looked_at_alone(fresh: Fresh) -> None:
    seen = await asyncio.to_thread(prepared, url_of(fresh), "cloudflare")
    assert seen == Ready(waiting=NAMES)
    assert await fresh.tables() == set()
    (line,) = seen.lines("staging", "cloudflare")
    assert f"{len(NAMES)} migrations wait, 0001_people.sql first" in line
    assert "`pitchey database migrate staging --cloud cloudflare`" in line


def test_without_a_connection_string_it_says_how_one_is_set() -> None:
    with pytest.raises(RefusedError, match="pitchey:databaseUrl of staging is not set") as refused:
        prepared(None, "cloudflare")
    assert "pulumi config set --secret pitchey:databaseUrl -s staging" in str(refused.value.hint)


def test_trouble_is_told_to_whoever_waits() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        prepared("postgresql://u:p@127.0.0.1:1/d", "cloudflare")


@pytest.mark.parametrize(("cloud", "says"), [("local", True), ("cloudflare", False)])
def test_why_this_machines_database_does_not_run_is_told_where_that_is_to_be_seen(
    cloud: str, *, says: bool
) -> None:
    with pytest.raises(DatabaseFailedError) as failed:
        prepared("postgresql://u:p@127.0.0.1:1/d", cloud)
    assert ("pitchey local status" in str(failed.value.hint)) == says


def test_a_project_without_migrations_asks_no_database(tmp_path: Path) -> None:
    assert prepared("postgresql://u:p@127.0.0.1:1/d", "local", tmp_path) == Ready()
