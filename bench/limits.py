"""All of a machine's load comes from one address: a checkout's stack without limits that would meet it."""

from __future__ import annotations

from typing import Any, Final

from tests.integration.checkout import Checkout

STACK: Final = "staging"
_SETTINGS: Final = f"Pulumi.{STACK}.yaml"
_SECTION: Final = "  pitchey:worker:\n"
_CLASSES: Final = ("read", "search", "write", "upload", "login", "sign-up", "refresh")
_LIMITS: Final = f"    rateLimits: {{{', '.join(f'{name}: 1000000/1s' for name in _CLASSES)}}}\n"


def up_without_limits(checkout: Checkout) -> dict[str, Any]:
    """The stack's outputs, after an `up` by which every class of route may be asked for a million times a second: at once on a
    new stack, else in the version that was uploaded."""
    if _LIMITS not in (checkout.folder / _SETTINGS).read_text():
        checkout.edit(_SETTINGS, (_SECTION, _SECTION + _LIMITS))
    return checkout.up(STACK)


def without_limits(checkout: Checkout) -> None:
    """The same of a stack that is up, and that version serves everything."""
    up_without_limits(checkout)
    checkout.done("split", STACK, "uploaded=100")
