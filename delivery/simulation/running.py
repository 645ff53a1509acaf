"""A rollout with made-up traffic, decided by the very function that decides in production."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from typing import Final

from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.measurements import Measurements, Probed
from delivery.rollout.state import Phase, State, evolve, start
from delivery.rollout.strategy import Strategy
from delivery.simulation.traffic import CANDIDATE, STABLE, Traffic

SLICE_SECONDS: Final = 5.0
_BEGIN: Final = 1_700_000_000.0
_BOTH_ANSWER: Final = Probed(good=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `phase` is finished, returned, paused (nobody answers a pause here) or what it was in after `longest`."""

    phase: Phase
    cause: str
    seconds: float
    """From the start to the end."""
    detected_after: float | None
    """Seconds from when the candidate first served to the return; None when it was not returned."""
    harmed_requests: int
    """Errors that the candidate served."""
    looks: int


def simulate(
    strategy: Strategy, traffic: Traffic, seed: int, longest: float = 4 * 3600.0
) -> Outcome:
    """One rollout; splits are applied at once, and looked at after every slice of 5 s."""
    source = random.Random(seed)  # noqa: S311 - the same numbers each time
    state = start({"format": FORMAT, "stable": STABLE, "candidate": CANDIDATE}, _BEGIN)
    now, first, harmed, looks = _BEGIN, None, 0, 0
    while not state.is_over and state.phase is not Phase.PAUSED and now - _BEGIN < longest:
        begin, now = now, now + SLICE_SECONDS
        if state.share > 0 and first is None:
            first = begin
        served = now - first if first is not None else 0.0
        seen = traffic.slice(source, begin, now, state.share, served)
        harmed += seen.of(CANDIDATE).errors
        looks += 1
        measured = Measurements(
            slices=(seen,),
            through=now,
            source="made-up traffic",
            converged="made-up edges agree at once",
            candidate_probes=_BOTH_ANSWER,
            stable_probes=_BOTH_ANSWER,
        )
        for event in decide(strategy, state, measured, now):
            state = evolve(state, event, now)
        state = _carried_out(state, now)
    returned = state.phase is Phase.RETURNED and first is not None
    detected = now - first if returned and first is not None else None
    return Outcome(state.phase, state.cause, now - _BEGIN, detected, harmed, looks)


def _carried_out(state: State, now: float) -> State:
    if state.phase is Phase.RETURNING:
        return evolve(state, Event(Kind.RETURNED, {"why": state.cause}), now)
    if state.phase is Phase.SHIFTING and state.wanted is not None:
        return evolve(state, Event(Kind.SHIFTED, {"share": str(state.wanted)}), now)
    return state


def many(
    strategy: Strategy, traffic: Traffic, seeds: Sequence[int], processes: int = 1
) -> list[Outcome]:
    """One rollout a seed, in the seeds' order whatever the number of processes."""
    one = partial(simulate, strategy, traffic)
    if processes <= 1:
        return [one(seed) for seed in seeds]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(one, seeds, chunksize=max(len(seeds) // (processes * 8), 1)))


def fixed_share(strategy: Strategy, percent: int, seconds: float) -> Strategy:
    """The same judgement at one share for so long: what power is measured at."""
    step = strategy.steps[0].model_copy(update={"share": Decimal(percent), "duration": seconds})
    last = strategy.steps[-1]
    return strategy.model_copy(update={"steps": (step, last), "bake": 0.0})
