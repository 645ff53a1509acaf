"""Redis on a bad day: an ASGI application in front of the one that serves it, which answers late, not at all, or with rubbish."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE: Final = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"


@dataclass(frozen=True)
class RedisFault:
    """`effect` slow (by `seconds`), errors (500; `after`: and obeyed all the same) or rubbish (obeyed, and answered with what
    Redis never says), at `rate` 0 < r ≤ 1 of what it is asked."""

    effect: str
    rate: float
    seconds: float = 0.0
    after: bool = False


class Failing:
    """`faults` is asked at each request."""

    def __init__(self, app: ASGIApp, faults: Callable[[], Sequence[RedisFault]]) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        struck = [f for f in self._faults() if random.random() < f.rate]  # noqa: S311
        for fault in struck:
            await asyncio.sleep(fault.seconds)
        failing = next((fault for fault in struck if fault.effect != "slow"), None)
        if failing is None:
            await self._app(scope, receive, send)
            return
        obeyed = b""
        if failing.effect == "rubbish" or failing.after:
            obeyed = await _obeyed(self._app, scope, receive)
        if failing.effect == "rubbish":
            answer = random.choice(rubbish(obeyed))  # noqa: S311
        else:
            answer = JSONResponse({"error": "ERR internal error"}, 500)
        await answer(scope, receive, send)


async def _obeyed(app: ASGIApp, scope: Scope, receive: Receive) -> bytes:
    """What it would have answered."""
    said = bytearray()

    async def hear(message: Message) -> None:
        said.extend(message.get("body", b""))

    await app(scope, receive, hear)
    return bytes(said)


def rubbish(answer: bytes) -> list[Response]:
    """What may come in place of the answer: a web page, half of it, nothing, another shape, other types, no text."""
    replies: list[object] = []
    with suppress(ValueError):
        shape: Any = json.loads(answer)
        replies = [*shape] if isinstance(shape, list) else [shape]
    other: list[object] = [
        {"result": "OK"},
        [{"result": {"unexpected": [1, None]}} for _ in replies],
        [{"result": -7.5} for _ in replies],
        [{"result": ["", None, []]} for _ in replies],
        [None for _ in replies],
        [*replies, {"result": "one more"}],
    ]
    return [
        Response(_PAGE, media_type="text/html"),
        Response(_PAGE, 502, media_type="text/html"),
        Response(answer[: len(answer) // 2], media_type="application/json"),
        Response(b"", media_type="application/json"),
        Response(b"\xff\xfe\x00[", media_type="application/json"),
        *(JSONResponse(one) for one in other),
    ]
