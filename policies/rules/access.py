"""Access: who may read, write and administrate what a stack declares."""

from __future__ import annotations

from typing import Final

from ..rule import Rule
from . import (
    access_applications,
    access_buckets,
    access_previews,
    access_tokens,
    access_tunnels,
)

RULES: Final[tuple[Rule, ...]] = (
    *access_buckets.RULES,
    *access_previews.RULES,
    *access_tunnels.RULES,
    *access_tokens.RULES,
    *access_applications.RULES,
)
