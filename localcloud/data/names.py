"""What a stack's database is called, and how its role logs in."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_LONGEST: Final = 63
_BEGINNING: Final = 50


def database_name(stack: str) -> str:
    """Of a stack's database, and of the role that owns it: at most 63 bytes."""
    name = f"pitchey_{stack}"
    if len(name.encode()) <= _LONGEST:
        return name
    return f"{name[:_BEGINNING]}_{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def password_of(url: str) -> str | None:
    """The password in a connection string that this cloud has made."""
    found = re.match(r"postgresql://[^:/@]+:([0-9a-f]+)@", url)
    return found.group(1) if found else None
