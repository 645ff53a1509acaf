"""What a message may show of a value: never a secret, and never much."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from .properties import Property
from .secret_shapes import conceals_secret, without_secrets

MASK: Final = "(secret)"
_LONGEST: Final = 60
_SHORTEST_SECRET: Final = 4
"""A shorter secret would mask half the words of a message."""


def shown(property: Property) -> str:
    """A value in one short line: `"flexible"`, `false`, `(secret)`, `nothing`."""
    if property.is_secret:
        return MASK
    if not property.exists:
        return "nothing"
    if not property.is_told:
        return "a value that is not known yet"
    text = json.dumps(property.plain(), ensure_ascii=False, default=str)
    if conceals_secret(property.key, text):
        return MASK
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def masked(message: str, secrets: Iterable[str]) -> str:
    """A message without any of these values, nor anything that has a secret's shape."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            message = message.replace(secret, MASK)
    return without_secrets(message, MASK)
