"""`Cache-Status` (RFC 9211), as the application's Worker writes it: which of its caches did what with a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

EDGE: Final = "pitchey-edge"
REDIS: Final = "pitchey-redis"
VERDICT: Final = "pitchey-cache"
"""The header that says in one word how an answer came about."""
Did = Mapping[str, str]
"""Parameter → its value, empty where it has none: `hit`, `fwd` (`miss`, `bypass`), `stored`, `collapsed`, `ttl`, `detail`."""


def cache_status(answer: httpx.Response) -> Mapping[str, Did]:
    """Cache → what it did; empty for an answer that does not say, as one of an older version."""
    found: dict[str, Did] = {}
    for member in answer.headers.get("cache-status", "").split(","):
        name, *parameters = [word.strip() for word in member.split(";")]
        pairs = [word.partition("=") for word in parameters]
        if name:
            found[name] = {key: value for key, _, value in pairs}
    return found


def was_asked(did: Did) -> bool:
    """Whether a cache was looked into at all."""
    return did.get("fwd") != "bypass"
