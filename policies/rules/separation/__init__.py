"""Separation: what is production's is nobody else's, and the reverse."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import (
    addresses,
    bindings,
    data,
    names,
    pages,
    settings,
    stacks,
)

RULES: Final[tuple[Rule, ...]] = (
    *stacks.RULES,
    *data.RULES,
    *names.RULES,
    *bindings.RULES,
    *settings.RULES,
    *pages.RULES,
    *addresses.RULES,
)
