"""Access: who may read, write and administrate what a stack declares."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import (
    applications,
    buckets,
    previews,
    tokens,
    tunnels,
)

RULES: Final[tuple[Rule, ...]] = (
    *buckets.RULES,
    *previews.RULES,
    *tunnels.RULES,
    *tokens.RULES,
    *applications.RULES,
)
