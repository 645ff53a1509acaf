"""A rollout of the pure core, look by look, in a world where each split is applied at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from delivery.analysis.counts import Counts, Slice
from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.measurements import Asked, Measurements, Probed, Verb
from delivery.rollout.state import Phase, State, evolve, start
from delivery.rollout.strategy import Strategy

STABLE, CANDIDATE = "stable-version", "candidate-version"
_BEGIN = 1_700_000_000.0
GOOD = Probed(good=1)


def strategy(*shares: float, **changed: Any) -> Strategy:
    steps = [{"share": share, "duration": 60} for share in shares or (10, 50, 100)]
    return Strategy.model_validate({"name": "tested", "steps": steps, "bake": 60} | changed)


def counts(
    requests: int, errors: float = 0.0, slower: int = 0, segment: tuple[str, float] = ("", 0.0)
) -> Counts:
    """Answers take 40 ms and a bit, 5 % longer for each of `slower` buckets. A twentieth of the requests belongs to `segment`,
    which has its own rate of errors."""
    latency = {34 + slower: requests - requests // 8, 50 + slower: requests // 8}
    name, rate = segment
    part = requests // 20
    segments = {name: (part, int(part * rate)), "route:GET /": (requests - part, 0)} if name else {}
    failed = int(requests * errors) + int(part * rate)
    return Counts(requests, failed, {b: n for b, n in latency.items() if n}, segments=segments)


@dataclass
class Run:
    """`mine` and `theirs`: the versions' error rates; `applies` and `puts_back`: whether a split arrives."""

    strategy: Strategy
    state: State = field(
        default_factory=lambda: start(
            {"format": FORMAT, "stable": STABLE, "candidate": CANDIDATE}, _BEGIN
        )
    )
    now: float = _BEGIN
    events: list[Event] = field(default_factory=list[Event])
    applies: bool = True
    puts_back: bool = True
    mine: float = 0.0
    theirs: float = 0.0
    slower: int = 0
    segment: tuple[str, float] = ("", 0.0)
    ahead: float = 0.0
    """The controller's clock before that of whoever counts."""
    rate: Callable[[float], float] = lambda _seconds: 100.0
    seen: Measurements = field(
        default_factory=lambda: Measurements(
            source="the recorder", converged="agreed", candidate_probes=GOOD, stable_probes=GOOD
        )
    )

    def look(self, *asked: Verb, after: float = 5.0, **changed: Any) -> list[Event]:
        """One look, with a slice of 5 s unless nobody counts. Gives what was decided."""
        self.now += after
        requests = int(self.rate(self.now - _BEGIN) * 5)
        mine = int(requests * self.state.share / 100)
        versions = {
            STABLE: counts(requests - mine, self.theirs, 0, (self.segment[0], 0.0)),
            CANDIDATE: counts(mine, self.mine, self.slower, self.segment),
        }
        end = self.now - self.ahead
        seen = replace(
            self.seen,
            through=end,
            asked=tuple(
                Asked(self.state.heard + i, verb, "Ada", "")
                for i, verb in enumerate(asked, start=1)
            ),
            **{"slices": (Slice(end - 5, end, versions),), **changed},
        )
        if seen.source is None:
            seen = replace(seen, slices=(), through=None)
        found = decide(self.strategy, self.state, seen, self.now)
        self.follow(found)
        if self.applies and self.state.phase is Phase.SHIFTING:
            self.follow([Event(Kind.SHIFTED, {"share": str(self.state.wanted)})])
        elif self.puts_back and self.state.phase is Phase.RETURNING:
            self.follow([Event(Kind.RETURNED, {"why": self.state.cause})])
        return [event for event in found if event.kind is not Kind.OBSERVED]

    def jumps(self, seconds: float) -> None:
        """The controller's clock alone."""
        self.now += seconds
        self.ahead += seconds

    def follow(self, events: list[Event]) -> None:
        for event in events:
            self.events.append(event)
            self.state = evolve(self.state, event, self.now)

    def until(self, *phases: Phase, looks: int = 400, **changed: Any) -> Phase:
        for _ in range(looks):
            self.look(**changed)
            if self.state.phase in phases or self.state.is_over:
                return self.state.phase
        raise AssertionError(f"still {self.state.phase} after {looks} looks")

    def last(self, kind: Kind) -> dict[str, Any]:
        return dict([event for event in self.events if event.kind is kind][-1].body)

    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events]
