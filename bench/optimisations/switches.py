"""Optimisations of a running stack, turned off and on by their keys in KV; what holds is read off the answers, never off KV."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import Final

import httpx

from bench.load import Answer, Connections, header

OPTIMISATIONS: Final = (
    "edge-cache",
    "redis",
    "collapsing",
    "hyperdrive",
    "compression",
    "smart-ttl",
)
NONE_OFF: Final[frozenset[str]] = frozenset()
ALL_OFF: Final = frozenset(OPTIMISATIONS)
CACHES: Final = frozenset({"edge-cache", "redis", "collapsing"})
_IN_A_ROW: Final = 3
_PATIENCE_SECONDS: Final = 30
_COUNTED: Final = count(int(time.time() * 1000))


class Switches:
    """`values` is the address of the namespace's values at the API, `host` the application's name."""

    def __init__(self, api: httpx.Client, values: str, connections: Connections, host: str) -> None:
        self._api = api
        self._values = values
        self._connections = connections
        self._host = host
        self._known: dict[str, str] = {}

    async def turn_off(self, off: frozenset[str]) -> None:
        """These and no others, and waits until the answers show it. Raises `RuntimeError` when they do not."""
        for name in OPTIMISATIONS:
            wanted = "off" if name in off else "on"
            # What a run before has left is unknown.
            if self._known.get(name) != wanted:
                await asyncio.to_thread(self._put, name, wanted)
                self._known[name] = wanted
        end = time.monotonic() + _PATIENCE_SECONDS
        right, shown = 0, NONE_OFF
        while right < _IN_A_ROW:
            if time.monotonic() > end:
                raise RuntimeError(f"answers show {sorted(shown)} to be off, and not {sorted(off)}")
            shown = await self._shown()
            right = right + 1 if shown == off else 0
            await asyncio.sleep(0.05)

    def _put(self, name: str, value: str) -> None:
        self._api.put(f"{self._values}/{name}", content=value).raise_for_status()

    async def _shown(self) -> frozenset[str]:
        """What is off by two answers to the same words that nobody has asked for before, and by what health tells."""
        words = f"nobody has written this {next(_COUNTED)}"
        path = f"/api/pitches?q={words.replace(' ', '+')}"
        answers = await asyncio.gather(
            self._ask(path),
            self._ask(path),
            self._ask("/api/pitches?limit=50"),
            self._ask("/api/health"),
        )
        return evidence(*answers)

    async def _ask(self, path: str) -> Answer:
        request = f"GET {path} HTTP/1.1\r\nhost: {self._host}\r\naccept-encoding: gzip\r\npitchey-probe: 1\r\n\r\n"
        answer = await self._connections.ask(request.encode())
        if answer is None:
            raise RuntimeError(f"{path} was not answered")
        return answer


def evidence(one: Answer, other: Answer, listed: Answer, health: Answer) -> frozenset[str]:
    """`one` and `other` were asked for at once and for the first time, `listed` is a long answer of text."""
    told = b" ".join(header(answer.head, b"cache-status") or b"" for answer in (one, other))
    off = {
        "edge-cache": b"pitchey-edge; fwd=bypass" in told,
        "redis": b"pitchey-redis; fwd=bypass" in told,
        "smart-ttl": b"detail=ttl-usual" in told,
        "collapsing": b"collapsed" not in told,
        "compression": header(listed.head, b"content-encoding") != b"gzip",
        "hyperdrive": b'"detail":"hyperdrive"' not in health.body,
    }
    return frozenset(name for name, is_off in off.items() if is_off)
