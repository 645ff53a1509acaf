"""The texts in JSON: which names they go by, and which of them are captions that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .names import words_of
from .words import is_spelled

PRIVATE_KEY: Final = "(private key)"
_CAPTION: Final = re.compile(r"[A-Z\u00c0-\u00de][^\W\d_]*(?:[ '\u2019-]+[^\W\d_]+)*[.!?:…]*")


def is_caption(key: str, text: str) -> bool:
    """Of a translation: `"password": "Password"`."""
    words, named = set(words_of(text)), set(words_of(key))
    is_sentence = text[0].isupper() and " " in text and not any(c.isdigit() for c in text)
    return (
        words <= named or is_sentence or (" " in text and (bool(words & named) or is_spelled(text)))
    )


def _are_captions(members: dict[str, Any]) -> bool:
    """Whether an object holds texts that people read, in whatever language: `{"password": "Wachtwoord", "name": "Naam"}`."""
    texts = [text for text in members.values() if isinstance(text, str) and text]
    return len(texts) > 1 and all(_CAPTION.fullmatch(text) for text in texts)


def texts_in(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The texts in a JSON value, each with the name that it goes by; `PRIVATE_KEY` for a private JWK."""
    left: list[tuple[str, Any]] = [(name, value)]
    while left:
        key, here = left.pop()
        if isinstance(here, str):
            yield key, here
        elif isinstance(here, list):
            left.extend((key, inner) for inner in here)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif isinstance(here, dict):
            members = dict[str, Any](here)  # pyright: ignore[reportUnknownArgumentType]
            if _is_private_jwk(members) or members.keys() == {"a", "t", "s"}:
                yield key, PRIVATE_KEY
            if "kty" in members:
                continue
            named = members.get("name") or members.get("key")
            shown = _are_captions(members)
            for inner, content in members.items():
                if shown and isinstance(content, str):
                    continue
                own = inner in {"value", "text"} and isinstance(named, str)
                left.append((str(named) if own else inner, content))


def _is_private_jwk(members: dict[str, Any]) -> bool:
    kind = members.get("kty")
    return kind is not None and bool(members.get("k") if kind == "oct" else members.get("d"))
