"""The state file: what a transaction promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.api.store import Store

_TABLE = "CREATE TABLE IF NOT EXISTS things (name TEXT); CREATE INDEX IF NOT EXISTS by_name ON things (name);"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.db")
    yield opened
    opened.close()


def names(store: Store) -> list[str]:
    return [row[0] for row in store.execute("SELECT name FROM things")]


def test_a_service_may_make_its_tables_within_a_transaction(store: Store) -> None:
    with store.transaction():
        store.insert("kind", "", "1", {})
        store.schema(_TABLE)
        store.execute("INSERT INTO things VALUES ('kept')")
    assert names(store) == ["kept"]
    assert [document.id for document in store.list("kind")] == ["1"]


def test_a_failed_transaction_leaves_its_tables_and_nothing_else(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.insert("kind", "", "1", {})
            store.schema(_TABLE)
            store.execute("INSERT INTO things VALUES ('lost')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(store) == []
    assert store.list("kind") == []
