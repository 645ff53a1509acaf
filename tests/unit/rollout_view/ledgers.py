"""Ledgers that a rollout would have left, made by the very decisions, in a world that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from delivery.analysis.counts import Counts, Slice
from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.journal import Rollout, read_rollouts
from delivery.rollout.ledger import Entry, Lease
from delivery.rollout.measurements import Asked, Measurements, Probed, Verb
from delivery.rollout.state import Phase, State, evolve, start
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import strategy_json
from delivery.rollout.view.snapshot import Readings, Snapshot, snapshot

STABLE, CANDIDATE = "57ab1e00-0000-4000-8000-000000000000", "ca4d1da7-0000-4000-8000-000000000000"
ID = "20260102-030405-beef"
BEGIN = 1_700_000_000.0
GOOD = Probed(good=1)


def strategy(*shares: float, **changed: Any) -> Strategy:
    steps = [{"share": share, "duration": 60} for share in shares or (10, 50, 100)]
    return Strategy.model_validate({"name": "tested", "steps": steps, "bake": 600} | changed)


def counts(requests: int, errors: float = 0.0, slower: int = 0) -> Counts:
    latency = {34 + slower: requests - requests // 8, 50 + slower: requests // 8}
    return Counts(
        requests,
        int(requests * errors),
        {bucket: n for bucket, n in latency.items() if n},
        {"cache.requests": requests, "cache.failures": 0},
        probes=1,
    )


@dataclass
class World:
    """A rollout whose splits are applied at once and whose numbers are written down at each look, 5 seconds apart."""

    strategy: Strategy
    rate: float = 100.0
    mine: float = 0.0
    theirs: float = 0.0
    slower: int = 0
    now: float = BEGIN
    source: str | None = "recorder"
    converged: str | None = "agreed"
    entries: list[Entry] = field(default_factory=list[Entry])
    state: State = field(init=False)

    def __post_init__(self) -> None:
        body = {
            "format": FORMAT,
            "stack": "staging",
            "worker": "pitchey-api-staging",
            "stable": STABLE,
            "candidate": CANDIDATE,
            "strategy": strategy_json(self.strategy),
            "by": "ada@laptop",
        }
        self.state = start(body, self.now)
        self.write(Kind.STARTED, body)

    def write(self, kind: str, body: Mapping[str, Any]) -> None:
        seq = len(self.entries) + 1
        self.entries.append(Entry(seq, self.now, kind, ID, 1, dict(body)))

    def slice(self, seconds: float = 5.0) -> Slice:
        """What both counted up to now."""
        requests = int(self.rate * seconds)
        mine = int(requests * self.state.share / 100)
        versions = {
            STABLE: counts(requests - mine, self.theirs),
            CANDIDATE: counts(mine, self.mine, self.slower),
        }
        return Slice(self.now - seconds, self.now, versions)

    def look(self, *asked: Verb) -> list[Event]:
        self.now += 5
        seen = Measurements(
            slices=(self.slice(),) if self.source else (),
            through=self.now - 1 if self.source else None,
            source=self.source,
            converged=self.converged,
            candidate_probes=GOOD,
            stable_probes=GOOD,
            asked=tuple(
                Asked(self.state.heard + i, verb, "ada@laptop", "")
                for i, verb in enumerate(asked, 1)
            ),
        )
        found = decide(self.strategy, self.state, seen, self.now)
        if self.state.wanted is not None:
            found.append(Event(Kind.SHIFTED, {"share": str(self.state.wanted), "deployment": "d"}))
        for event in found:
            self.state = evolve(self.state, event, self.now)
            written = event.to_json()
            written.pop("window", None)
            self.write(event.kind.value, written)
        return found

    def until(self, phase: Phase, most: int = 400) -> None:
        for _ in range(most):
            if self.state.phase is phase:
                return
            self.look()
        raise AssertionError(f"{self.state.phase} after {most} looks, and never {phase}")

    @property
    def rollout(self) -> Rollout:
        return read_rollouts(self.entries)[-1]

    @property
    def readings(self) -> Readings:
        lease = Lease("ada@laptop (process 7, beef)", 1, self.now + 20)
        return Readings((), lease, {"rollout": ID, "phase": "armed"})

    def picture(self, *slices: Slice, after: float = 0.0, **changed: Any) -> Snapshot:
        readings = replace(self.readings, slices=slices, **changed)
        return snapshot(self.rollout, self.entries, readings, self.now + after)
