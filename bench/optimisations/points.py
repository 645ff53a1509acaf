"""What the Worker tells of its requests in Analytics Engine: how long they waited for the database, and how often they asked it."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, Final

import httpx

from bench.optimisations.block import Waited

DATASET: Final = "pitchey_staging"
_UNDER_WAY_SECONDS: Final = 1.2
"""Until what was answered is in the store: it is told twice a second."""


async def waited(api: httpx.Client, account: str, since: float) -> Waited:
    """Of all requests that were answered in the second of `since` (Unix) or later, but for those that ended in this very second
    and those of our own."""
    await asyncio.sleep(_UNDER_WAY_SECONDS)
    query = f"""
        SELECT count() AS requests, sum(double3) AS milliseconds, sum(double4) AS asked FROM {DATASET}
        WHERE timestamp >= toDateTime({math.floor(since)}) AND blob4 LIKE '/api/%'
    """  # noqa: S608 (numbers alone)
    path = f"/accounts/{account}/analytics_engine/sql"
    answer = await asyncio.to_thread(api.post, path, content=query.encode())
    (row,) = answer.raise_for_status().json()["data"]
    return _read(row)


def _read(row: dict[str, Any]) -> Waited:
    return Waited(
        int(row["requests"]), float(row["milliseconds"] or 0), int(float(row["asked"] or 0))
    )


async def next_second() -> None:
    """Points are told apart by the second: whoever counts begins with one."""
    await asyncio.sleep(1 - time.time() % 1)
