"""Files of migrations: what is taken for one, and what is refused before any database is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from database.errors import DatabaseRefusedError
from database.migration_files import Migration, read_migrations

ROOT = Path(__file__).parents[3]
SQL = "create table a (i int);\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.removeprefix('_')}.sql").write_text(text)
    return folder


def test_the_projects_own_migrations_are_in_order() -> None:
    found = read_migrations(ROOT / "database/migrations")
    assert [migration.number for migration in found] == list(range(1, len(found) + 1))
    assert found[0].file_name == "0001_people.sql"


def test_migrations_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, _0002_b="create table b ();", _0001_z=SQL)
    (tmp_path / "README.md").write_text("not one")
    assert [migration.name for migration in read_migrations(tmp_path)] == ["z", "b"]


def test_no_folder_holds_none(tmp_path: Path) -> None:
    assert read_migrations(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"_1_short": SQL}, "1_short.sql is no name"),
        ({"_0001_Big": SQL}, "0001_Big.sql is no name"),
        ({"people": SQL}, "people.sql is no name"),
        ({"_0002_b": SQL}, "no migration 0001 before 0002_b.sql"),
        ({"_0001_a": SQL, "_0003_c": SQL}, "no migration 0002 before 0003_c.sql"),
        ({"_0001_a": SQL, "_0001_b": SQL}, "0001_a.sql and 0001_b.sql have the same number"),
        ({"_0001_a": "-- nothing yet\n"}, "0001_a.sql holds no statement"),
        ({"_0001_a": f"begin;\n{SQL}commit;\n"}, "0001_a.sql has a `begin` of its own"),
        ({"_0001_a": f"{SQL}COMMIT WORK;\n"}, "0001_a.sql has a `commit work` of its own"),
        ({"_0001_a": f"-- migrate: no transactions\n{SQL}"}, "nobody knows"),
        ({"_0001_a": "-- migrate: no transaction\ndo $$ begin end $$;\n"}, "body in dollars"),
    ],
)
def test_what_is_no_migration_is_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(DatabaseRefusedError, match=re.escape(said)) as refused:
        read_migrations(write(tmp_path, **files))
    assert refused.value.hint
    assert "\n" not in str(refused.value)


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_bytes(b"select '\xe9';")
    with pytest.raises(DatabaseRefusedError, match="not UTF-8"):
        read_migrations(tmp_path)


def test_a_blocks_begin_and_end_are_no_transaction(tmp_path: Path) -> None:
    write(tmp_path, _0001_a="do $$\nbegin\n  perform 1;\nend\n$$;\n")
    assert len(read_migrations(tmp_path)) == 1


def test_a_checksum_is_the_contents_and_not_the_line_ends(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_bytes(SQL.encode())
    unix = read_migrations(tmp_path)[0].checksum
    (tmp_path / "0001_a.sql").write_bytes(SQL.replace("\n", "\r\n").encode())
    assert read_migrations(tmp_path)[0].checksum == unix
    (tmp_path / "0001_a.sql").write_bytes(SQL.replace("int", "text").encode())
    assert read_migrations(tmp_path)[0].checksum != unix


def test_outside_of_a_transaction_statements_go_one_by_one() -> None:
    sql = (
        "-- migrate: no transaction\n"
        "drop index concurrently if exists i; -- of a try that failed\n"
        "create index concurrently i\n    on t (a)\n    where b <> ';';\n-- the end\n"
    )
    migration = Migration(1, "a", sql)
    assert not migration.is_in_transaction
    first, second = migration.statements()
    assert first.endswith("drop index concurrently if exists i")
    assert second.startswith("create index concurrently i")
    assert second.endswith("where b <> ';'")


def test_in_a_transaction_a_file_goes_whole() -> None:
    assert Migration(1, "a", SQL + SQL).statements() == [SQL + SQL]
