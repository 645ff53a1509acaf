"""Orders to a running workerd: one small HTTP request over a unix socket, authenticated by a secret."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from localcloud.edge.errors import EdgeError

SECRET_HEADER: Final = "x-edge-secret"  # noqa: S105 (the name of a header)
_LIMIT: Final = 64 << 20


async def order(
    path: Path, what: str, body: object = None, *, secret: str, seconds: float = 10.0
) -> Any:  # noqa: ANN401 (what the other side says)
    """The JSON that is answered. Raises `EdgeError` when there is no good answer in time."""
    try:
        async with asyncio.timeout(seconds):
            return await _order(path, what, body, secret)
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise EdgeError(f"workerd did not carry out {what}: {error or 'no answer'}") from error


async def _order(path: Path, what: str, body: object, secret: str) -> Any:  # noqa: ANN401
    content = json.dumps(body, separators=(",", ":")).encode()
    reader, writer = await asyncio.open_unix_connection(str(path), limit=_LIMIT)
    try:
        head = (
            f"POST /{what} HTTP/1.1\r\nHost: control\r\nConnection: close\r\n"
            f"{SECRET_HEADER}: {secret}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _content_length(answer)
        content = await (reader.read() if length is None else reader.readexactly(length))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise ValueError(answer.split(b"\r\n", 1)[0].decode())
        return json.loads(content)
    finally:
        writer.close()


def _content_length(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None
