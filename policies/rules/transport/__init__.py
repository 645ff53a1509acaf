"""Transport: HTTPS everywhere, to the visitor, to the origin and in every address."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import addresses, databases, settings, zones

RULES: Final[tuple[Rule, ...]] = (
    *zones.RULES,
    *settings.SETTINGS_RULES,
    *addresses.ADDRESS_RULES,
    *databases.DATABASE_RULES,
)
