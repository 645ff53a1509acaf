"""What waits, and what may not be applied."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from database.errors import DatabaseRefusedError
from database.migration_files import Migration
from database.planning import Applied, plan, refuse_newer

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
FILES = [Migration(n, name, f"create table {name} ()") for n, name in enumerate("abc", start=1)]


def applied(*migrations: Migration) -> list[Applied]:
    return [Applied(m.number, m.name, m.checksum, WHEN) for m in migrations]


def test_an_empty_database_waits_for_all() -> None:
    planned = plan(FILES, [])
    assert list(planned.waiting) == FILES
    assert planned.applied == planned.newer == ()


def test_what_is_applied_waits_no_more() -> None:
    planned = plan(FILES, applied(*FILES[:2]))
    assert list(planned.waiting) == FILES[2:]
    assert plan(FILES, applied(*FILES)).waiting == ()


def test_changed_content_is_refused() -> None:
    changed = Migration(2, "b", "create table b (i int)")
    with pytest.raises(DatabaseRefusedError, match=r"0002_b\.sql was applied with another content"):
        plan([FILES[0], changed, FILES[2]], applied(*FILES))


def test_a_changed_name_is_refused() -> None:
    renamed = Migration(2, "other", FILES[1].sql)
    said = "0002_other.sql was applied with another name, 0002_b.sql"
    with pytest.raises(DatabaseRefusedError, match=re.escape(said)):
        plan([FILES[0], renamed, FILES[2]], applied(*FILES))


def test_one_that_comes_too_late_is_told_its_number() -> None:
    with pytest.raises(DatabaseRefusedError, match=r"0002_b\.sql was never applied") as refused:
        plan(FILES, applied(FILES[0], FILES[2]))
    assert refused.value.hint == "number it anew: 0004 is free"


def test_a_database_that_is_ahead_is_seen_and_not_migrated() -> None:
    planned = plan(FILES[:2], applied(*FILES))
    assert [row.file_name for row in planned.newer] == ["0003_c.sql"]
    with pytest.raises(DatabaseRefusedError, match=r"the database has 0003_c\.sql"):
        refuse_newer(planned)
    refuse_newer(plan(FILES, applied(*FILES)))
