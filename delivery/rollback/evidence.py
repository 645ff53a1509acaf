"""What answers show of an optimisation: whether it had a hand in them. Nothing here reads what KV says.

Each function asks once and tells `ON`, `OFF`, or that the answer does not tell. Where a cache would answer what it has kept, the
request is one that nobody has sent before: a genre by a word drawn for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx

from delivery.cache_status import EDGE, REDIS, Did, cache_status, was_asked
from delivery.edge import Edge
from delivery.rollback.returning import Answer
from delivery.serving import PROBE

ON: Final = "on"
OFF: Final = "off"
_TRY_SECONDS: Final = 4.0
_LIST: Final = "/api/pitches"
_AT_ONCE: Final = 6
_SHORTEST_COMPRESSED: Final = 1024
"""Bytes; what is shorter is never compressed (`worker/src/performance/compression.ts`)."""
_CLOSED: Final = 503


@dataclass(frozen=True)
class Asking:
    """Where answers come from. `compresses`: whether the platform compresses them whatever the Worker does, as Cloudflare's."""

    edge: Edge
    address: str
    compresses: bool = False

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Raises `httpx.HTTPError`."""
        return self.edge.request(
            "GET", self.address + path, headers={**PROBE, **headers}, timeout=_TRY_SECONDS
        )


Look = Callable[[Asking], Answer]


def edge_cache(asking: Asking) -> Answer:
    return _did(asking.get(f"{_LIST}?limit=1"), EDGE, _on_if_asked)


def redis(asking: Asking) -> Answer:
    return _did(asking.get(_unheard_of()), REDIS, _on_if_asked)


def smart_ttl(asking: Asking) -> Answer:
    chosen = {"ttl-seen": ON, "ttl-usual": OFF}
    return _did(asking.get(_unheard_of()), EDGE, lambda did: chosen.get(did.get("detail", "")))


def collapsing(asking: Asking) -> Answer:
    """Several ask for the same at once: with it, one of them makes the answer for all that reach the same isolate."""
    path = _unheard_of()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = list(threads.map(asking.get, [path] * _AT_ONCE))
    told = [status[EDGE] for status in map(cache_status, answers) if EDGE in status]
    if any("collapsed" in did for did in told):
        return Answer(ON)
    alone = sum("hit" not in did for did in told)
    return Answer(OFF) if alone > 1 else Answer(None, _untold(answers[-1]))


def compression(asking: Asking) -> Answer:
    if asking.compresses:
        return Answer(None, "Cloudflare compresses answers whatever the Worker does")
    answer = asking.get(f"{_LIST}?limit=20", **{"accept-encoding": "gzip"})
    if "gzip" in answer.headers.get("content-encoding", ""):
        return Answer(ON)
    is_long = answer.is_success and len(answer.content) >= _SHORTEST_COMPRESSED
    return Answer(OFF) if is_long else Answer(None, f"HTTP {answer.status_code}, a short answer")


def hyperdrive(asking: Asking) -> Answer:
    """By which way health's query of the database was answered."""
    told: Any = asking.get("/api/health").json()
    database: Any = told.get("dependencies", {}).get("DATABASE", {})
    way = {"hyperdrive": ON, "direct": OFF}.get(database.get("detail", ""))
    return Answer(way, "health does not say by which way the database is asked")


def maintenance(asking: Asking) -> Answer:
    answer = asking.get(f"{_LIST}?limit=1")
    if answer.status_code == _CLOSED and "Maintenance" in answer.text:
        return Answer(ON)
    return Answer(OFF) if answer.is_success else Answer(None, f"HTTP {answer.status_code}")


def _on_if_asked(did: Did) -> str:
    return ON if was_asked(did) else OFF


def _did(answer: httpx.Response, cache: str, state: Callable[[Did], str | None]) -> Answer:
    did = cache_status(answer).get(cache)
    return Answer(None if did is None else state(did), _untold(answer))


def _untold(answer: httpx.Response) -> str:
    return f"HTTP {answer.status_code}, and nothing that tells"


def _unheard_of() -> str:
    return f"{_LIST}?genre=verifying-{uuid.uuid4().hex[:20]}"
