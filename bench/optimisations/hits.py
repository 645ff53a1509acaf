"""How many of the answers that everybody may have come from a cache: some time after a start with empty caches, and after warming."""

from __future__ import annotations

import asyncio
from typing import Final

from bench.figures import Measured, Reporter, at_least
from bench.optimisations.block import Block, hit_rate
from bench.optimisations.intervals import estimate
from bench.optimisations.stand import Stand
from bench.optimisations.switches import NONE_OFF

RATE: Final = 100
_COLD_SECONDS: Final = 60
_SLICES: Final = 6
_SLICE_SECONDS: Final = 5
_COLD_GOAL: Final = 85
_WARMED_GOAL: Final = 95
_TOLD_SECONDS: Final = 2


async def measure(stand: Stand, report: Reporter) -> list[Measured]:
    await stand.switches.turn_off(NONE_OFF)
    report(f"{_COLD_SECONDS} s from empty caches, {RATE} requests/s")
    await stand.purge()
    await stand.block(RATE, _COLD_SECONDS, whole=False)
    cold = estimate(hit_rate, await _slices(stand))
    report(
        "every pitch is asked for once, as in a day; then caches are emptied and warmed by what was asked for"
    )
    await stand.ask_for_all()
    await asyncio.sleep(_TOLD_SECONDS)
    await stand.purge()
    await stand.warm()
    warmed = estimate(hit_rate, await _slices(stand))
    of = f"hit rate at {RATE} requests/s with changes"
    return [
        at_least(f"{of}, warmed", warmed.value, "%", _WARMED_GOAL, warmed.interval),
        at_least(
            f"{of}, {_COLD_SECONDS} s after a start with empty caches",
            cold.value,
            "%",
            _COLD_GOAL,
            cold.interval,
        ),
    ]


async def _slices(stand: Stand) -> list[Block]:
    return [await stand.block(RATE, _SLICE_SECONDS, whole=False) for _ in range(_SLICES)]
