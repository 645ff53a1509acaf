"""Ledgers of rollouts under made-up traffic: decided by `decide`, written as the controller writes, read as anybody reads."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from delivery.analysis.counts import Counts, Slice
from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.journal import Rollout, read_rollouts
from delivery.rollout.ledger import Entry
from delivery.rollout.measurements import Asked, Measurements, Probed, Verb
from delivery.rollout.state import Phase, State, evolve, start
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import strategy_json
from delivery.statistics.latency import bucket

BEGAN = 1_764_064_800.0
"""25 November 2025, 10:00:00 UTC."""
STRATEGY = Strategy.model_validate(
    {
        "name": "made-up",
        "steps": [
            {"share": 5, "duration": 120},
            {"share": 25, "duration": 120},
            {"share": 100},
        ],
        "bake": 120,
        "inconclusive": {"extensions": 2, "then": "return"},
    }
)
STABLE, CANDIDATE = "stable", "candidate"


@dataclass(frozen=True)
class Traffic:
    """`rate` requests a second; the candidate has `more` errors (a share), and answers `slower` times as long, so many seconds
    after it first served."""

    rate: float = 80
    errors: float = 0.004
    more: float = 0.0
    slower: float = 1.0
    after: float = 0.0

    def slice(
        self, source: random.Random, start: float, end: float, share: Decimal, served: float
    ) -> Slice:
        requests = round(self.rate * (end - start) * source.uniform(0.9, 1.1))
        mine = sum(source.random() < float(share) / 100 for _ in range(requests))
        bad = served >= self.after
        errors, slower = self.errors + self.more * bad, self.slower if bad else 1.0
        theirs = self._counts(source, requests - mine, self.errors, 1.0)
        return Slice(
            start, end, {STABLE: theirs, CANDIDATE: self._counts(source, mine, errors, slower)}
        )

    def _counts(self, source: random.Random, requests: int, errors: float, slower: float) -> Counts:
        wrong = sum(source.random() < errors for _ in range(requests))
        latency: dict[int, int] = {}
        for _ in range(requests):
            taken = bucket(40 * slower * source.lognormvariate(0, 0.5))
            latency[taken] = latency.get(taken, 0) + 1
        return Counts(requests, wrong, latency)


HEALTHY = Traffic()
BROKEN = Traffic(more=0.06, after=60)
SLOW = Traffic(rate=200, slower=1.8, after=150)


@dataclass
class Ledger:
    """The rollout `id` goes on by `run`; entries are what is read back from JSON."""

    traffic: Traffic = HEALTHY
    strategy: Strategy = STRATEGY
    id: str = "20251125-100000-abcd"
    fence: int = 1
    now: float = BEGAN
    seed: int = 7
    entries: list[Entry] = field(default_factory=list[Entry])
    asked: list[Asked] = field(default_factory=list[Asked])
    counting: bool = True
    _state: State | None = None
    _written: float = 0.0
    _through: float = BEGAN
    _first: float | None = None
    _source: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._source.seed(self.seed)
        body = {
            "format": FORMAT,
            "stack": "staging",
            "worker": "pitchey-api-staging",
            "stable": STABLE,
            "candidate": CANDIDATE,
            "strategy": strategy_json(self.strategy),
            "by": "ada@lovelace (process 1842, 00ff)",
        }
        self._state = start(body, self.now)
        self.write("started", body)

    @property
    def state(self) -> State:
        assert self._state is not None
        return self._state

    def write(self, kind: str, body: Mapping[str, Any], fence: int | None = -1) -> None:
        told = json.loads(json.dumps({**body, "id": f"entry-{len(self.entries)}"}))
        fence = self.fence if fence == -1 else fence
        self.entries.append(Entry(len(self.entries) + 1, self.now, kind, self.id, fence, told))

    def ask(self, verb: Verb, why: str = "") -> None:
        self.write("request", {"verb": verb.value, "by": "grace@hopper", "why": why}, None)
        self.asked.append(Asked(len(self.entries), verb, "grace@hopper", why))

    def run(self, seconds: float = 7200, until: Phase | None = None) -> Ledger:
        """Looks every 5 s until it is over, or for `seconds`, or `until` a phase is reached."""
        end = self.now + seconds
        while not self.state.is_over and self.now < end and self.state.phase is not until:
            self._look()
        return self

    def _look(self) -> None:
        begin, self.now = self.now, self.now + 5
        if self.state.share > 0 and self._first is None:
            self._first = begin
        served = self.now - self._first if self._first is not None else 0.0
        seen = self.traffic.slice(self._source, self._through, self.now, self.state.share, served)
        slices = (seen,) if self.counting else ()
        self._through = self.now if self.counting else self._through
        asked, self.asked = tuple(self.asked), []
        measured = Measurements(
            slices=slices,
            through=self._through,
            source="recorder" if self.counting else None,
            converged="all of 80 answers agree",
            candidate_probes=Probed(good=1),
            stable_probes=Probed(good=1),
            asked=asked,
        )
        events = decide(self.strategy, self.state, measured, self.now)
        decisions = [event for event in events if event.kind is not Kind.OBSERVED]
        if decisions or self.now - self._written >= 10:
            self._written = self.now
            self._write(events)
        self._follow(events)
        if self.state.phase is Phase.RETURNING:
            self._tell(Event(Kind.RETURNED, {"deployment": "d-0", "why": self.state.cause}))
        elif self.state.phase is Phase.SHIFTING and self.state.wanted is not None:
            body = {"share": str(self.state.wanted), "deployment": f"d-{len(self.entries)}"}
            self._tell(Event(Kind.SHIFTED, body))

    def _tell(self, event: Event) -> None:
        self._write([event])
        self._follow([event])

    def _write(self, events: Sequence[Event]) -> None:
        for event in events:
            body = event.to_json()
            body.pop("window", None)
            self.write(event.kind.value, body)

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            self._state = evolve(self.state, event, self.now)

    def rollout(self) -> Rollout:
        return read_rollouts(self.entries)[-1]


def steps(*shares: int, duration: float = 120, bake: float = 120) -> Strategy:
    told = [{"share": Decimal(share), "duration": duration} for share in shares]
    return STRATEGY.model_copy(
        update={"steps": Strategy.model_validate({"name": "x", "steps": told}).steps, "bake": bake}
    )
