"""Expressions of queries: from tokens to SQLite, by precedence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.api.analytics.engine import functions, times
from localcloud.api.analytics.engine.errors import QueryError
from localcloud.api.analytics.engine.tokens import Token, tokens
from localcloud.api.analytics.engine.values import (
    MONTHS,
    SECONDS,
    Interval,
    Value,
    common,
    quoted,
    whole,
)

_COMPARISONS: Final = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}  # fmt: skip
_RESERVED: Final = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP",
        "BY",
        "HAVING",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "FORMAT",
        "AS",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "ILIKE",
        "BETWEEN",
        "ASC",
        "DESC",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "IS",
        "UNION",
        "JOIN",
        "DISTINCT",
    ]
)
_DEEPEST: Final = 60


class Expressions:
    """Reads a query token by token. `columns`: what names mean where the reading is; aliases come before them."""

    def __init__(self, query: str, now: int) -> None:
        self.query = query
        self.columns: Mapping[str, Value] = {}
        self.aliases: dict[str, Value] = {}
        self._now = now
        self._tokens = list(tokens(query))
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    @property
    def last_end(self) -> int:
        return self._tokens[self._at - 1].end

    def mark(self) -> int:
        """For `back_to`."""
        return self._at

    def back_to(self, mark: int) -> None:
        self._at = mark

    def skip_to(self, word: str) -> None:
        """Past the word that is in no brackets; raises `QueryError` when it is not there."""
        open_brackets = 0
        while open_brackets or not self.is_word(word):
            token = self.take()
            if token.kind == "end":
                raise QueryError(f"the query has no {word}")
            if token.kind == "sign":
                open_brackets += {"(": 1, ")": -1}.get(token.value, 0)
        self.take()

    def take(self) -> Token:
        token = self.next
        self._at += token.kind != "end"
        return token

    def is_word(self, *words: str) -> bool:
        """Whether these words come next."""
        ahead = self._tokens[self._at : self._at + len(words)]
        return [t.value.upper() if t.kind == "word" else "" for t in ahead] == list(words)

    def accept_word(self, *words: str) -> bool:
        if not self.is_word(*words):
            return False
        self._at += len(words)
        return True

    def accept_sign(self, sign: str) -> bool:
        if self.next.kind != "sign" or self.next.value != sign:
            return False
        self._at += 1
        return True

    def expect(self, what: str) -> None:
        if not (self.accept_sign(what) or self.accept_word(*what.split())):
            raise self.unexpected(what)

    def unexpected(self, wanted: str) -> QueryError:
        token = self.next
        found = f"{token.value!r} at position {token.start + 1}" if token.kind != "end" else "the end of the query"  # fmt: skip
        return QueryError(f"expected {wanted}, found {found}")

    def name(self, what: str) -> str:
        token = self.next
        if token.kind == "quoted" or (token.kind == "word" and token.value.upper() not in _RESERVED):  # fmt: skip
            return self.take().value
        raise self.unexpected(what)

    # -- by precedence, the weakest first ---------------------------------------------------------------------------

    def expression(self) -> Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError("the query is nested too deeply")
        value = self._conjunction()
        while self.accept_word("OR"):
            value = _joined("OR", value, self._conjunction())
        self._depth -= 1
        return value

    def _conjunction(self) -> Value:
        value = self._negation()
        while self.accept_word("AND"):
            value = _joined("AND", value, self._negation())
        return value

    def _negation(self) -> Value:
        negations = 0
        while self.accept_word("NOT"):
            negations += 1
        value = self._comparison()
        for _ in range(negations):
            value = Value(f"(NOT {value.sql})", "UInt8", value.aggregate)
        return value

    def _comparison(self) -> Value:  # noqa: PLR0911 (one return an operator)
        left = self._sum()
        if self.next.kind == "sign" and self.next.value in _COMPARISONS:
            sign = _COMPARISONS[self.take().value]
            return _compared(sign, left, self._sum())
        if self.accept_word("IS", "NOT", "NULL"):
            return Value(f"({left.sql} IS NOT NULL)", "UInt8", left.aggregate)
        if self.accept_word("IS", "NULL"):
            return Value(f"({left.sql} IS NULL)", "UInt8", left.aggregate)
        no = "NOT " if self.accept_word("NOT") else ""
        if self.accept_word("IN"):
            self.expect("(")
            items = [_alike(left, item)[1] for item in self._list(")")]
            inner = ", ".join(item.sql for item in items)
            return Value(f"({left.sql} {no}IN ({inner}))", "UInt8", left.aggregate)
        if self.accept_word("BETWEEN"):
            low = _alike(left, self._sum())[1]
            self.expect("AND")
            high = _alike(left, self._sum())[1]
            return Value(f"({left.sql} {no}BETWEEN {low.sql} AND {high.sql})", "UInt8", left.aggregate)  # fmt: skip
        if self.is_word("LIKE") or self.is_word("ILIKE"):
            folded = self.take().value.upper() == "ILIKE"
            pattern = self._sum()
            return Value(f"({no}like_text({left.sql}, {pattern.sql}, {int(folded)}))", "UInt8", left.aggregate)  # fmt: skip
        if no:
            raise self.unexpected("IN, LIKE or BETWEEN")
        return left

    def _sum(self) -> Value:
        value = self._product()
        while self.next.kind == "sign" and self.next.value in {"+", "-"}:
            sign = self.take().value
            value = _added(sign, value, self._product())
        return value

    def _product(self) -> Value:
        value = self._unary()
        while self.next.kind == "sign" and self.next.value in {"*", "/", "%"}:
            sign = self.take().value
            value = _multiplied(sign, value, self._unary())
        return value

    def _unary(self) -> Value:
        minuses = 0
        while self.next.kind == "sign" and self.next.value in {"-", "+"}:
            minuses += self.take().value == "-"
        value = self._primary()
        if minuses % 2 == 0:
            return value
        _need_numbers("-", value)
        if value.is_float:
            return Value(f"(-{value.sql})", "Float64", value.aggregate)
        bits = int(value.type.lstrip("UInt"))
        bits = min(64, bits * 2) if value.type.startswith("U") else bits
        return Value(f"(-{value.sql})", f"Int{bits}", value.aggregate)

    def _primary(self) -> Value:  # noqa: PLR0911 (one return a form)
        token = self.next
        if self.accept_sign("("):
            value = self.expression()
            self.expect(")")
            return value
        if token.kind == "number":
            self.take()
            return whole(int(token.value)) if token.value.isdigit() else Value(repr(float(token.value)), "Float64")  # fmt: skip
        if token.kind == "text":
            self.take()
            return Value(quoted(token.value), "String", text=token.value)
        if self.accept_word("INTERVAL"):
            return self._interval()
        if self.accept_word("CASE"):
            return self._case()
        name = self.name("an expression")
        if token.kind == "word" and self.accept_sign("("):
            return self._call(name)
        if token.kind == "word" and name.upper() in {"TRUE", "FALSE"}:
            return Value(str(int(name.upper() == "TRUE")), "UInt8")
        found = self.aliases.get(name) or self.columns.get(name)
        if found is None:
            raise QueryError(f"unknown column {name}")
        return found

    def _interval(self) -> Value:
        token = self.take()
        count, _, unit = token.value.partition(" ")
        if token.kind not in {"number", "text"} or not count.isdigit() or not int(count):
            raise QueryError("an interval is written as INTERVAL '5' MINUTE")
        unit = (unit or self.take().value).upper().strip().removesuffix("S")
        if unit not in SECONDS and unit not in MONTHS:
            raise QueryError(f"unknown unit of time {unit}")
        return Value("NULL", "Interval", interval=Interval(int(count), unit))

    def _case(self) -> Value:
        arms: list[tuple[Value, Value]] = []
        while self.accept_word("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            arms.append((condition, self.expression()))
        self.expect("ELSE")
        otherwise = self.expression()
        self.expect("END")
        values = [*(value for _, value in arms), otherwise]
        inner = " ".join(f"WHEN {condition.sql} THEN {value.sql}" for condition, value in arms)
        aggregate = any(v.aggregate for arm in arms for v in arm) or otherwise.aggregate
        return Value(f"(CASE {inner} ELSE {otherwise.sql} END)", common(values), aggregate)

    def _call(self, name: str) -> Value:
        known = name.lower()
        if known in {"now", "today"}:
            self.expect(")")
            return Value(str(self._now - (self._now % 86400 if known == "today" else 0)), "DateTime")  # fmt: skip
        if known == "count" and self.accept_word("DISTINCT"):
            counted = self.expression()
            self.expect(")")
            return functions.call("uniq", [counted], None)
        if known == "count" and self.accept_sign("*"):
            self.expect(")")
            return functions.call(name, [], None)
        values = self._list(")")
        if self.accept_sign("("):
            (level,) = values if len(values) == 1 else (None,)
            if level is None or not level.sql.replace(".", "", 1).isdigit():
                raise QueryError(f"{name} takes one number first, as in {name}(0.95)(…)")
            return functions.call(name, self._list(")"), level.sql)
        return functions.call(name, values, None)

    def _list(self, end: str) -> list[Value]:
        if self.accept_sign(end):
            return []
        values = [self.expression()]
        while self.accept_sign(","):
            values.append(self.expression())
        self.expect(end)
        return values


def _joined(word: str, left: Value, right: Value) -> Value:
    return Value(f"({left.sql} {word} {right.sql})", "UInt8", left.aggregate or right.aggregate)


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """A text beside a time is read as one. Raises `QueryError` for what cannot be compared."""
    if left.type == "DateTime" and right.text is not None:
        return left, Value(str(times.read(right.text)), "DateTime")
    if right.type == "DateTime" and left.text is not None:
        return Value(str(times.read(left.text)), "DateTime"), right
    if (left.type == "String") != (right.type == "String"):
        raise QueryError(f"{left.type} cannot be compared with {right.type}")
    return left, right


def _compared(sign: str, left: Value, right: Value) -> Value:
    left, right = _alike(left, right)
    return Value(f"({left.sql} {sign} {right.sql})", "UInt8", left.aggregate or right.aggregate)


def _need_numbers(sign: str, *values: Value) -> None:
    for value in values:
        if not value.is_number:
            raise QueryError(f"{sign} takes numbers, not {value.type}")


def _added(sign: str, left: Value, right: Value) -> Value:
    if right.interval is not None and left.type == "DateTime":
        return functions.plus(left, right.interval, 1 if sign == "+" else -1)
    if left.interval is not None and right.type == "DateTime" and sign == "+":
        return functions.plus(right, left.interval, 1)
    aggregate = left.aggregate or right.aggregate
    sql = f"({left.sql} {sign} {right.sql})"
    if left.type == "DateTime" and right.type == "DateTime" and sign == "-":
        return Value(sql, "Int32", aggregate)
    if left.type == "DateTime" and right.is_number:
        return Value(sql, "DateTime", aggregate)
    _need_numbers(sign, left, right)
    if left.is_float or right.is_float:
        return Value(sql, "Float64", aggregate)
    unsigned = sign == "+" and left.type[0] == right.type[0] == "U"
    return Value(sql, "UInt64" if unsigned else "Int64", aggregate)


def _multiplied(sign: str, left: Value, right: Value) -> Value:
    _need_numbers(sign, left, right)
    aggregate = left.aggregate or right.aggregate
    if sign == "/":
        return Value(f"(CAST({left.sql} AS REAL) / {right.sql})", "Float64", aggregate)
    sql = f"({left.sql} {sign} {right.sql})"
    if left.is_float or right.is_float:
        return Value(sql, "Float64", aggregate)
    unsigned = left.type[0] == right.type[0] == "U"
    return Value(sql, "UInt64" if unsigned else "Int64", aggregate)
