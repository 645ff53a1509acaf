"""The application of a checkout, made ready for load from one address."""

from __future__ import annotations

from typing import Any, Final

from tests.integration.checkout import Checkout

STACK: Final = "staging"
_SETTINGS: Final = f"Pulumi.{STACK}.yaml"
_WORKER_SETTINGS: Final = "  pitchey:worker:\n"
_CLASSES: Final = ("read", "search", "write", "upload", "login", "sign-up", "refresh")


def application_of(checkout: Checkout) -> dict[str, Any]:
    """The stack's outputs, after `up` with rate limits that one address does not meet."""
    limits = ", ".join(f"{name}: 1000000/1s" for name in _CLASSES)
    settings = checkout.folder / _SETTINGS
    if "rateLimits" not in settings.read_text():
        checkout.edit(
            _SETTINGS, (_WORKER_SETTINGS, f"{_WORKER_SETTINGS}    rateLimits: {{{limits}}}\n")
        )
    return checkout.up(STACK)
