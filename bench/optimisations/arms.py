"""The read mix with all optimisations on, with all off, and with each off alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from bench.figures import Measured, Reporter, Table, at_most
from bench.optimisations import block
from bench.optimisations.block import Block
from bench.optimisations.intervals import Estimate, estimate
from bench.optimisations.stand import Stand
from bench.optimisations.switches import ALL_OFF, NONE_OFF, OPTIMISATIONS

RATE: Final = 40
_SECONDS: Final = 6
_ROUNDS: Final = 4
ON: Final = "all on"
OFF: Final = "all off"
_P95_GOAL: Final = 0.30
_CONNECTIONS_GOAL: Final = 0.05
_COLUMNS: Final = (
    "on",
    "p95, ms",
    "mean, ms",
    "hit rate, %",
    "queries a request",
    "database, ms a request",
    "kB a request",
    "connections in use",
    "open",
    "at a query",
    "share of the gain in p95, %",
)
_STATISTICS: Final = (
    block.p95,
    block.mean,
    block.hit_rate,
    block.queries,
    block.database_milliseconds,
    block.kilobytes,
    block.in_use,
    block.opened,
    block.busy,
)
ARMS: Final[dict[str, frozenset[str]]] = {
    ON: NONE_OFF,
    **{f"{name} alone off": frozenset({name}) for name in OPTIMISATIONS},
    OFF: ALL_OFF,
}


def turns(rounds: int) -> Iterator[str]:
    """Each arm once a round, forth and back, and the two that most depends on once more in between."""
    for number in range(rounds):
        names = list(ARMS) if number % 2 == 0 else list(reversed(ARMS))
        half = len(names) // 2
        yield from names[:half]
        yield from (names[-1], names[0])
        yield from names[half:]


async def measure(stand: Stand, report: Reporter) -> list[Measured]:
    told: dict[str, list[Block]] = defaultdict(list)
    order = list(turns(_ROUNDS))
    for number, arm in enumerate(order):
        report(f"read mix, {RATE} requests/s, block {number + 1} of {len(order)}: {arm}")
        await stand.switches.turn_off(ARMS[arm])
        told[arm].append(await stand.block(RATE, _SECONDS))
    on, off = told[ON], told[OFF]
    p95 = estimate(block.ratio(block.p95), on, off)
    connections = estimate(block.ratio(block.in_use), on, off)
    name = f"of the read mix at {RATE} requests/s, all on / all off"
    return [
        at_most(f"p95 {name}", p95.value, "x", _P95_GOAL, p95.interval),
        at_most(
            f"mean Postgres connections in use {name}",
            connections.value,
            "x",
            _CONNECTIONS_GOAL,
            connections.interval,
        ),
        Table(
            f"read mix at {RATE} requests/s, each optimisation off alone; with 95 % intervals",
            _COLUMNS,
            [[arm, *_cells(told, arm)] for arm in ARMS],
        ),
    ]


def _cells(told: dict[str, list[Block]], arm: str) -> list[str]:
    cells: list[Estimate] = [estimate(statistic, told[arm]) for statistic in _STATISTICS]
    if arm in (ON, OFF):
        return [*map(str, cells), "0" if arm == ON else "100"]
    share = estimate(block.share_of_the_gain, told[arm], told[ON], told[OFF])
    return [*map(str, cells), str(share)]
