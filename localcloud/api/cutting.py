"""A connection that ends in the middle, on purpose."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from starlette.types import Scope, Send

TRANSPORT: Final = "transport"
"""Where in a scope's `state` the daemon's HTTP servers put the connection's own transport."""


async def cut(scope: Scope, send: Send, *, flush: bool = False) -> None:
    """Ends the request's connection here; with `flush` what was sent before still arrives."""
    transport: asyncio.Transport | None = scope.get("state", {}).get(TRANSPORT)
    if transport is not None:
        if flush:
            transport.close()
        else:
            transport.abort()
        return
    # Promise a body and never send it: the server closes the connection, the client sees it end early.
    with contextlib.suppress(Exception):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"1048576"), (b"connection", b"close")],
            }
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})
