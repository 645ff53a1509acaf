"""Cloudflare's API as delivery reads it: what cannot be read is one line, and what is not there is None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from delivery.errors import FailedError
from settings import cloudflare_api
from settings.cloudflare_api import ApiError, Json

_PAGE: Final = 100
_MOST_PAGES: Final = 50
_NOT_THERE: Final = 404


def connect(environment: Mapping[str, str]) -> httpx.Client:
    """A client with the cloud's address and token. Raises `FailedError`."""
    try:
        return cloudflare_api.connect(environment)
    except ApiError as error:
        raise FailedError(str(error), "export it") from error


def read(client: httpx.Client, path: str, params: Mapping[str, int] | None = None) -> Json | None:
    """The envelope of a successful answer; None where nothing is. Raises `FailedError`."""
    try:
        return cloudflare_api.read(client, path, params)
    except ApiError as error:
        if error.status == _NOT_THERE:
            return None
        raise FailedError(f"{path} could not be read: {error}", "run it again") from error


def read_all(client: httpx.Client, path: str, items: tuple[str, ...] = ()) -> list[Json]:
    """All rows of a list, of every page; `items` are the keys under which an answer that is an object keeps them."""
    found: list[Json] = []
    for page in range(1, _MOST_PAGES + 1):
        body = read(client, path, {"page": page, "per_page": _PAGE})
        if body is None:
            return found
        rows: Any = body.get("result") or []
        for key in items:
            rows = rows.get(key) or []
        found.extend(rows)
        info: Json = body.get("result_info") or {}
        total = info.get("total_pages")
        if total is None or page >= total:
            return found
    return found
