"""Every rule of the pack. Registering one is listing it in its family's `RULES`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .rule import Rule
from .rules import (
    access,
    data,
    delivery,
    dns_mail,
    observability,
    secrets,
    separation,
    transport,
)

RULES: Final[Sequence[Rule]] = (
    *transport.RULES,
    *secrets.RULES,
    *separation.RULES,
    *access.RULES,
    *data.RULES,
    *delivery.RULES,
    *dns_mail.RULES,
    *observability.RULES,
)


def rule_named(name: str) -> Rule | None:
    return next((rule for rule in RULES if rule.name == name), None)
