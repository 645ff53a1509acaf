"""Whoever is at this machine."""

from __future__ import annotations

import getpass
import secrets
import socket


def person() -> str:
    """The user's name; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def holder(doing: str) -> str:
    """Who holds a lease, for people; different at each call."""
    return f"{person()}@{socket.gethostname()} ({doing}, {secrets.token_hex(2)})"
