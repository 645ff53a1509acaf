"""What can go wrong with a database, as one line and a mend; no line holds a password or a row.

DatabaseError
├── DatabaseRefusedError   somebody's input, or a state in which nothing may be done: exit status 1, nothing was changed
└── DatabaseFailedError    the database did not do what it was asked for: exit status 2
"""

from __future__ import annotations

from typing import ClassVar


class DatabaseError(Exception):
    """`hint` says what to do about it."""

    exit_status: ClassVar[int] = 2

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class DatabaseRefusedError(DatabaseError):
    exit_status: ClassVar[int] = 1


class DatabaseFailedError(DatabaseError):
    pass
