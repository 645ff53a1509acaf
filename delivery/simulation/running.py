"""A rollout with made-up traffic, decided by the very function that decides in production."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from delivery.metrics.unreported import LAG_SECONDS, told_of
from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.measurements import Measurements, Probed
from delivery.rollout.state import Phase, State, evolve, start
from delivery.rollout.strategy import Strategy
from delivery.simulation.drawing import SLICE_SECONDS, Drawn, Draws
from delivery.simulation.traffic import CANDIDATE, STABLE, Traffic

BEGIN: Final = 1_700_000_000.0
_WINDOW_SECONDS: Final = 600.0
"""What Cloudflare's own count is compared over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `phase` is finished, returned, paused (nobody answers a pause here) or what it was in after `longest`."""

    phase: Phase
    cause: str
    seconds: float
    """From the start to the end."""
    detected_after: float | None
    """Seconds from when harm began, or with none the candidate first served, to the return; None when it was not returned, or
    before there was any harm."""
    harmed_requests: int
    """Of those that the candidate served: errors, and answers that a fault made slower."""
    served_requests: int
    """By the candidate."""
    looks: int

    @property
    def is_too_early(self) -> bool:
        return self.phase is Phase.RETURNED and self.detected_after is None


@dataclass
class _Watched:
    """What happened in one rollout so far. Times in Unix seconds."""

    traffic: Traffic
    first: float | None = None
    """When the candidate first served."""
    began: float | None = None
    """When harm began."""
    harmed: int = 0
    served: int = 0
    looks: int = 0
    invoked: deque[tuple[float, int, int]] = field(default_factory=deque[tuple[float, int, int]])

    def seconds_served(self, now: float) -> float:
        return now - self.first if self.first is not None else 0.0

    def saw(self, drawn: Drawn, begin: float, share: Decimal) -> None:
        if share > 0 and self.first is None:
            self.first = begin
        if self.began is None:
            served = self.seconds_served(begin)
            for fault in self.traffic.faults:
                if fault.is_harm and fault.is_there(float(share), served):
                    self.began = begin if share > 0 or fault.dead else None
        self.harmed += drawn.candidate.harmed
        self.served += drawn.candidate.counts.requests
        self.looks += 1

    def unreported(self, drawn: Drawn, begin: float) -> str | None:
        """As production asks Cloudflare's analytics, which lag behind."""
        if not any(fault.silent for fault in self.traffic.faults):
            return None
        told = 0 if drawn.seen is None else drawn.seen.of(CANDIDATE).requests
        self.invoked.append((begin, drawn.candidate.counts.requests, told))
        while self.invoked[0][0] < begin - LAG_SECONDS - _WINDOW_SECONDS:
            self.invoked.popleft()
        known = [row for row in self.invoked if row[0] < begin - LAG_SECONDS]
        count, heard = sum(row[1] for row in known), sum(row[2] for row in known)
        return told_of({CANDIDATE: count}, {CANDIDATE: heard}, STABLE, CANDIDATE)


def simulate(
    strategy: Strategy, traffic: Traffic, seed: int, longest: float = 4 * 3600.0
) -> Outcome:
    """One rollout; splits are applied at once, and looked at after every slice of 5 s."""
    draws, watched = Draws(traffic, seed), _Watched(traffic)
    rounds = max(int(SLICE_SECONDS / strategy.probes.every), 1)
    state = start({"format": FORMAT, "stable": STABLE, "candidate": CANDIDATE}, BEGIN)
    now = BEGIN
    while not state.is_over and state.phase is not Phase.PAUSED and now - BEGIN < longest:
        begin, now = now, now + SLICE_SECONDS
        share = state.share
        if share > 0 and watched.first is None:
            watched.first = begin
        served = watched.seconds_served(begin)
        drawn = draws.next(begin, share, served)
        watched.saw(drawn, begin, share)
        dead = [f for f in traffic.faults if f.dead and f.is_there(float(share), served)]
        measured = Measurements(
            slices=(drawn.seen,) if drawn.seen is not None else (),
            through=now if drawn.seen is not None else None,
            source="made-up traffic" if drawn.seen is not None else None,
            converged="made-up edges agree at once",
            candidate_probes=_probed(bool(dead), rounds),
            stable_probes=_probed(any(fault.both for fault in dead), rounds),
            unreported=watched.unreported(drawn, begin),
        )
        for event in decide(strategy, state, measured, now):
            state = evolve(state, event, now)
        state = _carried_out(state, now)
    harmful = any(fault.is_harm for fault in traffic.faults)
    since = watched.began if harmful else watched.first
    returned = state.phase is Phase.RETURNED and since is not None
    return Outcome(
        state.phase,
        state.cause,
        now - BEGIN,
        now - since if returned and since is not None else None,
        watched.harmed,
        watched.served,
        watched.looks,
    )


def _probed(dead: bool, rounds: int) -> Probed:
    return Probed(bad=rounds, last="no answer") if dead else Probed(good=rounds)


def _carried_out(state: State, now: float) -> State:
    if state.phase is Phase.RETURNING:
        return evolve(state, Event(Kind.RETURNED, {"why": state.cause}), now)
    if state.phase is Phase.SHIFTING and state.wanted is not None:
        return evolve(state, Event(Kind.SHIFTED, {"share": str(state.wanted)}), now)
    return state


def fixed_share(strategy: Strategy, percent: int, seconds: float) -> Strategy:
    """The same judgement at one share for so long: what power is measured at."""
    step = strategy.steps[0].model_copy(update={"share": Decimal(percent), "duration": seconds})
    last = strategy.steps[-1]
    return strategy.model_copy(update={"steps": (step, last), "bake": 0.0})
