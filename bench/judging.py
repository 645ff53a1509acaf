"""How rollouts are judged: false alarms and power of the shipped canary's judgement, beside what others would have made of the
same traffic. Simulated, by the function that decides in production; no cloud."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import Measured, Reporter, Table, at_least, at_most
from bench.peers.argo import Argo
from bench.peers.flagger import Flagger
from bench.peers.judge import Judge
from bench.peers.kayenta import Kayenta
from bench.traces import SHARE, trace
from delivery.rollout.state import Phase
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.faults import Fault
from delivery.simulation.many import many
from delivery.simulation.running import Outcome, fixed_share
from delivery.simulation.tables import summary, wilson
from delivery.simulation.traffic import Traffic

_HOUR: Final = 3600.0
_FOUND_WITHIN: Final = 600.0
_ALARMS: Final = 10_000
_POWER: Final = 2_000
_PEERS: Final = 1_000
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


ERRORS: Final = Case(Traffic(faults=(Fault(errors=0.02),)), _FOUND_WITHIN, harm=True)
SLOW: Final = Case(Traffic(faults=(Fault(slower=1.5),)), _FOUND_WITHIN, harm=True)
COMPARED: Final[Mapping[str, Case]] = {
    "A/A, 50 req/s": Case(Traffic(), _HOUR, harm=False),
    "A/A, 5 req/s": Case(Traffic(rate=5), _HOUR, harm=False),
    "A/A, 50 req/s, 2 % errors": Case(Traffic(errors=0.02), _HOUR, harm=False),
    "errors +2 points": ERRORS,
    "p95 +50 %": SLOW,
}
JUDGES: Final[Mapping[str, Callable[[], Judge]]] = {
    "Flagger's thresholds": Flagger,
    "Argo Rollouts' count, every 5 min": Argo,
    "Argo Rollouts' count, every 60 s": partial(Argo, 60.0),
    "Mann-Whitney as Kayenta, an hour of minutes": Kayenta,
    "Mann-Whitney as Kayenta, 10 min of 10 s": partial(Kayenta, 600.0, 10.0),
}


def measure(
    report: Reporter, alarms: int = _ALARMS, power: int = _POWER, peers: int = _PEERS
) -> list[Measured]:
    """`alarms` rollouts of an hour for each rate, `power` for each harm, `peers` traces for each case; with fewer than the goals
    ask for, the names say how many."""
    canary = read_strategy("canary", Path())
    figures: list[Measured] = []
    rows: list[Sequence[str | float]] = []
    for name, case, wanted in (
        *(("errors +2 points", ERRORS, power), ("p95 +50 %", SLOW, power)),
        *(
            (f"A/A, {rate} req/s", Case(Traffic(rate=rate), _HOUR, harm=False), alarms)
            for rate in _RATES
        ),
    ):
        began = time.monotonic()
        outcomes = list(
            _told(
                many(_held(canary, case), case.traffic, range(wanted), _PROCESSES, case.seconds),
                name,
                wanted,
                report,
            )
        )
        told = summary(outcomes, case.seconds)
        share = 100 * told.returned / wanted
        low, high = told.interval
        rows.append(
            (
                *(name, wanted, f"{share:.3g} %", f"{100 * low:.2g} to {100 * high:.3g} %"),
                *(
                    _seconds(told.median_detected),
                    f"{told.looks / (time.monotonic() - began):,.0f}",
                ),
            )
        )
        if case.harm:
            figures.append(
                at_least(
                    f"{name}, {_STEP}, 50 req/s: found within 10 min, of {wanted:,}",
                    share,
                    "%",
                    _GOAL_POWER,
                )
            )
        else:
            figures.append(
                at_most(
                    f"false rollbacks, {name}, looking every 5 s for an hour, of {wanted:,}",
                    share,
                    "%",
                    _GOAL_ALARMS,
                )
            )
    columns = ("case", "rollouts", "returned", "95 % sure", "median time", "looks/s")
    figures.append(Table(f"canary's judgement at {_STEP}, simulated", columns, rows))
    figures.append(_peers(canary, peers, report))
    return figures


def _held(strategy: Strategy, case: Case) -> Strategy:
    """The same judgement at one share for as long as the case takes: no step is passed meanwhile."""
    return fixed_share(strategy, SHARE, 2 * case.seconds)


def _told(
    outcomes: Iterator[Outcome], name: str, wanted: int, report: Reporter
) -> Iterator[Outcome]:
    returned = 0
    for number, outcome in enumerate(outcomes, 1):
        returned += outcome.phase is Phase.RETURNED
        if number % max(wanted // 10, 1) == 0:
            report(f"{name}: {number:,} of {wanted:,}, {returned:,} returned")
        yield outcome


def _peers(canary: Strategy, traces: int, report: Reporter) -> Table:
    """A row a judge. All judge the same seeds."""
    ours = {
        name: [
            o.detected_after
            for o in _told(
                many(_held(canary, case), case.traffic, range(traces), _PROCESSES, case.seconds),
                name,
                traces,
                report,
            )
        ]
        for name, case in COMPARED.items()
    }
    theirs = _judged(traces, report)
    rows: list[Sequence[str | float]] = []
    for judge, found in {"pitchey's canary": ours, **theirs}.items():
        shares = [_share(found[name], COMPARED[name].seconds) for name in COMPARED]
        times = [_middle(found[name], case.seconds) for name, case in COMPARED.items() if case.harm]
        rows.append((judge, *shares, *times))
    columns = ("judge", *COMPARED, "median time, errors", "median time, p95")
    return Table(
        f"the same {traces:,} traces judged by others: share returned in an hour (A/A) or in 10 min",
        columns,
        rows,
    )


def _judged(traces: int, report: Reporter) -> dict[str, dict[str, list[float | None]]]:
    found: dict[str, dict[str, list[float | None]]] = {judge: {} for judge in JUDGES}
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        for name in COMPARED:
            report(f"{name}: judged by others")
            for times in pool.map(partial(judged, name), range(traces), chunksize=10):
                for judge, after in zip(JUDGES, times, strict=True):
                    found[judge].setdefault(name, []).append(after)
    return found


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
    return f"{100 * found / len(times):.3g} % ({100 * low:.2g} to {100 * high:.3g})"


def _middle(times: Sequence[float | None], within: float) -> str:
    found = [after for after in times if after is not None and after <= within]
    return _seconds(median(found) if found else None)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} s"
