"""A block: some seconds of the same load while the same optimisations were on; what is said of many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.figures import nearest_rank

PUBLIC: Final = "public"
OWN: Final = "own"
WRITE: Final = "write"
"""Kinds of requests: for everybody and kept, of somebody who is signed in, a change."""
HITS: Final = frozenset({"hit", "stale"})
LOST: Final = 0
"""The status of what had no answer within the patience."""


@dataclass(frozen=True, slots=True)
class Told:
    """One request. `milliseconds` from when it was due; `size` in bytes, head and body as they came; `verdict` is the answer's
    `pitchey-cache`."""

    kind: str
    milliseconds: float
    status: int
    verdict: str
    size: int


@dataclass(frozen=True, slots=True)
class Waited:
    """What the Worker itself told of its requests: how many it had, how long they waited for the database together, how
    often they asked it."""

    requests: int = 0
    milliseconds: float = 0.0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Connected:
    """The stack's connections at one moment, as Postgres lists them: all, those that are at a query, and those in use."""

    open: int
    busy: int
    in_use: int


@dataclass(frozen=True)
class Block:
    told: Sequence[Told]
    waited: Waited = Waited()
    connected: Sequence[Connected] = ()
    statuses: Counter[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "statuses", Counter(one.status for one in self.told))

    @property
    def reads(self) -> list[float]:
        """Milliseconds of each; one that was refused or lost has counted as long as it took, too."""
        return [one.milliseconds for one in self.told if one.kind != WRITE]


Blocks = Sequence[Block]


def p95(blocks: Blocks) -> float:
    return nearest_rank([ms for block in blocks for ms in block.reads], 95)


def mean(blocks: Blocks) -> float:
    return float(np.mean([ms for block in blocks for ms in block.reads]))


def hit_rate(blocks: Blocks) -> float:
    """Percent of the answers that everybody may have which came from a cache, an older answer included."""
    kept = [
        one for block in blocks for one in block.told if one.kind == PUBLIC and one.status != LOST
    ]
    return 100 * sum(one.verdict in HITS for one in kept) / max(1, len(kept))


def kilobytes(blocks: Blocks) -> float:
    """A request's answer."""
    sizes = [one.size for block in blocks for one in block.told if one.status != LOST]
    return float(np.mean(sizes)) / 1000


def queries(blocks: Blocks) -> float:
    """A request's, before its answer."""
    return sum(b.waited.asked for b in blocks) / max(1, sum(b.waited.requests for b in blocks))


def database_milliseconds(blocks: Blocks) -> float:
    """A request's."""
    requests = sum(block.waited.requests for block in blocks)
    return sum(block.waited.milliseconds for block in blocks) / max(1, requests)


def in_use(blocks: Blocks) -> float:
    return _mean_connections(blocks, lambda seen: seen.in_use)


def opened(blocks: Blocks) -> float:
    return _mean_connections(blocks, lambda seen: seen.open)


def busy(blocks: Blocks) -> float:
    return _mean_connections(blocks, lambda seen: seen.busy)


def _mean_connections(blocks: Blocks, count: Callable[[Connected], int]) -> float:
    return float(np.mean([count(seen) for block in blocks for seen in block.connected]))


def share_of(blocks: Blocks, holds: Callable[[int], bool]) -> float:
    """Percent of the requests whose status is such a one."""
    all_of = sum(block.statuses.total() for block in blocks)
    return 100 * sum(n for b in blocks for s, n in b.statuses.items() if holds(s)) / max(1, all_of)


def ratio(statistic: Callable[[Blocks], float]) -> Callable[[Blocks, Blocks], float]:
    """Of one arm to another one."""

    def of(one: Blocks, other: Blocks) -> float:
        below = statistic(other)
        return statistic(one) / below if below else float("nan")

    return of


def share_of_the_gain(without: Blocks, on: Blocks, off: Blocks) -> float:
    """Percent of what all together bring to the p95 that is lost when one alone is off."""
    gain = p95(off) - p95(on)
    return 100 * (p95(without) - p95(on)) / gain if gain > 0 else float("nan")
