"""The Rules language, as far as header rules are written in it: parsed here, evaluated by the front.

http.host eq "api.example.com" and not starts_with(http.request.uri.path, "/internal")
http.response.code in {500 502} or (lower(http.host) contains "staging")
any(http.request.cookies["visitor"][*] ne "") or http.cookie contains "visitor="

Values of headers are written in it, too: `http.request.cookies["visitor"][0]`, `concat("v-", uuidv4(cf.random_seed))`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from localcloud.edge.rule_operands import Operand, Operands
from localcloud.edge.rule_tokens import Cursor, ExpressionError

__all__ = ["Expression", "ExpressionError", "parse", "parse_value"]
_PREDICATES: Final = ("starts_with", "ends_with")
_COMPARISONS: Final = {
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    **{word: word for word in ("eq", "ne", "lt", "le", "gt", "ge", "contains", "in")},
}  # fmt: skip

Expression = list[Any]
"""`["and", …]`, `["not", x]`, `["eq", operand, value]`, `["in", operand, [values]]`, `["is", operand]`, `["true"]`,
`["any", comparison]`, `["all", comparison]`, `["has_key", map, key]`."""


def parse(source: str, *, answered: bool = True) -> Expression:
    """A condition. `answered`: whether there is an answer already that it may ask about. Raises `ExpressionError`."""
    return _Conditions(Cursor(source), answered=answered).whole()


def parse_value(source: str, *, answered: bool = True) -> Operand:
    """What gives the text of a header. Raises `ExpressionError`."""
    cursor = Cursor(source)
    value = Operands(cursor, answered=answered).text()
    cursor.end()
    return value


class _Conditions:
    def __init__(self, cursor: Cursor, *, answered: bool) -> None:
        self._at = cursor
        self._operands = Operands(cursor, answered=answered)

    def whole(self) -> Expression:
        expression = self._either()
        self._at.end()
        return expression

    def _either(self) -> Expression:
        return self._joined("or", self._both)

    def _both(self) -> Expression:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._at.peek() == ("word", word):
            self._at.next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else [word, *parts]

    def _one(self) -> Expression:
        return self._at.deeper(self._single)

    def _single(self) -> Expression:
        kind, token = self._at.peek()
        if (kind, token) == ("word", "not"):
            self._at.next()
            return ["not", self._one()]
        if token == "(":  # noqa: S105 (a sign of the language)
            self._at.next()
            inner = self._either()
            self._at.expect(")")
            return inner
        if kind == "word" and token in ("true", "false"):
            self._at.next()
            return [token]
        if kind == "word" and token in (*_PREDICATES, "any", "all", "has_key"):
            self._at.next()
            return self._predicate(token)
        return self._comparison(*self._operands.any())

    def _predicate(self, name: str) -> Expression:
        if name == "has_key":
            return self._operands.has_key()
        self._at.expect("(")
        if name in _PREDICATES:
            operand, type_ = self._operands.any()
            self._at.expect(",")
            meaning = [name, operand, self._literal(type_)]
        else:
            meaning = [name, self._comparison(*self._operands.each())]
        self._at.expect(")")
        return meaning

    def _comparison(self, operand: Operand, type_: type) -> Expression:
        verb = _COMPARISONS.get(self._at.peek()[1])
        if verb is None:
            if type_ is bool:
                return ["is", operand]
            raise ExpressionError(f"expected a comparison, not {self._at.peek()[1]!r}")
        self._at.next()
        if verb == "in":
            self._at.expect("{")
            values: list[str | int] = []
            while self._at.peek()[1] != "}":
                values.append(self._literal(type_))
            self._at.expect("}")
            return ["in", operand, values]
        if verb == "contains" and type_ is not str:
            raise ExpressionError("contains needs text")
        return [verb, operand, self._literal(type_)]

    def _literal(self, type_: type) -> str | int:
        if type_ is str:
            return self._at.text()
        if type_ is int:
            return self._at.number()
        raise ExpressionError("a list or a truth cannot be compared")
