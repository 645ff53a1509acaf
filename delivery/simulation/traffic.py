"""Made-up traffic of two versions, drawn from a seed: a whole slice at once, never request by request."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from delivery.analysis.counts import Counts, Slice
from delivery.simulation.sampling import binomial, multinomial, poisson
from delivery.statistics.latency import LAST_BUCKET, lower_edge, upper_edge

STABLE, CANDIDATE = "stable", "candidate"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the candidate, from a share (percent) and from a time on (seconds after it first served)."""

    errors: float = 0.0
    """Added to its error rate, as a share: 0.02 for two points."""
    slower: float = 1.0
    """Its answers take so many times as long."""
    from_share: float = 0.0
    from_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests come by a Poisson process of `rate` a second; answers take `median` ms at the median with a lognormal spread of
    `spread` (the log's standard deviation: 0.5 puts p95 at 2.3 times the median)."""

    rate: float = 50.0
    errors: float = 0.005
    median: float = 40.0
    spread: float = 0.5
    faults: tuple[Fault, ...] = ()

    def slice(
        self, source: random.Random, start: float, end: float, share: Decimal, served: float
    ) -> Slice:
        """What both counted from `start` to `end` (Unix seconds) at the candidate's `share` (percent), `served` seconds after its first."""
        requests = poisson(source, self.rate * (end - start))
        mine = binomial(source, requests, float(share) / 100)
        active = [f for f in self.faults if share >= f.from_share and served >= f.from_second]
        errors = min(self.errors + sum(fault.errors for fault in active), 1.0)
        slower = math.prod(fault.slower for fault in active)
        return Slice(
            start,
            end,
            {
                STABLE: self._counts(source, requests - mine, self.errors, 1.0),
                CANDIDATE: self._counts(source, mine, errors, slower),
            },
        )

    def _counts(self, source: random.Random, requests: int, errors: float, slower: float) -> Counts:
        if not requests:
            return Counts()
        values, chances = _buckets(self.median * slower, self.spread)
        latency = multinomial(source, requests, values, chances)
        return Counts(requests, binomial(source, requests, errors), latency)


@cache
def _buckets(median: float, spread: float) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The buckets that lognormal latencies fall into, and how likely each is."""

    def below(ms: float) -> float:
        return 0.5 * math.erfc(-math.log(ms / median) / spread / math.sqrt(2)) if ms > 0 else 0.0

    tops = [below(upper_edge(i)) for i in range(LAST_BUCKET)] + [1.0]
    chances = [top - (below(lower_edge(i)) if i else 0.0) for i, top in enumerate(tops)]
    kept = [(i, chance) for i, chance in enumerate(chances) if chance > 1e-9]
    whole = sum(chance for _, chance in kept)
    return tuple(i for i, _ in kept), tuple(chance / whole for _, chance in kept)
