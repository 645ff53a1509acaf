"""What secrets look like by themselves: the formats of providers, keys in PEM, tokens, addresses with a password."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from .entropy import looks_random
from .formats import SHAPES
from .names import Telling, telling_of, words_of

_URL_WITH_PASSWORD: Final = re.compile(r"://([^\s/@:?#\"'`<>]*):([^\s/?#\"'`]+)@([^\s/?#@\"'`]+)")
_DATABASE_WITH_PASSWORD: Final = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|libsql|clickhouse)(://)([^\s:/@\"'`]{0,128}):"
    r"([^\s\"'`]{1,256})@([^\s/?#@\"'`]+)"
)
"""The same where a password may hold any sign, since the rest of such an address holds no @."""
_JWT: Final = re.compile(r"(?<![\w-])eyJ[\w-]{6,}\.(eyJ[\w-]{4,})\.[\w-]+")
_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_PEM_WITH_CONTENT: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\\+[nr]|[\s\"'+,`])*[A-Za-z0-9+/=]{24,}"
)
_NEEDLES: Final = [(needle, shape) for shape in SHAPES for needle in shape.needles]
_BASIC: Final = re.compile(r"\b[Bb]asic ([A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/])")
_REFERENCE: Final = re.compile(
    r"\$\{\{.*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$[A-Z_]+|(?:process\.|import\.meta\.)?env\.[A-Za-z_]\w*|\{\{.*\}\}|\{[a-zA-Z_]*\}|<[^>]*>|%[A-Z_]*%?s?|\[[A-Za-z _-]*\]"
    r"|\*+|[xX]{3,}|\.{3,}|…+|•+|REDACTED|PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|__\w+__"
)
_FILLER: Final = re.compile(r"[xX*.•…_-]{6,}$|(?i:your[_-]?)|<|\$\{|\{\{")
_ASSIGNED: Final = re.compile(
    r"([Ss]ecret|SECRET|[Pp]assword|PASSWORD|[Tt]oken|TOKEN|[Aa]pi_?[Kk]ey|API_KEY)[\"']?\s?[:=]\s?[\"'`]([^\"'`\s]{20,200})[\"'`]"
)
"""A constant in code whose name says it; nothing else in code is judged by its looks, for minified code looks random."""
_CONSTANT: Final = re.compile(
    r"\b((?:[A-Z]+_)*(?:PASSWORD|PASSWD|SECRET))\s?=\s?[\"'`]([^\"'`\s${}/]{8,80})[\"'`]"
)
_LOCAL: Final = re.compile(
    r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?$",
    re.IGNORECASE,
)
_SCHOOLBOOK: Final = frozenset({"pass", "password", "passwd", "pwd", "pw", "secret", "p", "token"})
"""Passwords in the comments and tests of bundled libraries, where code is looked at."""


def is_reference(text: str) -> bool:
    """Whether a text stands for a value that somebody fills in elsewhere: `${TOKEN}`, `<password>`, `****`."""
    return _REFERENCE.fullmatch(text.strip()) is not None


@lru_cache(maxsize=65_536)
def shape_of(text: str) -> str | None:
    """What secret a text holds, going by its shape alone: `a Stripe live key`."""
    return next((what for what, _, _ in _found_in(text)), None)


@lru_cache(maxsize=1024)
def shape_in_code(text: str) -> str | None:
    """The same for code, where examples and parsers of secrets stand, too."""
    for what, start, _ in _found_in(text, pem=_PEM_WITH_CONTENT):
        url = _URL_WITH_PASSWORD.match(text, start)
        if url is None or not (is_schoolbook(url[2]) or url[3].lower() in {"host", "hostname"}):
            return what
    for match in _ASSIGNED.finditer(text):
        if looks_random(match[2], telling=True):
            return "a secret in a constant"
    if any(_is_chosen(*match.groups()) for match in _CONSTANT.finditer(text)):
        return "a password in a constant"
    return None


def _is_chosen(name: str, text: str) -> bool:
    """Whether a constant of this name holds more than its name: `CLIENT_SECRET = "client_secret2"`."""
    is_mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return is_mixed and not set(words_of(text)) <= set(words_of(name))


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where the secrets are that have a shape."""
    return [(start, end) for _, start, end in _found_in(text)]


def conceals_secret(name: str, text: str) -> bool:
    """Whether a value of this name must not be shown."""
    return telling_of(name) is Telling.SECRET or shape_of(text) is not None


def without_secrets(text: str, mask: str) -> str:
    """The text with everything masked that has a secret's shape."""
    for start, end in sorted(_merged(spans_of(text)), reverse=True):
        text = text[:start] + mask + text[end:]
    return text


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _found_in(text: str, pem: re.Pattern[str] = _PEM) -> Iterator[tuple[str, int, int]]:
    if "PRIVATE KEY" in text:
        yield from (("a private key", *match.span()) for match in pem.finditer(text))
    if "://" in text:
        yield from _addresses_in(text)
    if "eyJ" in text:
        for match in _JWT.finditer(text):
            if not _is_anonymous(match[1]):
                yield "a signed token (JWT)", *match.span()
    if "asic " in text:
        for match in _BASIC.finditer(text):
            if ":" in (_decoded(match[1]) or ""):
                yield "a user's name and password", *match.span()
    yield from _of_providers(text)


def _addresses_in(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _URL_WITH_PASSWORD.finditer(text):
        if not _is_harmless_url(match[2], match[3]):
            yield "an address with a password", *match.span()
    for match in _DATABASE_WITH_PASSWORD.finditer(text):
        if not _is_harmless_url(match[3], match[4]):
            yield "an address with a password", match.start(1), match.end()


def _of_providers(text: str) -> Iterator[tuple[str, int, int]]:
    for needle, shape in _NEEDLES:
        if needle in text:
            for match in shape.pattern.finditer(text):
                if _FILLER.search(match[0]) is None:
                    yield shape.what, *match.span()


def _is_harmless_url(password: str, host: str) -> bool:
    return is_reference(password) or _LOCAL.match(host) is not None


def is_schoolbook(password: str) -> bool:
    """A password of an example: `user:password`."""
    return password.lower() in _SCHOOLBOOK


def _is_anonymous(payload: str) -> bool:
    """Supabase's key for browsers is a JWT for everybody to see."""
    text = _decoded(payload)
    try:
        claims: Any = json.loads(text or "")
    except ValueError:
        return False
    return isinstance(claims, dict) and dict[str, Any](claims).get("role") == "anon"  # pyright: ignore[reportUnknownArgumentType]


def _decoded(text: str) -> str | None:
    padded = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
