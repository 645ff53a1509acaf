"""Twice the load that saturates the application without its optimisations: who gets an answer, and what the others are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.figures import Measured, Reporter, Table, at_most
from bench.optimisations.block import LOST, Block, Blocks, p95, share_of
from bench.optimisations.intervals import estimate
from bench.optimisations.stand import Stand
from bench.optimisations.switches import ALL_OFF, NONE_OFF

_FIRST_RATE: Final = 20
_GROWTH: Final = 1.4
_MOST_RATE: Final = 400
_STEP_SECONDS: Final = 6
_BOUNDED: Final = 3
"""The p95 stays within as many times that of the lowest rate."""
_PAIRS: Final = 3
_SECONDS: Final = 8
_TOO_MANY: Final = 429


async def measure(stand: Stand, report: Reporter) -> list[Measured]:
    await stand.switches.turn_off(ALL_OFF)
    saturating = await _saturating(stand, report)
    rate = 2 * saturating
    told: dict[str, list[Block]] = {"all on": [], "all off": []}
    for number in range(_PAIRS):
        arms = [("all on", NONE_OFF), ("all off", ALL_OFF)]
        for name, off in arms if number % 2 == 0 else reversed(arms):
            report(f"{rate:.0f} requests/s, {name}, {number + 1} of {_PAIRS}")
            await stand.switches.turn_off(off)
            told[name].append(await stand.block(rate, _SECONDS, whole=False))
    load = f"at {rate:.0f} requests/s, twice what saturates all off"
    failed = sum(_failed(block) for blocks in told.values() for block in blocks)
    other = sum(_neither(block) for blocks in told.values() for block in blocks)
    return [
        at_most("answers of 5xx at twice the load that saturates all off", failed, "answers", 0),
        at_most(
            "neither answered nor told 429 at twice the load that saturates all off",
            other,
            "requests",
            0,
        ),
        Table(
            f"overload, {load}; with 95 % intervals",
            ["optimisations", "requests", "answered, %", "429, %", "5xx", "no answer", "p95, ms"],
            [[name, *_row(blocks)] for name, blocks in told.items()],
        ),
    ]


async def _saturating(stand: Stand, report: Reporter) -> float:
    """The highest rate, in requests a second, at which the p95 stays bounded and nobody is refused."""
    rate, saturating, bound = float(_FIRST_RATE), float(_FIRST_RATE), 0.0
    while rate <= _MOST_RATE:
        seen = await stand.block(rate, _STEP_SECONDS, whole=False)
        bound = bound or _BOUNDED * p95([seen])
        refused = share_of([seen], _is_refused)
        report(
            f"all off at {rate:.0f} requests/s: p95 {p95([seen]):.0f} ms, {refused:.1f} % refused"
        )
        if p95([seen]) > bound or refused > 0:
            break
        saturating, rate = rate, rate * _GROWTH
    return saturating


def _is_refused(status: int) -> bool:
    return status in (LOST, _TOO_MANY) or status >= 500


def _answered(blocks: Blocks) -> float:
    return 100 - share_of(blocks, _is_refused)


def _told_too_many(blocks: Blocks) -> float:
    return share_of(blocks, lambda status: status == _TOO_MANY)


def _failed(block: Block) -> int:
    return sum(number for status, number in block.statuses.items() if status >= 500)


def _neither(block: Block) -> int:
    return block.statuses[LOST]


def _row(blocks: Sequence[Block]) -> list[str | float]:
    return [
        sum(block.statuses.total() for block in blocks),
        str(estimate(_answered, blocks)),
        str(estimate(_told_too_many, blocks)),
        sum(_failed(block) for block in blocks),
        sum(_neither(block) for block in blocks),
        str(estimate(p95, blocks)),
    ]
