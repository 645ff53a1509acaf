"""Queries: one SELECT over a dataset, or over another SELECT, as one of SQLite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from localcloud.api.analytics.engine.errors import QueryError
from localcloud.api.analytics.engine.expressions import Expressions
from localcloud.api.analytics.engine.points import BLOBS, DOUBLES
from localcloud.api.analytics.engine.values import Value, quoted

COLUMNS: Final = {
    "dataset": Value("dataset", "String"),
    "timestamp": Value("timestamp", "DateTime"),
    "_sample_interval": Value("CAST(1 AS INTEGER)", "UInt32"),
    "index1": Value("index1", "String"),
    **{name: Value(name, "Float64") for name in DOUBLES},
    **{name: Value(name, "String") for name in BLOBS},
}
"""Nothing is sampled here: each point stands for itself."""
FORMATS: Final = ("JSON", "JSONEachRow", "TabSeparated")


@dataclass(frozen=True)
class Query:
    """`columns`: name and ClickHouse type of each, in order. `datasets`: the tables that are read. None of both for
    SHOW TABLES."""

    sql: str
    columns: tuple[tuple[str, str], ...]
    datasets: tuple[str, ...]
    format: str


def read(query: str, account: str, now: int) -> Query:
    """`now` in Unix seconds. Raises `QueryError`."""
    reading = Expressions(query, now)
    if reading.accept_word("SHOW", "TABLES"):
        sql, columns, datasets = "", list[tuple[str, str]](), list[str]()
    else:
        datasets = list[str]()
        sql, columns = _select(reading, account, datasets)
    form = _format(reading)
    reading.accept_sign(";")
    if reading.next.kind != "end":
        raise reading.unexpected("the end of the query")
    return Query(sql, tuple(columns), tuple(datasets), form)


def _format(reading: Expressions) -> str:
    if not reading.accept_word("FORMAT"):
        return FORMATS[0]
    name = reading.name("a format")
    for known in FORMATS:
        if known.lower() == name.lower():
            return known
    raise QueryError(f"unknown format {name}; known are {', '.join(FORMATS)}")


def _select(
    reading: Expressions, account: str, datasets: list[str]
) -> tuple[str, list[tuple[str, str]]]:
    reading.expect("SELECT")
    distinct = "DISTINCT " if reading.accept_word("DISTINCT") else ""
    # What is selected can only be read once it is known from what.
    start = reading.mark()
    reading.skip_to("FROM")
    source, reading.columns = _source(reading, account, datasets)
    reading.aliases = {}
    after = reading.mark()
    reading.back_to(start)
    selected = _selected(reading)
    if not reading.is_word("FROM"):
        raise reading.unexpected("FROM")
    reading.back_to(after)
    inner = ", ".join(f"{value.sql} AS {_named(name)}" for name, value in selected)
    sql = f"SELECT {distinct}{inner} FROM {source}"  # noqa: S608 (texts and names are quoted where they are read)
    sql += _clauses(reading, any(value.aggregate for _, value in selected))
    return sql, [(name, value.type) for name, value in selected]


def _clauses(reading: Expressions, aggregate: bool) -> str:
    sql = ""
    if reading.accept_word("WHERE"):
        condition = reading.expression()
        if condition.aggregate:
            raise QueryError("WHERE may not hold an aggregate function; HAVING may")
        sql += f" WHERE {condition.sql}"
    if reading.accept_word("GROUP", "BY"):
        # A bare number would mean a position to SQLite, and so it does to ClickHouse.
        sql += f" GROUP BY {', '.join(value.sql for value in _several(reading))}"
        aggregate = True
    if reading.accept_word("HAVING"):
        if not aggregate:
            raise QueryError("HAVING needs GROUP BY")
        sql += f" HAVING {reading.expression().sql}"
    if reading.accept_word("ORDER", "BY"):
        sql += f" ORDER BY {', '.join(_ordered(reading))}"
    if reading.accept_word("LIMIT"):
        sql += f" LIMIT {_count(reading)}"
        if reading.accept_word("OFFSET"):
            sql += f" OFFSET {_count(reading)}"
    return sql


def _source(
    reading: Expressions, account: str, datasets: list[str]
) -> tuple[str, dict[str, Value]]:
    if reading.accept_sign("("):
        inner, columns = _select(reading, account, datasets)
        reading.expect(")")
        if reading.accept_word("AS"):
            reading.name("a name")
        return f"({inner})", {name: Value(_named(name), type) for name, type in columns}
    dataset = reading.name("the name of a dataset")
    datasets.append(dataset)
    where = f"account = {quoted(account)} AND dataset = {quoted(dataset)}"
    return f"(SELECT * FROM data_points WHERE {where})", dict(COLUMNS)  # noqa: S608 (both are quoted)


def _selected(reading: Expressions) -> list[tuple[str, Value]]:
    selected: list[tuple[str, Value]] = []
    while True:
        if reading.accept_sign("*"):
            selected.extend(reading.columns.items())
        else:
            start = reading.next.start
            value = reading.expression()
            if value.interval is not None:
                raise QueryError("an INTERVAL is no column")
            name = " ".join(reading.query[start : reading.last_end].split())
            if reading.accept_word("AS"):
                name = reading.name("a name")
                reading.aliases[name] = value
            selected.append((name, value))
        if not reading.accept_sign(","):
            return selected


def _several(reading: Expressions) -> list[Value]:
    values = [reading.expression()]
    while reading.accept_sign(","):
        values.append(reading.expression())
    return values


def _ordered(reading: Expressions) -> list[str]:
    ordered: list[str] = []
    while True:
        value = reading.expression()
        down = reading.accept_word("DESC")
        if not down:
            reading.accept_word("ASC")
        ordered.append(f"{value.sql} DESC" if down else value.sql)
        if not reading.accept_sign(","):
            return ordered


def _count(reading: Expressions) -> str:
    token = reading.take()
    if token.kind != "number" or not token.value.isdigit():
        raise QueryError("LIMIT and OFFSET take a whole number")
    return token.value


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
