"""The functions that queries may call, and what SQLite is taught for them.

https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from localcloud.api.analytics.engine import times
from localcloud.api.analytics.engine.errors import QueryError
from localcloud.api.analytics.engine.values import MONTHS, SECONDS, Interval, Value, common

_MONDAY: Final = 4 * 86400
"""The first one, 1970-01-05."""
Build = Callable[[list[Value]], Value]


def _sql(pattern: str, type: str) -> Build:
    return lambda values: Value(pattern.format(*(value.sql for value in values)), type)


def _like_first(pattern: str) -> Build:
    return lambda values: Value(pattern.format(*(v.sql for v in values)), values[0].type)


def as_time(value: Value) -> Value:
    if value.text is not None:
        return Value(str(times.read(value.text)), "DateTime")
    if value.type == "String":
        return Value(f"read_time({value.sql})", "DateTime")
    return Value(f"CAST({value.sql} AS INTEGER)", "DateTime")


def start_of(time: Value, interval: Interval) -> Value:
    time = as_time(time)
    if interval.unit in MONTHS:
        months = interval.count * MONTHS[interval.unit]
        return Value(f"start_of_months({time.sql}, {months})", "DateTime")
    step = interval.count * SECONDS[interval.unit]
    shift = _MONDAY if interval.unit == "WEEK" else 0
    return Value(f"({time.sql} - ({time.sql} - {shift}) % {step})", "DateTime")


def plus(time: Value, interval: Interval, sign: int) -> Value:
    if interval.unit in MONTHS:
        months = sign * interval.count * MONTHS[interval.unit]
        return Value(f"plus_months({time.sql}, {months})", "DateTime", time.aggregate)
    seconds = sign * interval.count * SECONDS[interval.unit]
    return Value(f"({time.sql} + {seconds})", "DateTime", time.aggregate)


def _start_of_interval(values: list[Value]) -> Value:
    interval = values[1].interval
    if interval is None:
        raise QueryError("toStartOfInterval takes a time and an INTERVAL")
    return start_of(values[0], interval)


def _starting(unit: str, count: int = 1) -> Build:
    return lambda values: start_of(values[0], Interval(count, unit))


def _part(form: str, type: str = "UInt8") -> Build:
    return lambda values: Value(
        f"CAST(strftime('{form}', {as_time(values[0]).sql}, 'unixepoch') AS INTEGER)", type
    )


def _if(values: list[Value]) -> Value:
    condition, yes, no = values
    return Value(f"iif({condition.sql}, {yes.sql}, {no.sql})", common([yes, no]))


def _format_time(values: list[Value]) -> Value:
    return Value(f"format_time({as_time(values[0]).sql}, {values[1].sql})", "String")


def _to_text(values: list[Value]) -> Value:
    value = values[0]
    if value.type == "DateTime":
        return Value(f"strftime('%Y-%m-%d %H:%M:%S', {value.sql}, 'unixepoch')", "String")
    return Value(f"CAST({value.sql} AS TEXT)", "String")


def _sum(values: list[Value]) -> Value:
    type = "Float64" if values[0].is_float else ("UInt64" if values[0].type[0] == "U" else "Int64")
    return Value(f"coalesce(sum({values[0].sql}), 0)", type)


def _condition(pattern: str, build: Build) -> Build:
    """A form with `If`: the last argument says which rows count."""

    def conditioned(values: list[Value]) -> Value:
        told = build(values[:-1])
        return Value(pattern.format(*(value.sql for value in values)), told.type)

    return conditioned


SCALARS: Final[dict[str, tuple[int, int, Build]]] = {
    "if": (3, 3, _if),
    "intdiv": (2, 2, _sql("(CAST({0} AS INTEGER) / CAST({1} AS INTEGER))", "Int64")),
    "round": (1, 2, lambda v: Value(f"round({', '.join(x.sql for x in v)})", "Float64")),
    "floor": (1, 1, _sql("floor({0})", "Float64")),
    "ceil": (1, 1, _sql("ceil({0})", "Float64")),
    "abs": (1, 1, _like_first("abs({0})")),
    "log": (1, 1, _sql("ln({0})", "Float64")),
    "pow": (2, 2, _sql("pow({0}, {1})", "Float64")),
    "sqrt": (1, 1, _sql("sqrt({0})", "Float64")),
    "greatest": (2, 9, lambda v: Value(f"max({', '.join(x.sql for x in v)})", common(v))),
    "least": (2, 9, lambda v: Value(f"min({', '.join(x.sql for x in v)})", common(v))),
    "touint8": (1, 1, _sql("(CAST({0} AS INTEGER) & 255)", "UInt8")),
    "touint32": (1, 1, _sql("(CAST({0} AS INTEGER) & 4294967295)", "UInt32")),
    "tostring": (1, 1, _to_text),
    "length": (1, 1, _sql("length(CAST({0} AS BLOB))", "UInt64")),
    "empty": (1, 1, _sql("({0} = '')", "UInt8")),
    "lower": (1, 1, _sql("fold_down({0})", "String")),
    "tolower": (1, 1, _sql("fold_down({0})", "String")),
    "upper": (1, 1, _sql("fold_up({0})", "String")),
    "toupper": (1, 1, _sql("fold_up({0})", "String")),
    "startswith": (2, 2, _sql("(substr({0}, 1, length({1})) = {1})", "UInt8")),
    "endswith": (2, 2, _sql("({1} = '' OR substr({0}, -length({1})) = {1})", "UInt8")),
    "position": (2, 2, _sql("instr({0}, {1})", "UInt64")),
    "substring": (2, 3, lambda v: Value(f"substr({', '.join(x.sql for x in v)})", "String")),
    "concat": (1, 20, lambda v: Value(f"({' || '.join(x.sql for x in v)})", "String")),
    "todatetime": (1, 1, lambda v: as_time(v[0])),
    "tounixtimestamp": (1, 1, lambda v: Value(as_time(v[0]).sql, "UInt32")),
    "formatdatetime": (2, 2, _format_time),
    "tostartofinterval": (2, 2, _start_of_interval),
    "tostartofyear": (1, 1, _starting("YEAR")),
    "tostartofmonth": (1, 1, _starting("MONTH")),
    "tostartofweek": (1, 1, _starting("WEEK")),
    "tostartofday": (1, 1, _starting("DAY")),
    "tostartofhour": (1, 1, _starting("HOUR")),
    "tostartoffifteenminutes": (1, 1, _starting("MINUTE", 15)),
    "tostartoftenminutes": (1, 1, _starting("MINUTE", 10)),
    "tostartoffiveminutes": (1, 1, _starting("MINUTE", 5)),
    "tostartofminute": (1, 1, _starting("MINUTE")),
    "toyear": (1, 1, _part("%Y", "UInt16")),
    "tomonth": (1, 1, _part("%m")),
    "todayofmonth": (1, 1, _part("%d")),
    "todayofweek": (1, 1, _part("%u")),
    "tohour": (1, 1, _part("%H")),
    "tominute": (1, 1, _part("%M")),
    "tosecond": (1, 1, _part("%S")),
    "toyyyymm": (1, 1, _part("%Y%m", "UInt32")),
}
"""Lower-case name → fewest and most arguments, and how it is built."""
AGGREGATES: Final[dict[str, tuple[int, int, Build]]] = {
    "count": (0, 1, lambda v: Value(f"count({v[0].sql if v else '*'})", "UInt64")),
    "sum": (1, 1, _sum),
    "avg": (1, 1, _sql("avg({0})", "Float64")),
    "min": (1, 1, _like_first("min({0})")),
    "max": (1, 1, _like_first("max({0})")),
    "countif": (1, 1, _sql("count(iif({0}, 1, NULL))", "UInt64")),
    "sumif": (2, 2, _condition("coalesce(sum(iif({1}, {0}, NULL)), 0)", _sum)),
    "avgif": (2, 2, _sql("avg(iif({1}, {0}, NULL))", "Float64")),
    "uniq": (1, 1, _sql("count(DISTINCT {0})", "UInt64")),
    "argmax": (2, 2, _like_first("arg_max({0}, {1})")),
    "argmin": (2, 2, _like_first("arg_min({0}, {1})")),
}
QUANTILES: Final = frozenset({"quantileweighted", "quantileexactweighted"})
"""Called with the level first: `quantileExactWeighted(0.95)(double1, _sample_interval)`."""


def call(name: str, values: list[Value], level: str | None) -> Value:
    """Raises `QueryError`."""
    known = name.lower()
    if known in QUANTILES:
        if level is None or len(values) != 2:
            raise QueryError(f"{name} is called as {name}(0.95)(column, _sample_interval)")
        inner = ", ".join(value.sql for value in values)
        return _whole(f"quantile({level}, {inner})", "Float64", values)
    if level is not None:
        raise QueryError(f"{name} takes one list of arguments")
    aggregate = known in AGGREGATES
    found = AGGREGATES.get(known) or SCALARS.get(known)
    if found is None:
        raise QueryError(f"unknown function {name}")
    fewest, most, build = found
    if not fewest <= len(values) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise QueryError(f"{name} takes {wanted} arguments, not {len(values)}")
    if any(value.interval for value in values) and known != "tostartofinterval":
        raise QueryError(f"{name} takes no INTERVAL")
    built = build(values)
    if aggregate:
        return _whole(built.sql, built.type, values)
    return Value(built.sql, built.type, any(value.aggregate for value in values))


def _whole(sql: str, type: str, values: Sequence[Value]) -> Value:
    if any(value.aggregate for value in values):
        raise QueryError("an aggregate function may not be inside another")
    return Value(sql, type, aggregate=True)


class _Quantile:
    """The smallest value that so much of the weight is at or under."""

    def __init__(self) -> None:
        self._level = 0.5
        self._values: list[tuple[float, float]] = []

    def step(self, level: float, value: float | None, weight: float | None) -> None:
        self._level = level
        if value is not None and weight:
            self._values.append((value, weight))

    def finalize(self) -> float | None:
        self._values.sort()
        threshold = self._level * sum(weight for _, weight in self._values)
        reached = 0.0
        for value, weight in self._values:
            reached += weight
            if reached >= threshold:
                return value
        return None


class _ArgMax:
    """The value beside the largest."""

    sign = 1

    def __init__(self) -> None:
        self._best: tuple[Any, Any] | None = None

    def step(self, value: Any, by: Any) -> None:  # noqa: ANN401 (whatever a column holds)
        if self._best is None or (by > self._best[0] if self.sign > 0 else by < self._best[0]):
            self._best = (by, value)

    def finalize(self) -> Any:  # noqa: ANN401
        return None if self._best is None else self._best[1]


class _ArgMin(_ArgMax):
    """The value beside the smallest."""

    sign = -1


def teach(database: sqlite3.Connection) -> None:
    """What is built above needs these."""
    aggregates: dict[str, tuple[int, Any]] = {
        "quantile": (3, _Quantile),
        "arg_max": (2, _ArgMax),
        "arg_min": (2, _ArgMin),
    }
    for name, (count, aggregate) in aggregates.items():
        database.create_aggregate(name, count, aggregate)
    known: dict[str, tuple[int, Callable[..., Any]]] = {
        "read_time": (1, times.read),
        "format_time": (2, times.formatted),
        "start_of_months": (2, times.start_of_months),
        "plus_months": (2, times.plus_months),
        "fold_down": (1, str.lower),
        "fold_up": (1, str.upper),
        "floor": (1, math.floor),
        "ceil": (1, math.ceil),
        "ln": (1, _log),
        "pow": (2, _pow),
        "sqrt": (1, _sqrt),
    }
    for name, (count, function) in known.items():
        database.create_function(name, count, _unless_null(function), deterministic=True)


def _log(x: float) -> float | None:
    return math.log(x) if x > 0 else None


def _pow(x: float, y: float) -> float:
    return float(x) ** y


def _sqrt(x: float) -> float | None:
    return math.sqrt(x) if x >= 0 else None


def _unless_null(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: None if None in given else function(*given)
