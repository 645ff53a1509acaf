"""Separation: what is production's is nobody else's, and the reverse."""

from __future__ import annotations

from typing import Final

from ..rule import Rule
from . import (
    separation_addresses,
    separation_bindings,
    separation_data,
    separation_names,
    separation_pages,
    separation_settings,
    separation_stacks,
)

RULES: Final[tuple[Rule, ...]] = (
    *separation_stacks.RULES,
    *separation_data.RULES,
    *separation_names.RULES,
    *separation_bindings.RULES,
    *separation_settings.RULES,
    *separation_pages.RULES,
    *separation_addresses.RULES,
)
