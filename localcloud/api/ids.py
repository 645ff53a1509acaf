"""Identifiers and times in the forms that Cloudflare uses."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import UTC, datetime
from typing import Final

_HEX_32: Final = re.compile(r"[0-9a-f]{32}")


def hex_id() -> str:
    """32 lower-case hexadecimal digits: accounts, zones, namespaces, records, …"""
    return secrets.token_hex(16)


def uuid_id() -> str:
    """Versions, deployments, Pages projects and deployments."""
    return str(uuid.uuid4())


def is_hex_id(text: str) -> bool:
    return _HEX_32.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def timestamp(at: datetime | None = None) -> str:
    """RFC 3339, UTC, microseconds: `2022-10-24T23:52:40.183869Z`."""
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
