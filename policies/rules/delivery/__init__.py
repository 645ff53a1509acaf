"""Delivery: what moves traffic, what is uploaded, and what the edge does with it."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import classes, edge, settings, splits, versions

RULES: Final[tuple[Rule, ...]] = (
    *splits.RULES,
    *versions.RULES,
    *classes.RULES,
    *settings.RULES,
    *edge.RULES,
)
