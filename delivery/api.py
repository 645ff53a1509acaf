"""Reading Cloudflare's API from outside the engine: tried again while it makes sense to, and one line when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import stamina

from delivery.errors import FailedError

Json = dict[str, Any]
_CLOUDFLARE: Final = "https://api.cloudflare.com/client/v4"
_ATTEMPTS: Final = 7
_LONGEST_WAIT: Final = 2.0
_SECONDS: Final = 30.0
_REFUSED_ATTEMPTS: Final = 3
_PAGE: Final = 100
_MOST_PAGES: Final = 50


# What is tried again is not told: people see how it ends.
stamina.instrumentation.set_on_retry_hooks([])


class _TryAgain(Exception):  # noqa: N818 (an answer, no error)
    def __init__(self, told: str, after: float | None) -> None:
        super().__init__(told)
        self.after = after


def connect(environment: Mapping[str, str]) -> httpx.Client:
    """A client with the cloud's address and token (`CLOUDFLARE_BASE_URL`, `CLOUDFLARE_API_TOKEN`)."""
    base = environment.get("CLOUDFLARE_BASE_URL") or _CLOUDFLARE
    token = environment.get("CLOUDFLARE_API_TOKEN", "")
    return httpx.Client(
        base_url=base.rstrip("/"),
        headers={"authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(10, connect=3),
    )


def read(client: httpx.Client, path: str, params: Mapping[str, int] | None = None) -> Json | None:
    """The envelope of a successful answer; None where nothing is (404). Raises `FailedError`."""
    refused = 0

    def wait(error: Exception) -> bool | float:
        nonlocal refused
        if isinstance(error, httpx.ConnectError):
            refused += 1
            return refused < _REFUSED_ATTEMPTS
        if isinstance(error, _TryAgain):
            return error.after or True
        return isinstance(error, httpx.TransportError)

    try:
        for attempt in stamina.retry_context(
            wait, attempts=_ATTEMPTS, timeout=_SECONDS, wait_max=_LONGEST_WAIT, wait_jitter=0.5
        ):
            with attempt:
                return _envelope(client.get(path, params=params), path)
    except (_TryAgain, httpx.HTTPError, ValueError) as error:
        raise FailedError(f"{path} could not be read: {error}", "run it again") from error
    raise AssertionError("unreachable")


def _envelope(answer: httpx.Response, path: str) -> Json | None:
    if answer.status_code == 404:
        return None
    if answer.status_code == 429 or answer.status_code >= 500:
        after = answer.headers.get("retry-after", "")
        raise _TryAgain(f"HTTP {answer.status_code}", float(after) if after.isdecimal() else None)
    body: Json = answer.json()
    if not body.get("success"):
        codes = ", ".join(f"{e['code']} {e['message']}" for e in body.get("errors") or ())
        raise FailedError(f"{path} could not be read: {codes}", "run it again")
    return body


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
