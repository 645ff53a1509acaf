"""Calls of the v4 API, tried again while it makes sense to."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

Json = dict[str, Any]
DEFAULT_BASE: Final = "https://api.cloudflare.com/client/v4"
_ATTEMPTS: Final = 12
_REFUSED_ATTEMPTS: Final = 3
_FIRST_PAUSE: Final = 0.15
_LONGEST_PAUSE: Final = 3.0
_PAGE: Final = 100
_MOST_PAGES: Final = 200


class ApiError(Exception):
    """The API said no. `status` is HTTP's, `codes` are Cloudflare's."""

    def __init__(self, status: int, codes: tuple[int, ...], text: str) -> None:
        super().__init__(text)
        self.status = status
        self.codes = codes


class UnreachableError(Exception):
    """Nobody answers at the API's address."""


@dataclass(frozen=True)
class Api:
    """`base` without a trailing slash. Safe to use from several threads."""

    base: str
    token: str = field(repr=False)
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=httpx.Timeout(60, connect=3), limits=httpx.Limits(max_connections=16)
        ),
        repr=False,
    )

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        made_already: Callable[[], Json | None] | None = None,
    ) -> Any:
        """The answer's `result`.

        `made_already` is asked before something is created once more: an answer that was lost may have been a yes.
        Raises `ApiError`, or `UnreachableError` within seconds when nobody listens.
        """
        refused = 0
        for attempt in range(1, _ATTEMPTS + 1):
            ambiguous = True
            try:
                answer = self.client.request(
                    method,
                    self.base + path,
                    json=body,
                    params=query,
                    headers={"authorization": f"Bearer {self.token}", **(headers or {})},
                )
            except httpx.ConnectError as error:
                refused += 1
                if refused >= _REFUSED_ATTEMPTS:
                    raise UnreachableError(
                        f"nobody answers at {self.base}; is the cloud running?"
                    ) from error
                pause, ambiguous = _FIRST_PAUSE * 4, False
            except (httpx.TransportError, httpx.DecodingError) as error:
                if attempt == _ATTEMPTS:
                    raise UnreachableError(f"{self.base} cuts the connection: {error}") from error
                pause = _pause(attempt)
            else:
                if answer.status_code != 429 and answer.status_code < 500:
                    return _result(answer)
                if attempt == _ATTEMPTS:
                    raise _error(answer)
                ambiguous = answer.status_code != 429
                pause = _retry_after(answer) or _pause(attempt)
            time.sleep(pause)
            if ambiguous and made_already is not None:
                found = made_already()
                if found is not None:
                    return found
        raise UnreachableError(f"{self.base} does not answer")

    def pages(self, path: str, *items: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All rows of a list; `items` are the keys under which an answer that is an object keeps them."""
        found: list[Json] = []
        for page in range(1, _MOST_PAGES + 1):
            rows: Any = self.call(
                "GET", path, query={"page": str(page), "per_page": str(_PAGE), **(query or {})}
            )
            for key in items:
                rows = (rows or {}).get(key)
            found.extend(rows or [])
            if len(rows or []) < _PAGE or items:
                break
        return found


def _pause(attempt: int) -> float:
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 (spreads retries, guards nothing)


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() and int(text) > 0 else None


def _result(answer: httpx.Response) -> Any:
    if answer.status_code == 204 or not answer.content:
        return None
    try:
        body = answer.json()
    except ValueError as error:
        raise ApiError(
            answer.status_code, (), f"{answer.status_code}: no JSON in the answer"
        ) from error
    if answer.status_code >= 400 or not body.get("success", True):
        raise _error(answer)
    return body.get("result")


def _error(answer: httpx.Response) -> ApiError:
    try:
        errors: list[Json] = answer.json().get("errors") or []
    except ValueError:
        errors = []
    said = "; ".join(f"{error['code']}: {error['message']}" for error in errors)
    codes = tuple(int(error["code"]) for error in errors)
    return ApiError(answer.status_code, codes, said or f"HTTP {answer.status_code}")
