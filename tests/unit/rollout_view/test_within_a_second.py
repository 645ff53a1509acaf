"""Entries that follow each other within a second: what is counted stays what the recorder counted, wherever it was looked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from delivery.analysis.counts import Counts, Slice
from delivery.metrics.source import Reading
from delivery.rollout.deciding import decide
from delivery.rollout.events import Event, Kind
from delivery.rollout.ledger import Lease, LedgerState
from delivery.rollout.measurements import Asked, Measurements, Verb
from delivery.rollout.state import Phase, evolve
from delivery.rollout.view.following import Follower
from tests.unit.rollout_view.ledgers import CANDIDATE, GOOD, ID, STABLE, World, strategy

MINE, THEIRS = 40, 60
"""Requests of the candidate and of stable in a second."""


@dataclass
class Beside:
    """A ledger and a recorder by one clock, which the recorder counts in whole seconds: as many requests in each."""

    world: World

    def read(self, after: int = 0) -> LedgerState:
        entries = self.world.entries
        found = tuple(entry for entry in entries if entry.seq > after)
        return LedgerState(
            found, len(entries), Lease("ada", 1, self.world.now + 10), None, self.now
        )

    @property
    def now(self) -> float:
        return self.world.now

    @property
    def complete(self) -> int:
        """The last second that is counted wholly."""
        return int(self.now) - 1

    def since(self, after: float) -> Reading:
        first = max(int(after) + 1, self.complete - 600)
        if self.complete < first:
            return Reading(float(int(after)), ())
        slices = tuple(
            Slice(second, second + 1, {CANDIDATE: Counts(MINE, 0), STABLE: Counts(THEIRS, 0)})
            for second in range(first, self.complete + 1)
        )
        return Reading(float(self.complete), slices)

    def look(self, *asked: Verb) -> None:
        """Of whoever leads it; each split arrives at once."""
        world = self.world
        reading = self.since(world.state.through)
        seen = Measurements(
            slices=reading.slices,
            through=reading.through,
            source="recorder",
            converged="agreed",
            candidate_probes=GOOD,
            stable_probes=GOOD,
            asked=tuple(
                Asked(world.state.heard + i, verb, "ada", "") for i, verb in enumerate(asked, 1)
            ),
        )
        found = decide(world.strategy, world.state, seen, world.now)
        for event in found:
            world.state = evolve(world.state, event, world.now)
        wanted = world.state.wanted
        if wanted is not None and world.state.phase is Phase.SHIFTING:
            found.append(Event(Kind.SHIFTED, {"share": str(wanted), "deployment": "d"}))
            world.state = evolve(world.state, found[-1], world.now)
        for event in found:
            written = event.to_json()
            written.pop("window", None)
            world.write(event.kind.value, written)


def begun(*shares: float) -> tuple[Beside, Follower]:
    """A rollout a moment after it began, of steps of five seconds that few requests decide."""
    steps = [{"share": share, "duration": 5, "leastRequests": 1} for share in (*shares, 100)]
    analysis = {"errors": {"tolerance": 15}, "latency": None}
    beside = Beside(World(strategy(steps=steps, bake=60, analysis=analysis)))
    beside.world.now += 900.3
    return beside, Follower(beside, beside, ID, lambda: beside.now)


def test_what_is_counted_is_what_the_recorder_counted() -> None:
    """In rollouts that somebody pauses and resumes at any moment, followed by somebody who looks at any other."""
    seen: set[tuple[Phase, str]] = set()
    for seed in range(12):
        for phase, span in followed(random.Random(seed)):  # noqa: S311
            seen.add((phase, span))
    for phase, span in product(
        (Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED), ("step 1", "step 3")
    ):
        assert (phase, span) in seen
    for phase in (Phase.BAKING, Phase.PAUSED):
        assert (phase, "since 100 %") in seen


def followed(source: random.Random) -> Iterator[tuple[Phase, str]]:
    """Checks each picture, and tells of which phase and span it was."""
    beside, follower = begun(10, 20, 30, 40)
    world = beside.world
    while not world.state.is_over:
        world.now += source.choice((0.05, 0.2, 0.4, 1.0, 2.3))
        if source.random() < 0.6:
            paused = world.state.phase is Phase.PAUSED
            asks = source.random() < (0.3 if paused else 0.04)
            beside.look(*((Verb.RESUME if paused else Verb.PAUSE,) if asks else ()))
        if source.random() < 0.3:
            continue
        follower.poll()
        state, picture = follower.rollout.state, follower.picture()
        if state.is_over or state.phase is Phase.READY:
            continue
        if picture.span == "since 100 %":
            began = [entry.at for entry in world.entries if entry.kind == Kind.BAKING][-1]
            whole = beside.complete - int(began)
            # Of the second in which it began the ledger alone tells, until the recorder tells of the next.
            assert picture.candidate.requests == MINE * whole or (
                whole < 1 and picture.candidate.requests <= MINE
            )
        else:
            fresh = max(beside.complete - int(state.through), 0)
            assert picture.candidate.requests == state.judgement.candidate.requests + MINE * fresh
            theirs = state.judgement.stable.requests + THEIRS * fresh
            assert picture.stable.requests == (theirs or state.judgement.stable_before.requests)
        yield state.phase, picture.span
