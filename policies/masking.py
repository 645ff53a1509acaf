"""What a message may show of a value: never a secret, and never much."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from .credentials import conceals_secret, looks_random, secret_in, without_secrets
from .properties import Property

MASK: Final = "(secret)"
_LONGEST: Final = 60
_SHORTEST_SECRET: Final = 4
"""A shorter secret would mask half the words of a message."""
_LONGEST_REWRITTEN: Final = 20_000
_SHORTEST_LINE: Final = 12
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_=-]{28,}")


def shown(property: Property) -> str:
    """A value in one short line: `"flexible"`, `false`, `(secret)`, `nothing`."""
    if property.is_secret:
        return MASK
    if not property.exists:
        return "nothing"
    if not property.is_told:
        return "a value that is not known yet"
    value = property.plain()
    text = json.dumps(value, ensure_ascii=False, default=str)
    inner = value if isinstance(value, str) else text
    if conceals_secret(property.key, inner) or secret_in(property.key, inner) is not None:
        return MASK
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def masked(message: str, secrets: Iterable[str]) -> str:
    """A message without any of these values, however they are written, nor anything that looks like a secret."""
    forms = {form for secret in secrets for form in _forms_of(secret)}
    for form in sorted(forms, key=len, reverse=True):
        message = message.replace(form, MASK)
    return without_looks(without_secrets(message, MASK))


def without_looks(text: str) -> str:
    """The text with everything masked that looks drawn at random."""
    return _TOKEN.sub(lambda match: MASK if looks_random(match[0]) else match[0], text)


def _forms_of(secret: str) -> Iterator[str]:
    """A secret as it is, as JSON and addresses write it, and its long lines by themselves."""
    written = {secret, secret.strip()}
    if len(secret) <= _LONGEST_REWRITTEN:
        written |= {json.dumps(secret)[1:-1], quote(secret, safe="")}
    yield from (form for form in written if len(form) >= _SHORTEST_SECRET)
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= _SHORTEST_LINE)
