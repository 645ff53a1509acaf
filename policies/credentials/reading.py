"""Secrets in a setting's value: plain, in JSON, encoded, in many lines, or told by the name that it goes by."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from .encodings import data_text, decoded_text
from .entropy import is_private_key, is_sum_or_id, looks_random
from .json_texts import PRIVATE_KEY, is_caption, texts_in
from .names import Telling, is_database_address, telling_of
from .shapes import is_schoolbook, shape_of
from .values import is_mixed, is_secretive, is_test_key, is_type, may_be_secret, parsed

_DEEPEST: Final = 5
_SHORTEST: Final = 6
_LONGEST: Final = 200_000
_LEAST_NESTED: Final = 24
_OF_KEYS: Final = frozenset({32, 40, 64})
"""Lengths of hexadecimal keys; a UUID has another."""
_PAIR: Final = re.compile(
    r"([A-Za-z][\w.-]{1,60})[\"']?[ \t]*(=>|=|:(?!//))([ \t]*)[\"']?([^\s\"'&;,|<>]{6,512})"
)
_SENTENCE: Final = re.compile(r"[ ,]+[A-Za-z]")
_GIVEN: Final = re.compile(
    r"(?:^|\s)(?:-u|--(?:proxy-)?user)[ =][\"']?[\w.@-]+:(?!//)([^\s\"'`$<{]{5,})"
)
"""A user's name and password in a command."""
_OF_MYSQL: Final = re.compile(r"\bmysql\w*\b[^\n;|&]{0,200}? -p([^\s\"'`$<{]{5,})")
_TAGGED: Final = re.compile(r"<([A-Za-z][\w.-]{1,60})>([^<>\s]{6,512})</")
_SPOKEN: Final = re.compile(
    r"(password|passwd|--[a-z-]*(?:password|token|secret|api-key))(?: is| was)? ([^\s$<{-]\S{5,})"
)
"""In `.netrc` and in commands, where only a blank stands between."""
_PUBLIC_BLOCK: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|\Z)"
)
"""Certificates and public keys; a private key was found before by its shape."""
_WRAPPED: Final = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}(?:(?:\\n|\s)+[A-Za-z0-9+/]{1,80}={0,2})+")
_GOOGLE: Final = re.compile(r"AIza[\w-]{28,}")
_SPLIT: Final = re.compile(r"[\s,;|\"'`<>()\[\]{}]+")


_NO_SECRETS: Final = ("ENC[", "did:", "urn:")
"""Values that were encrypted before they came here, and names that are long on purpose."""


@dataclass(frozen=True)
class Found:
    what: str
    """`a Stripe live key`; for messages."""
    certain: bool
    """Its shape alone says so, whatever its name is."""
    named: bool = False
    """A name beside it in the text says so."""


@lru_cache(maxsize=65_536)
def secret_in(name: str, text: str, depth: int = 0) -> Found | None:
    """The first secret in a text that goes by this name."""
    text = text.strip() if text.isascii() else _visible(text)
    if len(text) < _SHORTEST or is_test_key(text) or text.startswith(_NO_SECRETS):
        return None
    if (what := shape_of(text)) is not None:
        return None if _is_for_browsers(name, text) else Found(what, certain=True)
    return None if len(text) > _LONGEST or depth > _DEEPEST else _inside(name, text, depth)


def _visible(text: str) -> str:
    """Without signs of no width, and with plain letters for those that only look like them in width."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Cf").strip()


def _is_for_browsers(name: str, text: str) -> bool:
    """Google's keys for maps and Firebase are loaded by browsers; what may use them is limited elsewhere."""
    if _GOOGLE.fullmatch(text):
        return telling_of(name) is Telling.PUBLIC
    return (
        "authDomain" in text
        and "private_key" not in text
        and shape_of(_GOOGLE.sub("", text)) is None
    )


def _inside(name: str, text: str, depth: int) -> Found | None:
    if (data := data_text(text)) is not None:
        return secret_in(name, data, depth + 1)
    if text[0] in '{["' and (value := parsed(text)) is not None:
        return _in_json(name, value, depth)
    if is_private_key(text):
        return Found("a private key", certain=True)
    return _in_layers(name, text, depth) or _in_pairs(text, depth) or _by_looks(name, text, depth)


def _in_json(name: str, value: Any, depth: int) -> Found | None:
    for key, leaf in texts_in(name, value):
        if leaf is PRIVATE_KEY:
            return Found("a private key", certain=True)
        if found := secret_in(key, leaf, depth + 1):
            return found
        if (
            key != name
            and telling_of(key) is Telling.SECRET
            and may_be_secret(key, leaf)
            and not (is_test_key(leaf) or is_type(leaf) or is_caption(key, leaf))
        ):
            return Found("a secret in JSON", certain=False, named=True)
    return None


def _in_layers(name: str, text: str, depth: int) -> Found | None:
    if (plain := decoded_text(text)) is not None and (found := secret_in(name, plain, depth + 1)):
        return found
    if "\n" in text or "\\n" in text:
        joined = re.sub(r"(?:\\\\?n|\\?\s)+", "", text)
        if (what := shape_of(joined)) is not None and "://" not in joined:
            return Found(what, certain=True)
        if (raw := decoded_text(joined)) is not None and (found := secret_in(name, raw, depth + 1)):
            return found
    return None


def _is_told_of(text: str) -> bool:
    """Whether a secret stands in a tag or after the word for it."""
    tagged = _TAGGED.finditer(text) if "</" in text else ()
    spoken = _SPOKEN.finditer(text) if " " in text else ()
    return (
        any(
            telling_of(match[1]) is Telling.SECRET and is_secretive(match[1], match[2])
            for match in tagged
        )
        or any(is_mixed(match[2]) and may_be_secret(match[1], match[2]) for match in spoken)
        or _is_given(text)
    )


def _is_given(command: str) -> bool:
    """Whether a command is given a password: `curl -u name:password`, `mysql -ppassword`."""
    given = _GIVEN.finditer(command) if ":" in command else ()
    of_mysql = _OF_MYSQL.finditer(command) if "mysql" in command else ()
    return any(
        not is_schoolbook(match[1]) and may_be_secret("password", match[1])
        for matches in (given, of_mysql)
        for match in matches
    )


def _in_pairs(text: str, depth: int) -> Found | None:
    if _is_told_of(text):
        return Found("a secret among others", certain=True)
    if "=" not in text and ":" not in text:
        return None
    for match in _PAIR.finditer(text):
        key, sign, blank, value = match.groups()
        telling = telling_of(key.rsplit(".", 1)[-1])
        if sign == ":" and blank and value.isalpha() and _SENTENCE.match(text, match.end()):
            continue
        if telling is Telling.SECRET and is_secretive(key, value, assigned=sign == "="):
            return Found("a secret among others", certain=True)
        if telling is Telling.SUSPECT and not is_sum_or_id(value) and looks_random(value, True):
            return Found("a secret among others", certain=False)
        nested = telling is not Telling.PUBLIC and len(value) >= _LEAST_NESTED and value != text
        found = secret_in("", value, max(depth + 1, _DEEPEST - 1)) if nested else None
        if found and (found.certain or not _is_in_query(text, match.start())):
            return found
    return None


def _is_in_query(text: str, at: int) -> bool:
    """Parameters of addresses are full of long ids."""
    begin = text.rfind("://", 0, at)
    return begin >= 0 and not any(c.isspace() for c in text[begin:at])


def _by_looks(name: str, text: str, depth: int) -> Found | None:
    telling = telling_of(name)
    if telling is Telling.PUBLIC or (telling is Telling.SECRET and is_database_address(name)):
        return None
    told = telling is not Telling.NEUTRAL and looks_random(text, telling=True)
    if told and (telling is Telling.SECRET or not is_sum_or_id(text) or len(text) in _OF_KEYS):
        named = telling is Telling.SECRET and depth > 0
        return Found("a random value that looks like a secret", certain=False, named=named)
    if "://" in text or decoded_text(text) is not None:
        return None
    shown = _PUBLIC_BLOCK.sub("", text) if "-----BEGIN" in text else text
    if _is_wrapped(shown):
        return None
    if any(looks_random(token) for token in _SPLIT.split(shown)):
        return Found("a random value that looks like a secret", certain=False)
    return None


def _is_wrapped(text: str) -> bool:
    """A file in base64, folded over lines: an image, a certificate, and no key by its looks."""
    return _WRAPPED.fullmatch(text.strip()) is not None
