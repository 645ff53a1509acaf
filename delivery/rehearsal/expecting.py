"""What a rollout should make of a fault: what its strategy promises."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from delivery.rehearsal.faults import Fault, Scenario, World
from delivery.rollout.strategy import Strategy

_MUCH: Final = 2.0
"""Times the tolerated latency from which on a slow candidate has to be found."""


class Outcome(StrEnum):
    """How a rehearsed rollout ended."""

    FINISHED = "finished"
    RETURNED = "returned"
    REFUSED = "refused"
    """Before any user was given the candidate."""
    PAUSED = "paused"
    """It waits for somebody."""
    UNFINISHED = "unfinished"
    """Longer than the strategy allows, or its controller failed."""


_FINE: Final = frozenset({Outcome.FINISHED})
_HARM: Final = frozenset({Outcome.RETURNED, Outcome.REFUSED})
"""Probes at 0 % are requests too, and the first visits of somebody new."""
_BACK: Final = frozenset({Outcome.RETURNED})
_NEVER_A_PASS: Final = frozenset({Outcome.RETURNED, Outcome.PAUSED})
_EITHER: Final = frozenset(Outcome) - {Outcome.UNFINISHED}


def expected(
    scenario: Scenario, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    """What the strategy promises; `stable_p95` in milliseconds, as users felt it. Harm between the smallest difference and
    the tolerance may end either way."""
    of_candidate = _of_candidate(scenario.candidate, strategy, stable_p95)
    if of_candidate != _FINE:
        return of_candidate
    if scenario.world is None or scenario.world.world in {World.API, World.KILLED}:
        return _FINE
    return _BACK


def _of_candidate(
    fault: Fault | None, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    match None if fault is None else fault.name:
        case "errors" if fault is not None:
            return _of_errors(fault.number, strategy)
        case "slow" if fault is not None:
            return _of_slowness(fault.number, strategy, stable_p95)
        case "dead":
            return frozenset({Outcome.REFUSED}) if strategy.split else _BACK
        case "silent":
            return _NEVER_A_PASS
        case "leak" | "route" | "method" | "new-visitors":
            return _HARM
        case _:
            return _FINE


def _of_errors(percent: float, strategy: Strategy) -> frozenset[Outcome]:
    errors = strategy.analysis.errors
    if errors is None:
        return _EITHER
    if percent <= errors.smallest_difference:
        return _FINE
    return _HARM if percent >= errors.tolerance else _EITHER


def _of_slowness(
    milliseconds: float, strategy: Strategy, stable_p95: float | None
) -> frozenset[Outcome]:
    latency = strategy.analysis.latency
    if latency is None or stable_p95 is None:
        return _EITHER
    if milliseconds <= latency.floor_milliseconds:
        return _FINE
    tolerated = max(latency.floor_milliseconds, stable_p95 * latency.tolerance / 100)
    return _HARM if milliseconds >= _MUCH * tolerated else _EITHER
