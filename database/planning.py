"""What is to be done: migrations that are there, against those that the database has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from database.errors import DatabaseRefusedError
from database.migration_files import Migration


@dataclass(frozen=True)
class Applied:
    """A row of `schema_migrations`."""

    number: int
    name: str
    checksum: str
    applied_at: datetime

    @property
    def file_name(self) -> str:
        return f"{self.number:04}_{self.name}.sql"


@dataclass(frozen=True)
class Plan:
    applied: tuple[Applied, ...]
    waiting: tuple[Migration, ...]
    newer: tuple[Applied, ...]
    """The database has them, this checkout has not yet: somebody else's, or of a commit that is gone back from."""


def plan(files: Sequence[Migration], applied: Sequence[Applied]) -> Plan:
    """`files` have no gaps. Raises `DatabaseRefusedError` where one is no longer what was applied, or comes too late."""
    had = {row.number: row for row in applied}
    last = max(had, default=0)
    for migration in files:
        row = had.get(migration.number)
        if row is None:
            if migration.number < last:
                raise DatabaseRefusedError(
                    f"{migration.file_name} was never applied, and {had[last].file_name} was already",
                    f"number it anew: {max(last, len(files)) + 1:04} is free",
                )
        elif (row.name, row.checksum) != (migration.name, migration.checksum):
            what = "content" if row.name == migration.name else f"name, {row.file_name}"
            raise DatabaseRefusedError(
                f"{migration.file_name} was applied with another {what}",
                "put it back as it was, and make the change a new migration",
            )
    numbers = {migration.number for migration in files}
    newest = max(numbers, default=0)
    rows = tuple(sorted(applied, key=lambda row: row.number))
    return Plan(
        applied=rows,
        waiting=tuple(migration for migration in files if migration.number not in had),
        newer=tuple(row for row in rows if row.number > newest),
    )


def refuse_newer(planned: Plan) -> None:
    """Raises `DatabaseRefusedError` for a database that is ahead of the files."""
    if planned.newer:
        raise DatabaseRefusedError(
            f"the database has {planned.newer[-1].file_name}, and there is no such file here",
            "take the commit that has it: an older one cannot migrate a newer database",
        )
