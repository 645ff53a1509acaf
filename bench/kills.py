"""A controller killed at random moments, -9: what is live and what the ledger says must hold at each of them."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bench.clone import Clone
from bench.figures import Measured, Reporter, Table, at_least
from bench.ledger_checks import changed, fault_of_split, faults_of, told
from bench.releases import Releases, kill, last_rollout
from delivery.rollout.journal import SWITCHED, Rollout
from delivery.rollout.ledger import Entry
from delivery.rollout.state import ALL, Phase

KILLS: Final = 200
_SEED: Final = 20260
_SHORTEST_LIFE: Final = 0.1
_LONGEST_LIFE: Final = 8.0
_LEADS_FIRST: Final = 0.8
"""Of all that are killed: their life is counted from when they lead, the others' from when the command is given."""
_BEGIN_SECONDS: Final = 120.0
_KILLS_OF_ONE: Final = 12
"""Then a rollout is led to its end, so that there are ends to look at."""
_END_SECONDS: Final = 150.0
_LEASE_SECONDS: Final = 60
"""So long that the next controller leads before the switch puts stable back, on a slow machine too; what the switch does is
another figure."""
_FREE_SECONDS: Final = _LEASE_SECONDS + 5.0
_STRATEGY: Final = "killed"
_YAML: Final = """
name: killed
look: 1
steps:
  - {share: 20, duration: 2s, leastRequests: 5}
  - {share: 40, duration: 2s, leastRequests: 5}
  - {share: 70, duration: 2s, leastRequests: 5}
  - {share: 100}
bake: 3s
analysis:
  errors: {tolerance: 20}
  latency: {quantiles: [50], tolerance: 900, floorMilliseconds: 200}
triggers: {latency: null}
inconclusive: {extensions: 20, then: return}
noData: {returnAfter: 60s}
"""
_NOTHING_YET: Final = "before it began"


def measure(clone: Clone, report: Reporter, kills: int = KILLS) -> list[Measured]:
    """Rollouts one after another, each controller killed 0.1 to 8 s after it leads, every fifth before that or soon after;
    every second one with all that it had started, as when a machine dies. The next goes on with `resume --take`, or starts where nothing had begun."""
    releases = Releases.on(clone, {_STRATEGY: _YAML}, _LEASE_SECONDS)
    killing = _Killing(releases, report, kills)
    with releases.crowd(rate=40, count=400).asking(_serving(releases)):
        while killing.done < kills:
            killing.one_rollout()
    for fault in killing.faults:
        report(fault)
    at = Counter(one.at for one in killing.kills)
    rows = [[phase, times] for phase, times in sorted(at.items(), key=lambda row: -row[1])]
    return [
        at_least(
            f"controller killed at a random moment, -9, {kills} times: weights right, nothing double, "
            "ledger whole, resumed or returned",
            sum(not one.faults for one in killing.kills),
            "kills",
            kills,
        ),
        Table(
            f"what the ledger told when a controller was killed, {kills} kills",
            ["phase", "kills"],
            rows,
            versions={
                "rollouts": str(killing.rollouts),
                **{how: str(times) for how, times in sorted(killing.ends.items())},
            },
        ),
    ]


@dataclass
class _Kill:
    at: str
    faults: list[str]


@dataclass
class _Killing:
    releases: Releases
    report: Reporter
    wanted: int
    kills: list[_Kill] = field(default_factory=list[_Kill])
    rollouts: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    """How the rollouts ended."""
    _known: tuple[Entry, ...] = ()
    _chance: random.Random = field(default_factory=lambda: random.Random(_SEED))  # noqa: S311

    @property
    def done(self) -> int:
        return len(self.kills)

    @property
    def faults(self) -> list[str]:
        return [fault for one in self.kills for fault in one.faults]

    def one_rollout(self) -> None:
        """Adds its kills. What is wrong at its end is wrong for each of them."""
        stable, candidate = self.releases.new_version()
        self.rollouts += 1
        first, open_one, over = self.done, False, False
        while not over:
            left = min(self.wanted - self.done, _KILLS_OF_ONE - (self.done - first))
            process = self._led(open_one)
            over = self._kill(process, stable) if left > 0 else self._finish(process)
            rollout = self._rollout(candidate)
            open_one = rollout is not None
            over = over or (rollout is not None and rollout.state.is_over)
        wrong = self._faults_at_end(stable, candidate)
        for one in self.kills[first:]:
            one.faults.extend(wrong)

    def _led(self, open_one: bool) -> subprocess.Popen[str]:
        if open_one:
            return self.releases.command("rollout", "resume", "staging", "--take")
        self._until_free()
        return self.releases.start(_STRATEGY)

    def _until_free(self) -> None:
        """Who was killed before its rollout began may hold the lease, and nothing can be resumed: it has to run out."""
        deadline = time.monotonic() + _FREE_SECONDS
        while self.releases.ledger(2**49).lease is not None:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the lease is still held after {_FREE_SECONDS:g} s")
            time.sleep(0.2)

    def _kill(self, process: subprocess.Popen[str], stable: str) -> bool:
        """Whether the rollout ended before it was killed."""
        life = self._chance.uniform(_SHORTEST_LIFE, _LONGEST_LIFE)
        leads = self._chance.random() < _LEADS_FIRST
        if leads:
            self._until_it_leads(process)
        with_all = self._chance.random() < 0.5
        try:
            said, _ = process.communicate(timeout=life)
        except subprocess.TimeoutExpired:
            pass
        else:
            return self._ended(process, said)
        kill(process, with_children=with_all)
        live = self.releases.split()
        entries = self._read()
        rollout = last_rollout(entries)
        under_way = rollout is not None and not rollout.state.is_over
        wrong = faults_of(entries)
        if rollout is not None and under_way:
            fault = fault_of_split(rollout.state, live)
            wrong += [fault] if fault else []
        elif live != {stable: ALL} and not _has_finished(rollout, live):
            wrong.append(f"live is {told(live)} and no rollout is under way")
        at = rollout.state.phase.value if rollout is not None and under_way else _NOTHING_YET
        self.kills.append(_Kill(at, [f"kill {self.done + 1}, {at}: {fault}" for fault in wrong]))
        self.report(
            f"kill {self.done} of {self.wanted}, {life:.1f} s after {'it led' if leads else 'its start'}, "
            f"{at}, {len(entries)} entries: {'; '.join(wrong) or 'right'}"
        )
        return False

    def _until_it_leads(self, process: subprocess.Popen[str]) -> None:
        """Until it has the lease, and a rollout is under way. A command that ends before is looked at by who waits for it."""
        deadline = time.monotonic() + _BEGIN_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            told = self.releases.ledger(len(self._known))
            holder = told.lease.holder if told.lease is not None else ""
            rollout = last_rollout((*self._known, *told.entries))
            if f"process {process.pid}," in holder and rollout and not rollout.state.is_over:
                return
            time.sleep(0.1)

    def _finish(self, process: subprocess.Popen[str]) -> bool:
        said, _ = process.communicate(timeout=_END_SECONDS)
        return self._ended(process, said)

    def _ended(self, process: subprocess.Popen[str], said: str) -> bool:
        """Raises `RuntimeError` when a command ended and its rollout did not."""
        rollout = last_rollout(self._read())
        if rollout is None or not rollout.state.is_over:
            raise RuntimeError(f"it ended with {process.returncode}: {said.strip()[-2000:]}")
        return True

    def _rollout(self, candidate: str) -> Rollout | None:
        rollout = last_rollout(self._read())
        return rollout if rollout is not None and rollout.state.candidate == candidate else None

    def _read(self) -> tuple[Entry, ...]:
        """The whole ledger. Raises `RuntimeError` when it tells something else than before."""
        entries = self.releases.ledger().entries
        lost = changed(self._known, entries)
        if lost:
            raise RuntimeError(lost[0])
        self._known = entries
        return entries

    def _faults_at_end(self, stable: str, candidate: str) -> list[str]:
        """All to one version, at the API and in Pulumi's state; of the state the switch knows nothing, and the next run that
        anybody makes brings it."""
        rollout = self._rollout(candidate)
        if rollout is None or not rollout.state.is_over:
            return ["the rollout has no end"]
        finished = rollout.state.phase is Phase.FINISHED
        version = candidate if finished else stable
        entries = self._read()
        end = entries[-1].kind
        self.ends[end] += 1
        self.report(f"rollout {self.rollouts} {end}: {rollout.state.cause or 'nothing was wrong'}")
        wrong = faults_of(entries)
        live = self.releases.split()
        if live != {version: ALL}:
            wrong.append(f"{rollout.state.phase}, and live is {told(live)}")
        declared = self.releases.clone.outputs()["split"]
        if (
            end != SWITCHED
            and {row["versionId"]: Decimal(str(row["percentage"])) for row in declared} != live
        ):
            wrong.append(f"{rollout.state.phase}, and Pulumi's state has {json.dumps(declared)}")
        return [f"rollout {rollout.id}: {fault}" for fault in wrong]


def _has_finished(rollout: Rollout | None, live: dict[str, Decimal]) -> bool:
    if rollout is None:
        return False
    version = rollout.state.candidate
    return rollout.state.phase is Phase.FINISHED and live == {version: ALL}


def _serving(releases: Releases) -> str:
    return next(iter(releases.split()))
