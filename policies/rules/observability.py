"""TODO family."""

from __future__ import annotations

from typing import Final

from ..rule import Rule

RULES: Final[tuple[Rule, ...]] = ()
