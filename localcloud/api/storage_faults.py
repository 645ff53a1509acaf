"""Faults of KV and of R2, carried out in front of what serves them: late, refused, or broken off half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcloud.api.cutting import cut
from localcloud.api.faults import list_faults
from localcloud.api.store import Store

_METADATA_SIZE: Final = "cf-r2-metadata-size"
_UNKNOWN_HALF: Final = 64 << 10
"""Where a content breaks off whose length nobody has told."""


class Failing:
    """An ASGI application in front of `app`. The effects that strike it begin with `service` (kv, r2); `refusal` gives its
    answer of 500 to the request."""

    def __init__(
        self, service: str, app: ASGIApp, store: Store, refusal: Callable[[Scope], Response]
    ) -> None:
        self._service = service
        self._app = app
        self._store = store
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app, refused, lost = self._app, False, False
        for fault in list_faults(self._store):
            service, _, effect = fault.effect.partition("-")
            if service != self._service or not fault.is_drawn():
                continue
            if effect == "slow":
                await asyncio.sleep(fault.seconds)
            elif effect == "cut":
                app = _HalfWay(self._app)
            elif effect == "errors":
                lost, refused = lost or fault.after, refused or not fault.after
        if refused or lost:
            await (_passed(receive) if refused else self._app(scope, receive, _unheard))
            await self._refusal(scope)(scope, receive, send)
            return
        await app(scope, receive, send)


async def _passed(receive: Receive) -> None:
    """A client that still sends takes an answer for a lost connection: it is heard out."""
    while (await receive()).get("more_body"):
        pass


async def _unheard(_message: Message) -> None:
    """The answer that is lost."""


class _HalfWay:
    """Contents end in the middle, on their way in or out, and the connection with them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        until = _half(Headers(scope=scope))
        if until is None:
            await self._app(scope, receive, _Ending(scope, send).send)
            return
        await self._app(scope, _Breaking(receive, until).receive, _unheard)
        await cut(scope, send)


def _half(headers: Headers) -> int | None:
    """Bytes up to the middle of the content that comes after its metadata; None where there is no content."""
    length, metadata = headers.get("content-length"), int(headers.get(_METADATA_SIZE, "0"))
    if length is None:
        return metadata + _UNKNOWN_HALF if "transfer-encoding" in headers else None
    content = int(length) - metadata
    return metadata + content // 2 if content > 0 else None


class _Breaking:
    """A request whose client goes away after `until` bytes."""

    def __init__(self, receive: Receive, until: int) -> None:
        self._receive = receive
        self._left = until

    async def receive(self) -> Message:
        if self._left <= 0:
            return {"type": "http.disconnect"}
        message = await self._receive()
        body = message.get("body", b"")[: self._left]
        self._left -= len(body)
        if message["type"] != "http.request" or not message.get("more_body"):
            # Shorter than it was said to be: it ends here either way.
            self._left = 0
        return {**message, "body": body, "more_body": True}


class _Ending:
    """An answer of which only the first half arrives."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._left: int | None = None
        self._over = False

    async def send(self, message: Message) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            self._left = _half(Headers(raw=message["headers"]))
            await self._send(message)
            return
        if self._left is None:
            await self._send(message)
            return
        body = message.get("body", b"")[: self._left]
        self._left -= len(body)
        await self._send({**message, "body": body, "more_body": True})
        if self._left <= 0 or not message.get("more_body"):
            self._over = True
            await cut(self._scope, self._send, flush=True)
