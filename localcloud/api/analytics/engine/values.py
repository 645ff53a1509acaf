"""Expressions on their way to SQLite: each with its ClickHouse type, which decides how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.api.analytics.engine.errors import QueryError


@dataclass(frozen=True)
class Interval:
    """`unit` in capitals: SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR."""

    count: int
    unit: str


SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True)
class Value:
    """`sql` for SQLite; times are Unix seconds there. `text`: what a text literal holds."""

    sql: str
    type: str
    aggregate: bool = False
    text: str | None = None
    interval: Interval | None = None

    @property
    def is_float(self) -> bool:
        return self.type == "Float64"

    @property
    def is_number(self) -> bool:
        return self.is_float or "Int" in self.type


def quoted(text: str) -> str:
    """Raises `QueryError` for what SQLite's text cannot hold."""
    if "\0" in text:
        raise QueryError("a text may not contain a zero byte")
    return "'" + text.replace("'", "''") + "'"


def whole(number: int) -> Value:
    bits = next((bits for bits in (8, 16, 32) if number < 1 << bits), 64)
    if number >= 1 << 63:
        return Value(f"{float(number)!r}", "Float64")
    return Value(str(number), f"UInt{bits}")


def common(values: list[Value]) -> str:
    """The type that holds each of them. Raises `QueryError` when there is none."""
    types = {value.type for value in values}
    if len(types) == 1:
        return types.pop()
    if not all(value.is_number for value in values):
        raise QueryError(f"no type holds all of {', '.join(sorted(types))}")
    if "Float64" in types:
        return "Float64"
    signed = any(not kind.startswith("U") for kind in types)
    bits = max(int(kind.lstrip("UInt")) for kind in types)
    return f"Int{min(64, bits * 2)}" if signed else f"UInt{bits}"
