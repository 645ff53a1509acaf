"""Sentry's envelope endpoint, as far as whoever reports errors sees it: they are kept instead of looked into.

`POST /api/<project>/envelope/`, with the key of a DSN in `X-Sentry-Auth`, the query or the envelope's own header. Other items
than events are taken and dropped, as Sentry does with what a project has no quota for.
"""

from __future__ import annotations

import hmac
import json
import math
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localcloud.data.envelopes import MOST_BYTES, Envelope, EnvelopeError, parse, unpacked
from localcloud.data.kept_errors import KeptErrors, ReportedError

Json = dict[str, Any]
MOST_A_MINUTE: Final = 300
"""Envelopes of a key; whoever sends more is told to be quiet."""
_MINUTE: Final = 60.0
_PATH: Final = re.compile(r"/api/(\d+)/envelope/?")
_AUTH: Final = re.compile(r"(?:^|[\s,])sentry_key=([^,\s]+)")
_ID: Final = re.compile(r"[0-9a-f]{32}")


class ErrorSink:
    """An ASGI application. `keys`: stack → the key of its DSN, asked for at each request."""

    def __init__(
        self,
        kept: KeptErrors,
        keys: Callable[[], Mapping[str, str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._keys = keys
        self._clock = clock
        self._sent: dict[str, deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except EnvelopeError as error:
            response = _refusal(str(error), error.status)
        except OSError:
            response = _refusal("the event could not be kept", 503)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        found = _PATH.fullmatch(request.url.path)
        if found is None:
            raise EnvelopeError("there is only /api/<project>/envelope/", 404)
        if request.method != "POST":
            raise EnvelopeError("an envelope is posted", 405)
        content = await _content(request)
        envelope = parse(unpacked(content, request.headers.get("content-encoding", "").lower()))
        stack = self._stack(_key(request, envelope))
        limit = self._limit(stack)
        if limit is not None:
            return limit
        id = str(envelope.header.get("event_id", ""))
        for item in envelope.items:
            if item.header.get("type") == "event":
                event = _event(item.payload)
                id = str(event.get("event_id") or id)
                self._kept.add(ReportedError(_now(), stack, event))
        plain = id.replace("-", "").lower()
        return JSONResponse({"id": plain if _ID.fullmatch(plain) else uuid.uuid4().hex})

    def _stack(self, key: str) -> str:
        for stack, known in self._keys().items():
            if hmac.compare_digest(key.encode(), known.encode()):
                return stack
        raise EnvelopeError("bad sentry DSN public key", 403)

    def _limit(self, stack: str) -> Response | None:
        now = self._clock()
        sent = self._sent.setdefault(stack, deque())
        while sent and sent[0] <= now - _MINUTE:
            sent.popleft()
        if len(sent) < MOST_A_MINUTE:
            sent.append(now)
            return None
        seconds = str(max(1, math.ceil(sent[0] + _MINUTE - now)))
        headers = {"retry-after": seconds, "x-sentry-rate-limits": f"{seconds}:error;default:key"}
        return _refusal("the project sends too much", 429, headers)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise EnvelopeError("envelope exceeded size limits", 413)
    return bytes(content)


def _key(request: Request, envelope: Envelope) -> str:
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization", "")
    found = _AUTH.search(header) if header.lower().startswith("sentry ") else None
    if found is not None:
        return found[1]
    key = request.query_params.get("sentry_key")
    if key is None:
        try:
            key = urlsplit(str(envelope.header.get("dsn", ""))).username
        except ValueError:
            key = None
    if not key:
        raise EnvelopeError("missing authorization information", 401)
    return key


def _event(payload: bytes) -> Json:
    try:
        event: object = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("invalid event: no JSON") from error
    if not isinstance(event, dict):
        raise EnvelopeError("invalid event: no object")
    return event  # pyright: ignore[reportUnknownVariableType]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refusal(text: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": text}, status, {"x-sentry-error": text, **(headers or {})})
