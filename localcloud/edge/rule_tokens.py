"""Words and signs of the Rules language, read one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

_WORDS: Final = {"&&": "and", "||": "or", "!": "not"}
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!(){},\[\]*]))"""
)
_DEEPEST: Final = 50


class ExpressionError(ValueError):
    """The expression is none that the edge understands; the text says where."""


class Cursor:
    """A place in an expression. All of it raises `ExpressionError`."""

    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._at = 0
        self._depth = 0

    def peek(self) -> tuple[str, str]:
        """Kind (string, number, word, sign or end) and text."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self._at += 1
        return token

    def expect(self, *signs: str) -> None:
        for sign in signs:
            found = self.next()[1]
            if found != sign:
                raise ExpressionError(f"expected {sign!r}, not {found!r}")

    def end(self) -> None:
        if self.peek()[1]:
            raise ExpressionError(f"unexpected {self.peek()[1]!r}")

    def deeper(self, part: Callable[[], list[Any]]) -> list[Any]:
        """What `part` reads, unless it is nested too deeply."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("it is nested too deeply")
        try:
            return part()
        finally:
            self._depth -= 1

    def text(self) -> str:
        kind, token = self.next()
        if kind != "string":
            raise ExpressionError(f"expected text, not {token!r}")
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def number(self) -> int:
        kind, token = self.next()
        if kind != "number":
            raise ExpressionError(f"expected a number, not {token!r}")
        return int(token)


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
