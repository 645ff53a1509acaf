"""Whoever is at this machine."""

from __future__ import annotations

import getpass


def person() -> str:
    """The user's name; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
