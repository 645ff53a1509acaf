"""Data: what holds it is protected, stays, and is not eaten by a lifecycle."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import buckets, objects, stores

RULES: Final[tuple[Rule, ...]] = (
    *stores.RULES,
    *objects.RULES,
    *buckets.RULES,
)
