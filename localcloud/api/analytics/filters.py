"""Filters over dimensions: equality, `_geq _leq _gt _lt _neq _in _notin _like _notlike`, AND and OR.

A dimension of time is compared as the second at which its bucket begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from localcloud.api.store import Json

Row = TypeVar("Row")
Getter = Callable[[Row], Any]
BUCKETS: Final = {
    "date": 86400,
    "datetime": 1,
    "datetimeMinute": 60,
    "datetimeFiveMinutes": 300,
    "datetimeFifteenMinutes": 900,
    "datetimeHour": 3600,
}
"""Dimension of time → how many seconds fall together in it."""
COMPARISONS: Final = ("geq", "leq", "gt", "lt", "neq")
_LISTS: Final = frozenset({"in", "notin"})
_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "": lambda value, wanted: value == wanted,
    "geq": lambda value, wanted: value >= wanted,
    "leq": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "lt": lambda value, wanted: value < wanted,
    "neq": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "notin": lambda value, wanted: value not in wanted,
    "like": lambda value, wanted: wanted.fullmatch(value) is not None,
    "notlike": lambda value, wanted: wanted.fullmatch(value) is None,
}


def seconds(text: str) -> float:
    """A time or a date as Unix time. Raises `ValueError` for what is neither."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def shown(name: str, second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    return at.strftime("%Y-%m-%d" if name == "date" else "%Y-%m-%dT%H:%M:%SZ")


def predicate(given: Json, getters: Mapping[str, Getter[Row]]) -> Callable[[Row], bool]:
    """Whether a row passes; parsed once, asked for each row."""
    tests = list(_tests(given, getters))
    return lambda row: all(test(row) for test in tests)


def _tests(given: Json, getters: Mapping[str, Getter[Row]]) -> Iterator[Callable[[Row], bool]]:
    for key, wanted in given.items():
        if wanted is None:
            continue
        if key in {"AND", "OR"}:
            inner = [predicate(part, getters) for part in wanted]
            if inner:
                yield _joined(all if key == "AND" else any, inner)
            continue
        name, _, operator = key.partition("_")
        yield _compared(getters[name], _TESTS[operator], _parsed(name, operator, wanted))


def _joined(
    join: Callable[[Iterator[bool]], bool], inner: list[Callable[[Row], bool]]
) -> Callable[[Row], bool]:
    return lambda row: join(test(row) for test in inner)


def _compared(
    getter: Getter[Row], test: Callable[[Any, Any], bool], wanted: object
) -> Callable[[Row], bool]:
    return lambda row: test(getter(row), wanted)


def _parsed(name: str, operator: str, wanted: Any) -> object:  # noqa: ANN401 (text, number or a list)
    if name in BUCKETS:
        return [seconds(one) for one in wanted] if operator in _LISTS else seconds(wanted)
    if operator in {"like", "notlike"}:
        return re.compile(".*".join(re.escape(part) for part in wanted.split("%")), re.DOTALL)
    return wanted


@dataclass(frozen=True)
class Span:
    """The seconds that a filter can match at most, as it names them; None where it sets no bound. Buckets that begin by
    `high` end up to `reach` seconds later."""

    low: float | None = None
    high: float | None = None
    reach: int = 0

    def within(self, other: Span) -> Span:
        """Both bounds obeyed."""
        low = [bound for bound in (self.low, other.low) if bound is not None]
        high = [bound for bound in (self.high, other.high) if bound is not None]
        return Span(max(low, default=None), min(high, default=None), max(self.reach, other.reach))


def span(given: Json) -> Span:
    """AND is looked into, OR is not."""
    found = Span()
    for key, wanted in given.items():
        name, _, operator = key.partition("_")
        if wanted is None:
            continue
        if key == "AND":
            for part in wanted:
                found = found.within(span(part))
        elif name in BUCKETS:
            found = found.within(_bounds(operator, wanted, BUCKETS[name] - 1))
    return found


def _bounds(operator: str, wanted: Any, reach: int) -> Span:  # noqa: ANN401 (a text or a list of them)
    if operator in {"geq", "gt"}:
        return Span(low=seconds(wanted))
    if operator in {"leq", "lt"}:
        return Span(high=seconds(wanted), reach=reach)
    if operator == "":
        return Span(seconds(wanted), seconds(wanted), reach)
    if operator == "in" and wanted:
        moments = [seconds(one) for one in wanted]
        return Span(min(moments), max(moments), reach)
    return Span()


def chosen(given: Json, name: str) -> list[str] | None:
    """The values of a dimension that a filter names at its top; None when it leaves them open."""
    if given.get(name) is not None:
        return [given[name]]
    return given.get(f"{name}_in")
