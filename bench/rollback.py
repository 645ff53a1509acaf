"""`pitchey rollback`: from the command to the moment from which stable gives every answer, asked from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.clone import WORKER, Clone, deploy
from bench.figures import Figure, Reporter, at_most, nearest_rank
from bench.releases import HOST, Releases
from bench.serving import asking

RUNS: Final = 50
_SHARE: Final = 90
"""The candidate's before: the larger it is, the more exactly its last answer is met."""
_LIMIT_SECONDS: Final = 90.0
_CONVERGE_SECONDS: Final = 15


@dataclass(frozen=True)
class _Case:
    name: str
    goal: float
    break_it: Callable[[Releases], None]
    settles: float = 0
    """Seconds after which nobody obeys the old split any more, however the command went."""


def measure(clone: Clone, report: Reporter, runs: int = RUNS) -> list[Figure]:
    """The stack of `clone` is left with its first version serving."""
    releases = Releases.on(clone, {})
    stable, candidate = releases.new_version()
    rollbacks = _Rollbacks(releases, stable, candidate, report, runs)
    try:
        return [rollbacks.figure(case) for case in _CASES]
    finally:
        releases.no_faults()


@dataclass(frozen=True)
class _Rollbacks:
    releases: Releases
    stable: str
    candidate: str
    report: Reporter
    runs: int

    def figure(self, case: _Case) -> Figure:
        taken: list[float] = []
        for number in range(self.runs):
            taken.append(self._one(case))
            self.report(f"rollback{case.name}, {number + 1} of {self.runs}: {taken[-1]:.2f} s")
        name = f"rollback{case.name}: command until every request is on stable, p95 of {self.runs}"
        return at_most(name, nearest_rank(taken, 95), "s", case.goal)

    def _one(self, case: _Case) -> float:
        """Seconds from the command to the first answer after which all are stable's, at least until the command has ended."""
        releases = self.releases
        releases.no_faults()
        self._split()
        with asking(releases.clone.port + 1, HOST) as served:
            time.sleep(0.5)
            if not any(answer.version == self.candidate for answer in served.answers):
                raise RuntimeError("the candidate serves nobody: nothing would be measured")
            case.break_it(releases)
            began = time.monotonic()
            process = releases.command("rollback", "staging")
            served.until_everywhere(self.stable, began, _LIMIT_SECONDS)
            if not case.settles:
                # What follows the rollback itself need not fail, too.
                releases.no_faults()
            said, _ = process.communicate(timeout=_LIMIT_SECONDS)
            time.sleep(max(began + case.settles - time.monotonic(), 0.5))
            taken = served.until_everywhere(self.stable, began, _LIMIT_SECONDS)
        if process.returncode != 0:
            raise RuntimeError(f"rollback ended with {process.returncode}: {said.strip()}")
        return taken

    def _split(self) -> None:
        clone = self.releases.clone
        shares = ((self.stable, 100.0 - _SHARE), (self.candidate, float(_SHARE)))
        with clone.api() as api:
            deploy(api, clone.account(), WORKER, *shares)


def _nothing(_releases: Releases) -> None:
    pass


def _half_of_all_calls(releases: Releases) -> None:
    """A quarter fails before anything is done, and of the rest a third, a quarter of all, when it is done."""
    releases.fault("500", rate=0.25)
    releases.fault("500", rate=1 / 3, after=True)


def _converging(releases: Releases) -> None:
    releases.fault("deployments-converge", seconds=_CONVERGE_SECONDS)


_CASES: Final = (
    _Case("", 2, _nothing),
    _Case(" with an API failing half its calls", 15, _half_of_all_calls),
    _Case(
        f" with {_CONVERGE_SECONDS} s of convergence imitated",
        _CONVERGE_SECONDS + 2,
        _converging,
        settles=_CONVERGE_SECONDS + 3,
    ),
)
