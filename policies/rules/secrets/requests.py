"""Secrets that requests are given or compared with: values of headers and literals of expressions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ...credentials.entropy import is_sum_or_id, looks_random
from ...credentials.names import Telling, telling_of, words_of
from ...credentials.reading import secret_in
from ...credentials.shapes import is_reference, shape_of
from ...credentials.values import is_secretive, is_type, may_be_secret
from ...properties import Property
from ...resources import Resource

_HEADER: Final = re.compile(r"(?:add|set|custom|request|response)?headers?", re.IGNORECASE)
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FIELD: Final = re.compile(r'\["([^"]+)"\]|([\w.]+)\s*(?:eq|==|ne|!=|contains|in)\b')
_EQUALS: Final = re.compile(r"(?:eq|ne|==|!=)\s*$")
_MAC_KEY: Final = re.compile(r'is_timed_hmac_valid_v0\(\s*"([^"]{8,})"')
_SCHEME: Final = re.compile(r"^(?:Bearer|Basic|Token|ApiKey) ", re.IGNORECASE)
_SHORTEST_LITERAL: Final = 6
_COMPARED: Final = 80
"""Characters before a literal in which the field stands that it is compared with."""
_REGEX: Final = re.compile(r"[\^$*+?()|]|\\d|\[")
_COOKIES: Final = frozenset({"cookie", "set-cookie"})


def header_of(resource: Resource, at: Property) -> str | None:
    """The header's name, where a header's value stands: headers are a map, and were a list before."""
    for index, part in enumerate(at.path[:-1]):
        if isinstance(part, str) and _HEADER.fullmatch(part):
            following = at.path[index + 1]
            if isinstance(following, str):
                return following
            return resource.inputs.at(*at.path[: index + 2])["name"].text
    return None


@lru_cache(maxsize=4096)
def secret_in_expression(text: str) -> str | None:
    """In a rule's expression: a secret's shape, or a literal that a telling header, cookie or argument is compared with."""
    if (what := shape_of(text)) is not None:
        return what
    if (key := _MAC_KEY.search(text)) is not None and not is_reference(key[1]):
        return "the key of a message authentication code"
    compared = any(_is_compared_secret(text, literal) for literal in _LITERAL.finditer(text))
    return "a secret that requests are compared with" if compared else None


def _is_compared_secret(text: str, literal: re.Match[str]) -> bool:
    if len(literal[1]) < _SHORTEST_LITERAL or _REGEX.search(literal[1]):
        return False
    found = secret_in("", literal[1]) if "=" in literal[1] else None
    if found is not None and found.certain:
        return True
    fields = list(_FIELD.finditer(text, max(0, literal.start() - _COMPARED), literal.start()))
    if not fields:
        return False
    if any("cookie" in (field[1] or field[2]) for field in fields) and "=" in literal[1]:
        return looks_random(literal[1].split("=", 1)[1])
    named = [field[1] for field in fields[-2:] if field[1]]
    name = fields[-1][1] or (named[-1] if named else fields[-1][2])
    equals = _EQUALS.search(text, max(0, literal.start() - _COMPARED), literal.start()) is not None
    return _is_told(name, _SCHEME.sub("", literal[1]), equals=equals)


def _is_told(name: str, value: str, *, equals: bool) -> bool:
    telling = telling_of(name)
    if telling is Telling.SUSPECT:
        return looks_random(value, telling=True) and not is_sum_or_id(value)
    if telling is not Telling.SECRET or value.endswith("="):
        return False
    return is_secretive(name, value) or (equals and _is_static(name, value))


def secret_in_header(name: str, value: str) -> str | None:
    if (what := shape_of(value)) is not None:
        return what
    if name.lower() in _COOKIES:
        return "a session in a cookie" if looks_random(_cookie_in(value)) else None
    if _is_secret_header(name, _SCHEME.sub("", value)):
        return "a secret in a header"
    found = secret_in(name, value)
    return found.what if found is not None and found.certain else None


def secret_in_header_expression(name: str, expression: str) -> str | None:
    """A literal that a header is made of."""
    literals = (_SCHEME.sub("", literal[1]) for literal in _LITERAL.finditer(expression))
    found = any(_is_secret_header(name, text) and looks_random(text, True) for text in literals)
    return "a secret in a header" if found else None


def _is_secret_header(name: str, value: str) -> bool:
    """A header that is called a secret holds one, also in words; one that proves who asks, if it looks drawn at random."""
    telling = telling_of(name)
    if telling is Telling.SECRET:
        return is_secretive(name, value) or _is_static(name, value)
    proves = telling is Telling.SUSPECT or words_of(name)[-1:] == ("verify",)
    return proves and looks_random(value, telling=True)


def _is_static(name: str, value: str) -> bool:
    """What a request must be equal to is the secret itself, however it looks."""
    return len(value) >= _SHORTEST_LITERAL and may_be_secret(name, value) and not is_type(value)


def _cookie_in(text: str) -> str:
    return text.partition("=")[2].partition(";")[0].strip()
