"""Migrations as files: `NNNN_name.sql`, numbered from 0001 without a gap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from database.errors import DatabaseRefusedError

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)*)\.sql")
_ALONE: Final = re.compile(r"^-- migrate: no transaction$", re.MULTILINE)
"""For what Postgres does outside of transactions alone, as `create index concurrently`."""
_DIRECTIVE: Final = re.compile(r"^\s*--\s*migrate\b.*$", re.MULTILINE | re.IGNORECASE)
_COMMENT: Final = re.compile(r"^\s*--.*$", re.MULTILINE)
_OF_TRANSACTIONS: Final = re.compile(
    r"^\s*((?:begin|commit|rollback|abort|end)(?:\s+(?:work|transaction))?|start\s+transaction)\s*;",
    re.MULTILINE | re.IGNORECASE,
)
_END_OF_STATEMENT: Final = re.compile(r";[ \t]*(?:--.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str = field(repr=False)

    @property
    def file_name(self) -> str:
        return f"{self.number:04}_{self.name}.sql"

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def is_in_transaction(self) -> bool:
        return _ALONE.search(self.sql) is None

    def statements(self) -> list[str]:
        """One by one, as they are sent where they share no transaction. A statement ends with a `;` at the end of a line."""
        if self.is_in_transaction:
            return [self.sql]
        pieces = _END_OF_STATEMENT.split(self.sql)
        return [piece.strip() for piece in pieces if _COMMENT.sub("", piece).strip()]


def read_migrations(folder: Path) -> list[Migration]:
    """In their order; none where there is no such folder. Raises `DatabaseRefusedError`."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    _check_numbers(found)
    return found


def _read(path: Path) -> Migration:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise DatabaseRefusedError(
            f"{path.name} is no name of a migration",
            "name it NNNN_what.sql: four digits, then small letters, digits and _",
        )
    try:
        # The same content has the same checksum however a checkout ends its lines.
        sql = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DatabaseRefusedError(f"{path.name} is not UTF-8", "save it as UTF-8") from None
    migration = Migration(int(match.group(1)), match.group(2), sql)
    _check_text(migration)
    return migration


def _check_text(migration: Migration) -> None:
    name, sql = migration.file_name, migration.sql
    if not _COMMENT.sub("", sql).strip():
        raise DatabaseRefusedError(f"{name} holds no statement", "write one, or remove the file")
    directive = _DIRECTIVE.search(sql)
    if directive is not None and _ALONE.fullmatch(directive.group()) is None:
        raise DatabaseRefusedError(
            f"{name}: nobody knows {directive.group().strip()!r}",
            "the one that there is reads `-- migrate: no transaction`",
        )
    own = _OF_TRANSACTIONS.search(sql)
    if own is not None:
        raise DatabaseRefusedError(
            f"{name} has a `{own.group(1).lower()}` of its own",
            "leave it out: each migration runs in one transaction, and is written down in the same",
        )
    if not migration.is_in_transaction and "$" in _COMMENT.sub("", sql):
        raise DatabaseRefusedError(
            f"{name} has a body in dollars outside of a transaction",
            "put it into a migration of its own, in a transaction",
        )


def _check_numbers(found: Sequence[Migration]) -> None:
    for expected, migration in enumerate(found, start=1):
        if migration.number < expected:
            before = found[expected - 2]
            raise DatabaseRefusedError(
                f"{before.file_name} and {migration.file_name} have the same number",
                "number the younger one anew",
            )
        if migration.number > expected:
            raise DatabaseRefusedError(
                f"there is no migration {expected:04} before {migration.file_name}",
                f"migrations have no gaps: add it, or number {migration.file_name} anew",
            )
