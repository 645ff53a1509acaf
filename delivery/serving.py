"""Who serves: asked of /version, which each version of the application's Worker answers with its own id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from delivery.edge import Edge

PROBE: Final[Mapping[str, str]] = {"pitchey-probe": "1"}
"""Tells the Worker that a request is ours: it is counted apart from users'."""
VERSION_KEY: Final = "cloudflare-workers-version-key"


def serving(edge: Edge, worker_url: str, key: str | None, seconds: float) -> str:
    """The version that answers, for a version key where one is given, on a connection of its own: that may reach another place
    of the edge. Raises `httpx.HTTPError`, or `LookupError`, `TypeError` or `ValueError` for an answer that names no version."""
    headers = {**PROBE, "connection": "close"}
    if key is not None:
        headers[VERSION_KEY] = key
    answer = edge.request(
        "GET", f"{worker_url.rstrip('/')}/version", headers=headers, timeout=seconds
    )
    told: Any = answer.json()["id"]
    if not isinstance(told, str):
        raise TypeError("an id is a text")
    return told
