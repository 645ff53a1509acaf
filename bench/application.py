"""The application of a checkout, made ready for load from one address."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from tests.integration.checkout import Checkout, live_split

STACK: Final = "staging"
WORKER: Final = f"pitchey-api-{STACK}"
_SETTINGS: Final = f"Pulumi.{STACK}.yaml"
_WORKER_SETTINGS: Final = "  pitchey:worker:\n"
_CLASSES: Final = ("read", "search", "write", "upload", "login", "sign-up", "refresh")
_CODE: Final = "worker/src/index.ts"
_change = count(1)


def application_of(checkout: Checkout) -> dict[str, Any]:
    """The stack's outputs, after `up` with rate limits that one address does not meet."""
    limits = ", ".join(f"{name}: 1000000/1s" for name in _CLASSES)
    settings = checkout.folder / _SETTINGS
    if "rateLimits" not in settings.read_text():
        checkout.edit(
            _SETTINGS, (_WORKER_SETTINGS, f"{_WORKER_SETTINGS}    rateLimits: {{{limits}}}\n")
        )
    return checkout.up(STACK)


def uploaded(checkout: Checkout) -> tuple[str, str]:
    """Uploads a version that differs in nothing that users see: what serves most, and what was uploaded."""
    code = checkout.folder / _CODE
    change = f"\nObject.assign(globalThis, {{ change: {next(_change)} }});\n"
    code.write_text(code.read_text() + change)
    outputs = checkout.up(STACK)
    return outputs["stableVersionId"], outputs["uploadedVersionId"]


def two_versions(checkout: Checkout) -> None:
    """Half of the requests for each of two versions, which are two isolates."""
    live = dict(live_split(checkout, WORKER))
    if len(live) > 1:
        checkout.done("split", STACK, f"{max(live, key=live.__getitem__)}=100")
    stable, candidate = uploaded(checkout)
    checkout.done("split", STACK, f"{stable}=50", f"{candidate}=50")
