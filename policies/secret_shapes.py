"""What secrets look like: by the shape of the value, and by the name that it goes by."""

from __future__ import annotations

import re
from typing import Final

_SHAPES: Final = re.compile(
    r"://[^/\s@:]*:[^\s@/]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|\bsk_live_\w+"
)


def conceals_secret(name: str, text: str) -> bool:
    """Whether a value of this name must not be shown."""
    return _SHAPES.search(text) is not None or "secret" in name.lower()


def without_secrets(text: str, mask: str) -> str:
    """The text with everything masked that has a secret's shape."""
    return _SHAPES.sub(mask, text)
