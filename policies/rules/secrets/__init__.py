"""Secrets: none where people read it, none in clear text in the state, and none that can be guessed."""

from __future__ import annotations

from typing import Final

from ...rule import Rule
from . import bindings, deploying, keeping, keys, texts

RULES: Final[tuple[Rule, ...]] = (
    *bindings.RULES,
    *texts.RULES,
    *keeping.RULES,
    *keys.RULES,
    *deploying.RULES,
)
