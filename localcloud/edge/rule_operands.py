"""What expressions of the Rules language compare, and what the values of headers are made of.

`["field", name]`, `["item", map, key, index]`, `["count", map, key]`, `["each", map, key]`, `["lower", operand]`,
`["text", "literal"]`, `["concat", operand, …]`, `["uuidv4"]` (in values alone, and of the request's own random bytes alone)
"""

from __future__ import annotations

from typing import Any, Final

from localcloud.edge.rule_tokens import Cursor, ExpressionError

FIELDS: Final = {
    "http.cookie": str,
    "http.host": str,
    "http.referer": str,
    "http.request.full_uri": str,
    "http.request.method": str,
    "http.request.uri": str,
    "http.request.uri.path": str,
    "http.request.uri.query": str,
    "http.response.code": int,
    "http.user_agent": str,
    "ssl": bool,
}
MAPS: Final = ("http.request.cookies", "http.request.headers")
"""Name → all values of that name."""
_ADDRESS: Final = "ip.src"
_ANSWER: Final = "http.response.code"
_RANDOM_BYTES: Final = "cf.random_seed"
_TRANSFORMS: Final = {"lower": str, "upper": str, "len": int}

Operand = list[Any]


class Operands:
    """`answered`: whether there is an answer that may be asked about."""

    def __init__(self, cursor: Cursor, *, answered: bool) -> None:
        self._at = cursor
        self._answered = answered

    def any(self) -> tuple[Operand, type]:
        """One that has a single value, and the type of that."""
        kind, token = self._at.next()
        if kind != "word":
            raise ExpressionError(f"unknown field {token!r}")
        if token == _ANSWER and not self._answered:
            raise ExpressionError("there is no answer yet to ask about")
        if token in FIELDS:
            return ["field", token], FIELDS[token]
        if token in MAPS:
            return self._of_map(token)
        if token in _TRANSFORMS:
            return self._transformed(token)
        raise ExpressionError(f"unknown field {token!r}")

    def _transformed(self, name: str) -> tuple[Operand, type]:
        self._at.expect("(")
        inner, type_ = self.any()
        self._at.expect(")")
        if name == "len" and type_ is list:
            return ["count", *inner[1:]], int
        if type_ is not str:
            raise ExpressionError(f"{name} needs text")
        return [name, inner], _TRANSFORMS[name]

    def _of_map(self, name: str) -> tuple[Operand, type]:
        key = self._key()
        if self._at.peek()[1] != "[":
            return ["values", name, key], list
        self._at.next()
        index = self._at.number()
        self._at.expect("]")
        return ["item", name, key, index], str

    def _key(self) -> str:
        self._at.expect("[")
        key = self._at.text()
        self._at.expect("]")
        return key

    def each(self) -> tuple[Operand, type]:
        """What `any(…)` and `all(…)` look at one by one: `http.request.cookies["a"][*]`, `lower(…[*])[*]`."""
        name = self._at.next()[1]
        if name in ("lower", "upper"):
            self._at.expect("(")
            inner, type_ = self.each()
            self._at.expect(")")
            if self._at.peek()[1] == "[":
                self._at.expect("[", "*", "]")
            return [name, inner], type_
        operand: Operand = ["each", *self._map(name)]
        self._at.expect("[", "*", "]")
        return operand, str

    def _map(self, name: str) -> tuple[str, str]:
        if name not in MAPS:
            raise ExpressionError(f"expected a map, not {name!r}")
        return name, self._key()

    def has_key(self) -> Operand:
        """Behind the word `has_key`."""
        self._at.expect("(")
        name = self._at.next()[1]
        if name not in MAPS:
            raise ExpressionError(f"expected a map, not {name!r}")
        self._at.expect(",")
        key = self._at.text()
        self._at.expect(")")
        return ["has_key", name, key]

    def text(self) -> Operand:
        """One that gives text."""
        return self._at.deeper(self._text)

    def _text(self) -> Operand:
        kind, token = self._at.peek()
        if kind == "string":
            return ["text", self._at.text()]
        if token == "concat":  # noqa: S105 (a word of the language)
            self._at.next()
            return ["concat", *self._parts()]
        if token == "to_string":  # noqa: S105
            self._at.next()
            self._at.expect("(")
            inner = self._address() or self.any()[0]
            self._at.expect(")")
            return inner
        if token == "uuidv4":  # noqa: S105
            self._at.next()
            self._at.expect("(", _RANDOM_BYTES, ")")
            return ["uuidv4"]
        address = self._address()
        if address is not None:
            return address
        operand, type_ = self.any()
        if type_ is not str:
            raise ExpressionError("a header's value must be text: use to_string")
        return operand

    def _address(self) -> Operand | None:
        if self._at.peek() != ("word", _ADDRESS):
            return None
        self._at.next()
        return ["field", _ADDRESS]

    def _parts(self) -> list[Operand]:
        self._at.expect("(")
        parts = [self.text()]
        while self._at.peek()[1] == ",":
            self._at.next()
            parts.append(self.text())
        self._at.expect(")")
        return parts
