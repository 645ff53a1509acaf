"""Calls of the v4 API, tried again while it makes sense to."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

Json = dict[str, Any]
DEFAULT_BASE: Final = "https://api.cloudflare.com/client/v4"
_ATTEMPTS: Final = 12
_UNREACHED_ATTEMPTS: Final = 3
_FIRST_PAUSE: Final = 0.15
_LONGEST_PAUSE: Final = 3.0
_CONNECTIONS: Final = 16
_CONNECT_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 30.0
_GIVE_UP_SECONDS: Final = 60.0
"""No further attempt after this long without a usable answer; the time that a 429 asked for does not count."""
_LONGEST_BAN: Final = 300.0
"""Cloudflare refuses for five minutes whoever made 1,200 requests in five."""
_PAGE: Final = 100
_OBJECT_PAGE: Final = 1000
_MOST_PAGES: Final = 200


class ApiError(Exception):
    """The API said no. `status` is HTTP's, `codes` are Cloudflare's."""

    def __init__(self, status: int, codes: tuple[int, ...], text: str) -> None:
        super().__init__(text)
        self.status = status
        self.codes = codes

    @property
    def is_gone(self) -> bool:
        """What was asked for is not there. A zone that is not there has no 404 at Cloudflare, but a 403 of this text."""
        return self.status == 404 or "Invalid zone identifier" in str(self)


class UnreachableError(Exception):
    """Nobody answers at the API's address."""


@dataclass(frozen=True)
class Api:
    """`base` without a trailing slash; `credentials` are headers. Safe to use from several threads."""

    base: str
    credentials: Mapping[str, str] = field(repr=False)
    client: httpx.Client = field(repr=False)

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
        unreached = 0
        give_up = time.monotonic() + _GIVE_UP_SECONDS
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS or time.monotonic() > give_up
            try:
                answer = self._sent(method, path, body, query, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                unreached += 1
                if last or unreached >= _UNREACHED_ATTEMPTS:
                    raise UnreachableError(
                        f"nobody answers at {self.base}; is the cloud running?"
                    ) from error
                pause, ambiguous = _FIRST_PAUSE * 4, False
            except (httpx.TransportError, httpx.DecodingError) as error:
                if last:
                    raise UnreachableError(
                        f"{self.base} {_lost(error)}; is the cloud well?"
                    ) from error
                pause, ambiguous = _pause(attempt), True
            else:
                if answer.status_code != 429 and answer.status_code < 500:
                    return _result(answer)
                if last:
                    raise _error(answer)
                ambiguous = answer.status_code != 429
                pause = _retry_after(answer) or _pause(attempt)
                if not ambiguous:
                    give_up += pause
            time.sleep(pause)
            if ambiguous and made_already is not None:
                found = made_already()
                if found is not None:
                    return found
        raise UnreachableError(f"{self.base} does not answer")

    def pages(self, path: str, *items: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """All rows of a list; `items` are the keys under which an answer that is an object keeps them."""
        found: list[Json] = []
        size = _OBJECT_PAGE if items else _PAGE
        for page in range(1, _MOST_PAGES + 1):
            asked = {"page": str(page), "per_page": str(size), **(query or {})}
            rows = _rows(self.call("GET", path, query=asked), items)
            found.extend(rows)
            if len(rows) < size or items:
                break
        return found

    def _sent(
        self,
        method: str,
        path: str,
        body: object,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Response:
        given = {**self.credentials, **(headers or {})}
        return self.client.request(method, self.base + path, json=body, params=query, headers=given)


def client_for(base: str) -> httpx.Client:
    # Authorities are read only where one may have to vouch; without TLS nobody is trusted, at no cost.
    secure = base.startswith("https:")
    trusted = httpx.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(
        timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=_CONNECTIONS),
        verify=trusted,
    )


def _rows(told: Any, items: tuple[str, ...]) -> list[Json]:
    for key in items:
        told = None if told is None else told.get(key)
    return [] if told is None else list(told)


def _lost(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"does not answer within {_ANSWER_SECONDS:.0f} s"
    return "cuts the connection"


def _pause(attempt: int) -> float:
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 (spreads retries, guards nothing)


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds, from either form that HTTP allows."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(seconds, _LONGEST_BAN) if seconds > 0 else None


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
    errors = _errors(answer)
    # Cloudflare quotes a Worker's own exception, with its lines; the engine is told one.
    said = "; ".join(" ".join(f"{code}: {message}".split()) for code, message in errors)
    return ApiError(
        answer.status_code,
        tuple(code for code, _ in errors),
        said or f"HTTP {answer.status_code} without a reason",
    )


def _errors(answer: httpx.Response) -> list[tuple[int, str]]:
    try:
        body: Any = answer.json()
        rows: list[Json] = body["errors"]
        return [(int(row.get("code") or 0), str(row["message"])) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []
