"""What a controller sees, by chance: counts, probes, deployments, edges that agree or do not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from delivery.analysis.counts import Counts, Slice
from delivery.rollout.measurements import Measurements, Number, Probed
from delivery.rollout.state import State
from delivery.rollout.strategy import Strategy

STABLE, CANDIDATE = "stable-version", "candidate-version"
RECORDER: Final = "the recorder"
_SHORT: Final[dict[str, Any]] = {
    "bake": 6,
    "pauseLimit": 60,
    "noData": {"returnAfter": 20},
    "shiftLimit": 60,
    "convergeLimit": 10,
    "analysis": {
        "confidence": 99.99,
        "latency": {"quantiles": [95]},
        "cache": None,
        "custom": [
            {"name": "queue", "source": {"kind": "webhook", "url": "http://a"}, "atMost": 9}
        ],
    },
}


def short(name: str, shares: Sequence[int], **changed: Any) -> Strategy:
    """A strategy of a few seconds a step."""
    steps = [{"share": share, "duration": 6, "leastRequests": 20} for share in shares]
    return Strategy.model_validate({"name": name, "steps": steps, **_SHORT, **changed})


@dataclass(frozen=True)
class Weather:
    """For a while: who counts, how much of the candidate's requests fail, how much of both versions' do."""

    source: str | None = RECORDER
    harm: float = 0.0
    alike: float = 0.0
    busy: bool = True

    def measured(
        self, dice: random.Random, state: State, live: Mapping[str, Decimal], now: float
    ) -> Measurements:
        begin = state.through or now - 5
        slices = () if self.source is None else (self._slice(dice, begin, state),)
        mine = dice.random() < max(self.harm, self.alike)
        theirs = dice.random() < self.alike
        queue = 99.0 if dice.random() < self.harm else 2.0
        return Measurements(
            slices=slices,
            through=slices[-1].end if slices else None,
            source=self.source,
            live=dice.choice((None, None, live, state.shares(state.previous), live)),
            converged=dice.choice((None, "all agree")),
            candidate_probes=Probed(0, 1, "500") if mine else Probed(1),
            stable_probes=Probed(0, 1) if theirs else Probed(1),
            numbers=(Number("queue", dice.choice((None, queue)), None),),
            unreported="none of 900 were reported" if dice.random() < 0.002 else None,
        )

    def _slice(self, dice: random.Random, begin: float, state: State) -> Slice:
        requests = dice.choice((400, 4000) if self.busy else (0, 3, 40))
        mine = int(requests * state.share / 100)
        versions = {
            STABLE: _counts(dice, requests - mine, self.alike),
            CANDIDATE: _counts(dice, mine, max(self.harm, self.alike)),
        }
        return Slice(begin, begin + 5, versions)


def _counts(dice: random.Random, requests: int, harm: float) -> Counts:
    errors = min(requests, int(requests * harm) + dice.choice((0, 0, 1)))
    slow = min(requests, requests // 20 + errors)
    uses = {"database.requests": requests, "database.failures": errors // 2}
    signals = {"security": 1} if requests and dice.random() < 0.0001 else {}
    latency = {40: requests - slow, 90: slow} if requests else {}
    route = {"route:GET /": (requests, errors)} if requests else {}
    return Counts(requests, errors, latency, uses | signals, route, dice.choice((0, 2)))
