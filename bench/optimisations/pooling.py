"""What the pool brings: time that a request waits for the database with it and without, and nothing kept in either."""

from __future__ import annotations

from typing import Final

from bench.figures import Measured, Reporter, at_most
from bench.optimisations.block import Block, database_milliseconds, ratio
from bench.optimisations.intervals import estimate
from bench.optimisations.stand import Stand
from bench.optimisations.switches import CACHES

RATE: Final = 20
_SECONDS: Final = 6
_PAIRS: Final = 4
_GOAL: Final = 0.30


async def measure(stand: Stand, report: Reporter) -> list[Measured]:
    pooled: list[Block] = []
    direct: list[Block] = []
    for number in range(_PAIRS):
        report(f"with the pool and without, caches off, {number + 1} of {_PAIRS}")
        arms = [(pooled, CACHES), (direct, CACHES | {"hyperdrive"})]
        for blocks, off in arms if number % 2 == 0 else reversed(arms):
            await stand.switches.turn_off(off)
            blocks.append(await stand.block(RATE, _SECONDS))
    found = estimate(ratio(database_milliseconds), pooled, direct)
    name = f"mean database time a request at {RATE} requests/s without caches, pooled / not"
    return [at_most(name, found.value, "x", _GOAL, found.interval)]
