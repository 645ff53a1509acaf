"""Many small requests at once over raw connections."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tests.localcloud.edge.conftest import HOST

NONE: Mapping[str, str] = {}


async def ask_many(
    port: int, headers: Sequence[Mapping[str, str]], *, connections: int = 20
) -> list[str]:
    """One GET with each of `headers`; the bodies in the same order, or `status body` when it is not 200."""
    answers: list[str] = ["lost"] * len(headers)
    waiting = iter(range(len(headers)))

    async def keep_asking() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in waiting:
            lines = [f"{name}: {value}\r\n" for name, value in headers[number].items()]
            writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n{''.join(lines)}\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            body = (await reader.readexactly(length)).decode()
            status = head.split(" ", 2)[1]
            answers[number] = body if status == "200" else f"{status} {body}"
        writer.close()

    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    return answers
