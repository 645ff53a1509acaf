"""All of a machine's load comes from one address: a clone's stack without limits that would meet it."""

from __future__ import annotations

from typing import Final

from bench.clone import Clone

_STACK: Final = "staging"
_SECTION: Final = "  pitchey:worker:\n"
_CLASSES: Final = ("read", "search", "write", "upload", "login", "sign-up", "refresh")
_LIMITS: Final = f"    rateLimits: {{{', '.join(f'{name}: 1000000/1s' for name in _CLASSES)}}}\n"


def without_limits(clone: Clone) -> None:
    """Every class of route may be asked for a million times a second, in the version that serves everything then."""
    settings = clone.folder / f"Pulumi.{_STACK}.yaml"
    if _LIMITS not in settings.read_text():
        clone.edit(settings.name, (_SECTION, _SECTION + _LIMITS))
    clone.done("up", _STACK)
    clone.done("split", _STACK, "uploaded=100")
