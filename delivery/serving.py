"""Who serves: asked of /version, and told by each version of the application's Worker in a header of every answer, an error's too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from delivery.edge import Edge

PROBE: Final[Mapping[str, str]] = {"pitchey-probe": "1"}
"""Tells the Worker that a request is ours: it is counted apart from users'."""
VERSION: Final = "pitchey-version"
"""The answer's header that names the version which gave it."""
OVERRIDES: Final = "cloudflare-workers-version-overrides"
"""The request's header that names the version which is to answer, though it has no traffic."""
VERSION_KEY: Final = "cloudflare-workers-version-key"


class NamelessError(Exception):
    """An answer that does not say which version gave it."""


def serving(edge: Edge, worker_url: str, key: str | None, seconds: float) -> str:
    """The version that answers, well or with an error, for a version key where one is given, on a connection of its own: that may
    reach another place of the edge. Raises `httpx.HTTPError`, `NamelessError`."""
    headers = {**PROBE, "connection": "close"}
    if key is not None:
        headers[VERSION_KEY] = key
    answer = edge.request(
        "GET", f"{worker_url.rstrip('/')}/version", headers=headers, timeout=seconds
    )
    # Versions that were uploaded before there was the header say it in the answer of /version alone.
    told = answer.headers.get(VERSION) or _in_body(answer)
    if told is None:
        raise NamelessError(f"answered {answer.status_code} without a version")
    return told


def _in_body(answer: httpx.Response) -> str | None:
    try:
        told: Any = answer.json()["id"]
    except (LookupError, TypeError, ValueError):
        return None
    return told if isinstance(told, str) else None
