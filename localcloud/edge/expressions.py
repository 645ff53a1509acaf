"""The Rules language, as far as response-header rules are written in it: parsed here, evaluated by the front.

http.host eq "api.example.com" and not starts_with(http.request.uri.path, "/internal")
http.response.code in {500 502} or (lower(http.host) contains "staging")
"""

from __future__ import annotations

import re
from typing import Any, Final

FIELDS: Final = {
    "http.host": str,
    "http.request.full_uri": str,
    "http.request.method": str,
    "http.request.uri": str,
    "http.request.uri.path": str,
    "http.request.uri.query": str,
    "http.response.code": int,
    "http.user_agent": str,
    "ssl": bool,
}
_TRANSFORMS: Final = {"lower": str, "upper": str, "len": int}
_PREDICATES: Final = ("starts_with", "ends_with")
_COMPARISONS: Final = {
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    **{word: word for word in ("eq", "ne", "lt", "le", "gt", "ge", "contains", "in")},
}  # fmt: skip
_WORDS: Final = {"&&": "and", "||": "or", "!": "not"}
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!(){},]))"""
)
_DEEPEST: Final = 50

Expression = list[Any]
"""`["and", …]`, `["not", x]`, `["eq", operand, value]`, `["in", operand, [values]]`, `["is", operand]`, `["true"]`."""


class ExpressionError(ValueError):
    """The expression is none that the edge understands; the text says where."""


def parse(source: str) -> Expression:
    """Raises `ExpressionError`."""
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        if self._peek()[1]:
            raise ExpressionError(f"unexpected {self._peek()[1]!r}")
        return expression

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        found = self._next()[1]
        if found != sign:
            raise ExpressionError(f"expected {sign!r}, not {found!r}")

    def _either(self) -> Expression:
        return self._joined("or", self._both)

    def _both(self) -> Expression:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Any) -> Expression:  # noqa: ANN401 (a method of this class)
        parts: list[Expression] = [part()]
        while self._peek() == ("word", word):
            self._next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else [word, *parts]

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("it is nested too deeply")
        try:
            return self._single()
        finally:
            self._depth -= 1

    def _single(self) -> Expression:
        kind, token = self._peek()
        if (kind, token) == ("word", "not"):
            self._next()
            return ["not", self._one()]
        if token == "(":  # noqa: S105 (a sign of the language)
            self._next()
            inner = self._either()
            self._expect(")")
            return inner
        if kind == "word" and token in ("true", "false"):
            self._next()
            return [token]
        if kind == "word" and token in _PREDICATES:
            self._next()
            self._expect("(")
            operand, type_ = self._operand()
            self._expect(",")
            value = self._literal(type_)
            self._expect(")")
            return [token, operand, value]
        return self._comparison()

    def _comparison(self) -> Expression:
        operand, type_ = self._operand()
        verb = _COMPARISONS.get(self._peek()[1])
        if verb is None:
            if type_ is bool:
                return ["is", operand]
            raise ExpressionError(f"expected a comparison, not {self._peek()[1]!r}")
        self._next()
        if verb == "in":
            self._expect("{")
            values: list[str | int] = []
            while self._peek()[1] != "}":
                values.append(self._literal(type_))
            self._expect("}")
            return ["in", operand, values]
        if verb == "contains" and type_ is not str:
            raise ExpressionError("contains needs text")
        return [verb, operand, self._literal(type_)]

    def _operand(self) -> tuple[Expression, type]:
        kind, token = self._next()
        if kind == "word" and token in FIELDS:
            return ["field", token], FIELDS[token]
        if kind == "word" and token in _TRANSFORMS:
            self._expect("(")
            inner, type_ = self._operand()
            self._expect(")")
            if type_ is not str:
                raise ExpressionError(f"{token} needs text")
            return [token, inner], _TRANSFORMS[token]
        raise ExpressionError(f"unknown field {token!r}")

    def _literal(self, type_: type) -> str | int:
        kind, token = self._next()
        if type_ is str and kind == "string":
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if type_ is int and kind == "number":
            return int(token)
        raise ExpressionError(f"expected {'text' if type_ is str else 'a number'}, not {token!r}")


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    source = source.rstrip()
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ExpressionError(f"unexpected {source[at:].strip()[:20]!r}")
        kind = str(found.lastgroup)
        token = found.group(kind)
        at = found.end()
        tokens.append(("word", _WORDS[token]) if token in _WORDS else (kind, token))
    return tokens
