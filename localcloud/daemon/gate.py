"""Lets requests through, and holds new ones back while the state is exchanged under them: they wait, they do not fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

_PATIENCE_SECONDS: Final = 3.0
"""So long a change waits for requests under way; one that sleeps for a fault must not hold it up for minutes."""


class Gate:
    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.inside = 0
        """Requests under way."""
        self._closing = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def request(self) -> AsyncGenerator[None]:
        await self._open.wait()
        self.inside += 1
        self._idle.clear()
        try:
            yield
        finally:
            self.inside -= 1
            if self.inside == 0:
                self._idle.set()

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncGenerator[None]:
        """Nobody is inside meanwhile; one change at a time."""
        async with self._closing:
            self._open.clear()
            try:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._idle.wait(), _PATIENCE_SECONDS)
                yield
            finally:
                self._open.set()
