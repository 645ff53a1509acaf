"""Times of queries: Unix seconds in UTC, calendar steps, ClickHouse's formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from localcloud.api.analytics.engine.errors import QueryError

_READ: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?)?")
_FORMATS: Final = {
    "Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "e": "%d", "j": "%j", "H": "%H", "I": "%I", "i": "%M", "M": "%M",
    "S": "%S", "s": "%S", "p": "%p", "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "u": "%u",
    "a": "%a", "b": "%b", "%": "%%",
}  # fmt: skip


def read(text: str) -> int:
    """`2026-01-31` or `2026-01-31 12:00:00`. Raises `QueryError`."""
    match = _READ.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError  # noqa: TRY301
        clock = match[2] or "00:00"
        return int(datetime.fromisoformat(f"{match[1]}T{clock}+00:00").timestamp())
    except ValueError:
        raise QueryError(f"{text!r} is no time; write it as 'YYYY-MM-DD hh:mm:ss'") from None


def shown(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def formatted(seconds: int, form: str) -> str:
    known = re.sub(r"%(.)", lambda m: _FORMATS.get(m[1], f"%%{m[1]}"), form)
    return datetime.fromtimestamp(seconds, UTC).strftime(known)


def start_of_months(seconds: int, months: int) -> int:
    """Of the stretch of so many months, counted from January 1970, that the time is in."""
    at = datetime.fromtimestamp(seconds, UTC)
    number = (at.year - 1970) * 12 + at.month - 1
    year, month = divmod(number - number % months, 12)
    return int(datetime(1970 + year, month + 1, 1, tzinfo=UTC).timestamp())


def plus_months(seconds: int, months: int) -> int:
    """The same day and hour so many months later; the last day where a month is shorter."""
    at = datetime.fromtimestamp(seconds, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    for day in (at.day, 30, 29, 28):
        try:
            return int(at.replace(year=year, month=month + 1, day=min(day, at.day)).timestamp())
        except ValueError:
            continue
    return seconds
