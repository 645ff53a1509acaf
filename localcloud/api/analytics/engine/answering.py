"""Queries carried out beside the API's work, on a connection that can only read, and their answers as text."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.api.analytics.engine import functions, like, times
from localcloud.api.analytics.engine.errors import QueryError
from localcloud.api.analytics.engine.queries import Query

_LONGEST: Final = 10.0
"""Seconds."""
_MOST_ROWS: Final = 100_000
_STEPS: Final = 10_000
Row = tuple[Any, ...]


def run(path: Path, query: Query) -> list[Row]:
    """Raises `QueryError`."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        functions.teach(database)
        database.create_function("like_text", 3, like.matches, deterministic=True)
        ends = time.monotonic() + _LONGEST
        database.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
        rows = database.execute(query.sql).fetchmany(_MOST_ROWS + 1)
    except sqlite3.Error as error:
        told = "took too long" if "interrupted" in str(error) else str(error)
        raise QueryError(f"the query failed: {told}") from error
    finally:
        database.close()
    if len(rows) > _MOST_ROWS:
        raise QueryError(f"the answer has more than {_MOST_ROWS} rows; add a LIMIT")
    return [tuple(_shown(v, t) for v, (_, t) in zip(row, query.columns, strict=True)) for row in rows]  # fmt: skip


def _shown(value: Any, type: str) -> Any:  # noqa: ANN401 (as JSON has it)
    """As ClickHouse writes JSON: 64-bit integers as texts, no infinities."""
    if value is None or type == "String":
        return value
    if type == "DateTime":
        return times.shown(value)
    if type in {"UInt64", "Int64"}:
        return str(int(value))
    if type == "Float64":
        number = float(value)
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return int(value)


def text(columns: Sequence[tuple[str, str]], rows: Sequence[Row], format: str) -> tuple[str, str]:
    """The body and its content type."""
    names = [name for name, _ in columns]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    if format == "JSONEachRow":
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        return "".join(f"{line}\n" for line in lines), "application/x-ndjson"
    if format == "TabSeparated":
        lines = ["\t".join(map(_cell, row)) for row in rows]
        return "".join(f"{line}\n" for line in lines), "text/tab-separated-values"
    body = {
        "meta": [{"name": name, "type": type} for name, type in columns],
        "data": records,
        "rows": len(rows),
        "rows_before_limit_at_least": len(rows),
    }
    return json.dumps(body, ensure_ascii=False), "application/json"


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    cell = str(value).replace("\\", "\\\\")
    return cell.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
