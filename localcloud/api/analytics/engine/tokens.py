"""SQL as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localcloud.api.analytics.engine.errors import QueryError

_TOKEN: Final = re.compile(
    r"""\s+ | --[^\n]* | /\*.*?\*/
    | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^'\\]|\\.|'')*')
    | (?P<quoted>"(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*`)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><>|!=|<=|>=|==|\|\||[-+*/%=<>(),.;])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Token:
    """`kind` number, text, quoted, word, sign or end; `value` without quotes; `start` and `end` in the query."""

    kind: str
    value: str
    start: int
    end: int


def tokens(query: str) -> Iterator[Token]:
    """Raises `QueryError` at what is no SQL."""
    position = 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:
            raise QueryError(f"unexpected {query[position]!r} at position {position + 1}")
        if match.lastgroup is not None:
            value = match.group()
            if match.lastgroup in {"text", "quoted"}:
                value = _unquoted(value)
            yield Token(match.lastgroup, value, match.start(), match.end())
        position = match.end()
    yield Token("end", "", len(query), len(query))


def _unquoted(value: str) -> str:
    quote, inner = value[0], value[1:-1]
    inner = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner, flags=re.DOTALL)
    return inner.replace(quote * 2, quote) if quote == "'" else inner
