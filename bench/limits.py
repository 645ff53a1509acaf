"""All of a machine's load comes from one address: a checkout's stack without limits that would meet it."""

from __future__ import annotations

from typing import Any, Final

from tests.integration.checkout import Checkout

STACK: Final = "staging"
_SETTINGS: Final = f"Pulumi.{STACK}.yaml"
_SECTION: Final = "  pitchey:worker:\n"
_CLASSES: Final = ("read", "search", "write", "upload", "login", "sign-up", "refresh")
_LIMITS: Final = f"    rateLimits: {{{', '.join(f'{name}: 1000000/1s' for name in _CLASSES)}}}\n"


def without_limits(checkout: Checkout) -> dict[str, Any]:
    """The stack's outputs, after an `up` by which every class of route may be asked for a million times a second, in a version
    that serves everything then."""
    if _LIMITS not in (checkout.folder / _SETTINGS).read_text():
        checkout.edit(_SETTINGS, (_SECTION, _SECTION + _LIMITS))
    outputs = checkout.up(STACK)
    # A new stack has no other; on one that was up before, it is only uploaded.
    checkout.done("split", STACK, "uploaded=100")
    return outputs
