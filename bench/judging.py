"""How rollouts are judged: false alarms and power of the shipped canary's judgement, beside what others would have made of the
same traffic. Simulated, by the function that decides in production; no cloud."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import Figure, Measured, Reporter, Table, at_least, at_most
from bench.judged import KEPT, Judged, code_that_judges, read, write
from bench.peers.argo import Argo
from bench.peers.flagger import Flagger
from bench.peers.judge import Judge
from bench.peers.kayenta import Kayenta
from bench.traces import SHARE, trace
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.drawing import SLICE_SECONDS
from delivery.simulation.faults import Fault
from delivery.simulation.many import many
from delivery.simulation.running import Outcome, fixed_share
from delivery.simulation.tables import wilson
from delivery.simulation.traffic import Traffic

_HOUR: Final = 3600.0
_FOUND_WITHIN: Final = 600.0
_ALARMS: Final = 10_000
_POWER: Final = 2_000
_PEERS: Final = 1_000
_AT_ONCE: Final = 1_000
_PROCESSES: Final = 2
_RATES: Final = (5, 50, 500)
_GOAL_ALARMS: Final = 1.0
_GOAL_POWER: Final = 95.0
_STEP: Final = f"{SHARE} % share"


@dataclass(frozen=True)
class Case:
    """Traffic, for how long, and whether returning is right."""

    traffic: Traffic
    seconds: float
    harm: bool


HARMFUL: Final[Mapping[str, Case]] = {
    "errors +2 points": Case(Traffic(faults=(Fault(errors=0.02),)), _FOUND_WITHIN, harm=True),
    "p95 +50 %": Case(Traffic(faults=(Fault(slower=1.5),)), _FOUND_WITHIN, harm=True),
}
COMPARED: Final[Mapping[str, Case]] = {
    "A/A, 50 req/s": Case(Traffic(), _HOUR, harm=False),
    "A/A, 5 req/s": Case(Traffic(rate=5), _HOUR, harm=False),
    "A/A, 50 req/s, 2 % errors": Case(Traffic(errors=0.02), _HOUR, harm=False),
    **HARMFUL,
}
JUDGES: Final[Mapping[str, Callable[[], Judge]]] = {
    "Flagger's thresholds": Flagger,
    "Argo Rollouts' count, every 5 min": Argo,
    "Argo Rollouts' count, every 60 s": partial(Argo, 60.0),
    "Mann-Whitney as Kayenta, an hour of minutes": Kayenta,
    "Mann-Whitney as Kayenta, 10 min of 10 s": partial(Kayenta, 600.0, 10.0),
}


def measure(report: Reporter) -> list[Measured]:
    """Takes an hour or two on two processors. Ctrl-C ends it with what was simulated so far; the next run goes on from there,
    as long as the code that judges is the same."""
    canary = read_strategy("canary", Path())
    code = code_that_judges()
    kept = read(KEPT, code)
    batches = [_Batch(name, case, _POWER) for name, case in HARMFUL.items()]
    batches += [_Batch(f"A/A, {rate} req/s", _ab_hour(rate), _ALARMS) for rate in _RATES]
    for one in batches:
        one.judged = kept.get(one.key, one.judged)
    peers: list[Measured] = []
    try:
        for one in batches[: len(HARMFUL)]:
            one.go_on(canary, _POWER, report)
        peers.append(_peers(canary, report))
        # In turns, so that whenever it is cut short there are as many of each.
        while any(one.is_short for one in batches):
            for one in batches:
                one.go_on(canary, _AT_ONCE, report)
    except KeyboardInterrupt:
        report("interrupted: what was simulated so far counts, and the next run goes on from there")
    write(KEPT, code, {one.key: one.judged for one in batches})
    done = [one for one in batches if one.judged.rollouts]
    columns = ("case", "rollouts", "returned", "95 % sure", "median time", "looks/s")
    table = Table(f"canary's judgement at {_STEP}", columns, [one.row() for one in done])
    return [*(one.figure() for one in done), table, *peers]


def _ab_hour(rate: float) -> Case:
    return Case(Traffic(rate=rate), _HOUR, harm=False)


@dataclass
class _Batch:
    """Rollouts of one case, the first `wanted` seeds."""

    name: str
    case: Case
    wanted: int
    judged: Judged = field(default_factory=Judged)

    @property
    def key(self) -> str:
        """What is judged with it belongs to no other case."""
        return f"{self.name}: {self.case} at {_STEP}"

    @property
    def is_short(self) -> bool:
        return self.judged.rollouts < self.wanted

    def go_on(self, canary: Strategy, rollouts: int, report: Reporter) -> None:
        first = self.judged.rollouts
        seeds = range(first, min(first + rollouts, self.wanted))
        if not seeds:
            return
        began = time.monotonic()
        try:
            for outcome in _outcomes(canary, self.case, seeds):
                self.judged.take(outcome, self.case.seconds)
        finally:
            self.judged.seconds += time.monotonic() - began
            returned = len(self.judged.returned_after)
            report(f"{self.name}: {self.judged.rollouts:,} rollouts, {returned:,} returned")

    def figure(self) -> Figure:
        low, high = self.judged.interval
        share, interval = 100 * self.judged.share, (100 * low, 100 * high)
        if self.case.harm:
            name = f"{self.name}, {_STEP}, 50 req/s: found within 10 min"
            return at_least(name, share, "%", _GOAL_POWER, interval)
        name = f"false rollbacks, {self.name}, looking every 5 s for an hour"
        return at_most(name, share, "%", _GOAL_ALARMS, interval)

    def row(self) -> Sequence[str | float]:
        told = self.judged
        low, high = told.interval
        return (
            *(self.name, told.rollouts, f"{100 * told.share:.3g} %"),
            *(f"{_interval(low, high)} %", _seconds(told.median_seconds)),
            "?" if told.looks_a_second is None else f"{told.looks_a_second:,.0f}",
        )


def _outcomes(canary: Strategy, case: Case, seeds: Sequence[int]) -> Iterator[Outcome]:
    """The same judgement at one share for as long as the case takes: no step is passed meanwhile."""
    held = fixed_share(canary, SHARE, 2 * case.seconds)
    # One slice more, in which stable serves alone.
    return many(held, case.traffic, seeds, _PROCESSES, case.seconds + SLICE_SECONDS)


def _peers(canary: Strategy, report: Reporter) -> Table:
    """A row a judge. All judge the same seeds."""
    found: dict[str, dict[str, list[float | None]]] = {"pitchey's canary": {}}
    for name, case in COMPARED.items():
        report(f"{name}: {_PEERS:,} traces judged by us and by others")
        ours = _outcomes(canary, case, range(_PEERS))
        found["pitchey's canary"][name] = [one.detected_after for one in ours]
        for judge, times in _judged(name).items():
            found.setdefault(judge, {})[name] = times
    rows: list[Sequence[str | float]] = []
    for judge, cases in found.items():
        shares = [_share(cases[name], case.seconds) for name, case in COMPARED.items()]
        times = [_middle(cases[name], case.seconds) for name, case in HARMFUL.items()]
        rows.append((judge, *shares, *times))
    columns = ("judge", *COMPARED, "median time, errors", "median time, p95")
    what = "share returned within an hour (A/A) or 10 min, with its interval at 95 %"
    return Table(f"the same {_PEERS:,} traces judged by others: {what}", columns, rows)


def _judged(name: str) -> dict[str, list[float | None]]:
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(partial(judged, name), range(_PEERS), chunksize=10))
    return {judge: [row[number] for row in rows] for number, judge in enumerate(JUDGES)}


def judged(name: str, seed: int) -> list[float | None]:
    """Seconds after which each judge rolls back; None for never."""
    case = COMPARED[name]
    judges = [make() for make in JUDGES.values()]
    found: list[float | None] = [None] * len(judges)
    began = math.inf
    for seen in trace(case.traffic, seed, case.seconds):
        began = min(began, seen.start)
        for number, judge in enumerate(judges):
            if found[number] is None and judge.observe(seen):
                found[number] = seen.end - began
    return found


def _share(times: Sequence[float | None], within: float) -> str:
    found = sum(after is not None and after <= within for after in times)
    low, high = wilson(found, len(times))
    return f"{100 * found / len(times):.3g} % ({_interval(low, high)})"


def _interval(low: float, high: float) -> str:
    """Of shares, in percent to two places."""
    return f"{round(100 * low, 2):g} to {round(100 * high, 2):g}"


def _middle(times: Sequence[float | None], within: float) -> str:
    found = [after for after in times if after is not None and after <= within]
    return _seconds(median(found) if found else None)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} s"
