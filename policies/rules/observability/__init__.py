"""Observability: what happens is recorded, somebody is told, and it is known whose it is."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import alerts, workers

RULES: Final[tuple[Rule, ...]] = (
    *workers.RULES,
    *alerts.RULES,
)
