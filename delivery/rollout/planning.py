"""What a strategy would do at a given traffic: how long each step takes, whether it can pass, and whom a bad version could reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from delivery.analysis.metrics import Rate
from delivery.rollout.strategy import Step, Strategy

_LEARNING: Final = 3.0
"""A bet learns the rates while it is placed: about so many times the requests that somebody who knew them would need
(simulated: `pitchey simulate`)."""
_FAILS_AFTER: Final = 15
"""Requests after which a version that fails all of them is shown to be worse, whatever its share (simulated)."""
_RETURN_SECONDS: Final = 2.0


@dataclass(frozen=True)
class PlannedStep:
    """`seconds` and `longest` with every extension; `requests` are the candidate's in `seconds`, `needed` how many must be
    there to pass. `reached` are requests that a version which fails all of them would still be given."""

    share: float
    seconds: float
    longest: float
    requests: int
    needed: int
    can_pass: bool
    reached: int


@dataclass(frozen=True)
class Plan:
    steps: tuple[PlannedStep, ...]
    bake: float
    requests_per_second: float
    error_rate: float

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps) + self.bake

    @property
    def can_pass(self) -> bool:
        return all(step.can_pass for step in self.steps)


def plan(strategy: Strategy, requests_per_second: float, error_rate: float) -> Plan:
    """`error_rate` of stable, 0 to 1."""
    steps = tuple(
        _planned(strategy, step, requests_per_second, error_rate) for step in strategy.steps
    )
    return Plan(steps, strategy.bake, requests_per_second, error_rate)


def _planned(strategy: Strategy, step: Step, rate: float, error_rate: float) -> PlannedStep:
    share = float(step.share)
    candidates = rate * share / 100
    until_found = strategy.look + strategy.probes.every * strategy.triggers.failed_probes
    reached = max(_FAILS_AFTER, candidates * (until_found + _RETURN_SECONDS)) if share else 0
    if share in {0.0, 100.0}:
        seconds = step.duration if share == 0 else 0.0
        return PlannedStep(share, seconds, seconds, 0, 0, True, math.ceil(reached))
    needed = max(step.least_requests, requests_to_pass(strategy, error_rate))
    longest = step.seconds(strategy.inconclusive.extensions)
    counted = candidates * longest + (_probes(strategy, longest) if strategy.probes.fill_in else 0)
    return PlannedStep(
        share,
        step.duration,
        longest,
        int(candidates * step.duration),
        needed,
        counted >= needed,
        math.ceil(reached),
    )


def _probes(strategy: Strategy, seconds: float) -> float:
    return seconds / strategy.probes.every * len(strategy.probes.checks)


def requests_to_pass(strategy: Strategy, error_rate: float) -> int:
    """The candidate's requests until it is shown that it does not err more by the tolerance, if it errs as stable does: evidence
    grows by the Kullback-Leibler divergence a request (Wald 1945), which a bet that still learns does not reach."""
    rate: Rate | None = strategy.analysis.errors
    if rate is None:
        return 0
    p = min(max(error_rate, 1e-9), 1 - 1e-9)
    q = min(p + rate.tolerance / 100, 1 - 1e-9)
    divergence = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
    return math.ceil(_LEARNING * -math.log(1 - strategy.analysis.confidence / 100) / divergence)
