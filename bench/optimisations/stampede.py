"""A thousand requests at one moment for one answer that nobody has: how often the database is asked for it."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Final

from bench.figures import Measured, Reporter, Table, at_most
from bench.optimisations import backends
from bench.optimisations.block import HITS, LOST, Told
from bench.optimisations.catalogue import Asked
from bench.optimisations.load import at_once
from bench.optimisations.stand import Stand
from bench.optimisations.switches import NONE_OFF

REQUESTS: Final = 1000
_REPEATS: Final = 3
_INDEX: Final = "pitches_trending"
"""Searched once by each query for what is in demand, and by nothing else."""
_COUNTED_SECONDS: Final = 2.5
"""Until Postgres has counted what a connection did that stays open."""
_OK: Final = 200
_lengths = count(31)
"""Of lists that nobody else asks for."""


async def measure(stand: Stand, report: Reporter) -> list[Measured]:
    rows: list[list[str | float]] = []
    for name, off in (("all on", NONE_OFF), ("collapsing off", frozenset({"collapsing"}))):
        await stand.switches.turn_off(off)
        for number in range(_REPEATS if not off else 1):
            report(f"{REQUESTS:,} requests at once for one key, {name}, {number + 1}")
            fetches, told = await _stampede(stand)
            answered = sum(one.status == _OK for one in told)
            if not off and answered < REQUESTS:
                raise RuntimeError(f"{REQUESTS - answered} of {REQUESTS:,} were not answered")
            hits = sum(one.verdict in HITS for one in told)
            slowest = round(max(one.milliseconds for one in told))
            rows.append([name, fetches, answered, hits, slowest])
    most = max(float(row[1]) for row in rows if row[0] == "all on")
    return [
        at_most(
            f"origin fetches for {REQUESTS:,} simultaneous misses of one key, most of {_REPEATS}",
            most,
            "fetches",
            1,
        ),
        Table(
            f"{REQUESTS:,} simultaneous misses of one key",
            [
                "optimisations",
                "origin fetches",
                "answered",
                "of it by another's fetch",
                "slowest, ms",
            ],
            rows,
        ),
    ]


async def _stampede(stand: Stand) -> tuple[int, list[Told]]:
    """Fetches as Postgres has counted them."""
    request = stand.crowd(0).request("GET", f"/api/pitches/trending?limit={next(_lengths)}")
    await asyncio.sleep(_COUNTED_SECONDS)
    before = await backends.scans(stand.database, _INDEX)
    told = await at_once(stand.connections, [Asked("public", request)] * REQUESTS)
    await asyncio.sleep(_COUNTED_SECONDS)
    if any(one.status == LOST for one in told):
        raise RuntimeError("not all were answered in time")
    return await backends.scans(stand.database, _INDEX) - before, told
