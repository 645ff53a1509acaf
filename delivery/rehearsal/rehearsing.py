"""One rehearsal: a faulty candidate is uploaded, users come, the rollout is led by `pitchey rollout` as ever, something goes
wrong around it, and all is put back."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from delivery.errors import DeliveryError, RefusedError
from delivery.notifications.rehearsed import WOULD_TELL, RehearsedNews
from delivery.rehearsal.candidate import Candidates, build_candidate
from delivery.rehearsal.disturbance import Disturbance, end_faults
from delivery.rehearsal.expecting import Outcome, expected
from delivery.rehearsal.faults import Scenario, World
from delivery.rehearsal.felt import Felt, felt
from delivery.rehearsal.population import Population
from delivery.rehearsal.program import Controller
from delivery.rehearsal.putting_back import Begun, Record, put_back
from delivery.rehearsal.story import Decision, Story
from delivery.rehearsal.traffic import Traffic
from delivery.rollout import preflight
from delivery.rollout.leading import Place
from delivery.rollout.state import ALL, Phase, State
from delivery.rollout.strategy import Strategy
from settings.names import rollouts_name

_LOOK_SECONDS: Final = 0.5
_BEFORE_SECONDS: Final = 3.0
"""Users of stable alone, so that it is known how it answers."""
_AFTER_SECONDS: Final = 3.0
_PAUSED_SECONDS: Final = 3.0
_KILL_WITHIN: Final = 8.0
"""A controller is killed at a random moment so long after its candidate was given users."""
_SPARE_SECONDS: Final = 180.0
"""For pre-flight, splits and the return, on a busy machine."""
_LEASE_SPARE: Final = 10.0
_LEDGER_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Wanted:
    """`strategy` as it is named; `rate` in requests a second; `news` says what becomes of those for people."""

    strategy: str
    rate: float
    users: int
    seed: int
    news: RehearsedNews = RehearsedNews.SAID


@dataclass(frozen=True)
class Rehearsed:
    """`began` in Unix seconds, `seconds` from the first user to the last; `why` as the controller said it; `untold`: what people
    would have been told, a line each."""

    scenario: Scenario
    outcome: Outcome
    expected: frozenset[Outcome]
    felt: Felt
    decisions: list[Decision]
    began: float
    seconds: float
    why: str
    untold: list[str] = field(default_factory=list[str])

    @property
    def is_as_expected(self) -> bool:
        return self.outcome in self.expected


@dataclass
class Rehearsal:
    """`tell` gets each decision, `at_work` every half second what goes on, `untold` what people would have been told."""

    place: Place
    strategy: Strategy
    scenario: Scenario
    wanted: Wanted
    lease_seconds: int
    record: Record
    tell: Callable[[float, Decision], None] = lambda _seconds, _decision: None
    at_work: Callable[[str], None] = lambda _text: None
    untold: Callable[[str], None] = lambda _line: None
    _controller: Controller | None = None
    _untold: list[str] = field(default_factory=list[str])
    _killed_at: float | None = None
    _kill_at: float | None = None
    _paused_since: float | None = None
    _disturbed: bool = False
    _began: float = 0.0
    _disturbance: Disturbance = field(init=False)

    def __post_init__(self) -> None:
        self._disturbance = Disturbance(self.place.stack.project, self.record.spare)

    def run(self) -> Rehearsed:
        """Whatever happens, Ctrl-C too, the stack is put back before this ends. Raises `DeliveryError`."""
        self.check()
        candidates = Candidates(self.place.variables, str(self.place.outputs["workerId"]))
        self._await_lease()
        stable = preflight.check_live(self.place)
        settled = False
        try:
            candidate = self._upload(candidates, stable)
            found = self._go(candidate)
            settled = found.outcome is Outcome.RETURNED and self.scenario.world is None
        finally:
            put_back(self.place, self.record, candidates, self.at_work, settled=settled)
        return found

    def check(self) -> None:
        """Raises `RefusedError` for what cannot be rehearsed on this stack."""
        if self._world is World.ABANDONED and not self.place.outputs.get("deadMansSwitch"):
            raise RefusedError(
                f"stack {self.place.stack.name} has no dead-man's switch that could go off",
                "set pitchey:rollouts: {deadMansSwitch: true}, then `pitchey up`",
            )

    @property
    def _world(self) -> World | None:
        return None if self.scenario.world is None else self.scenario.world.world

    def _await_lease(self) -> None:
        """One that was left behind by a killed controller runs out by itself."""
        deadline = time.monotonic() + self.lease_seconds + _LEASE_SPARE
        while time.monotonic() < deadline:
            told = self.place.ledger.read()
            if told.lease is None or told.lease.until <= told.now:
                return
            self.at_work(f"waiting for the lease of {told.lease.holder} to run out")
            time.sleep(_LOOK_SECONDS)

    def _upload(self, candidates: Candidates, stable: str) -> str:
        self.at_work("building the candidate")
        with tempfile.TemporaryDirectory(prefix="pitchey-") as folder:
            code = build_candidate(self.place.stack.project, self.scenario.build, Path(folder))
        candidate = candidates.upload(code, stable, f"rehearsal: {self.scenario.name}")
        self.record.write(Begun(stable, candidate))
        return candidate

    def _go(self, candidate: str) -> Rehearsed:
        place, wanted = self.place, self.wanted
        # Short of patience: while the ledger is gone the rehearsal goes on.
        ledger = place.ledger.with_patience(_LEDGER_SECONDS)
        story = Story(ledger, candidate, place.ledger.read().last)
        population = Population(rate=wanted.rate, users=wanted.users, seed=wanted.seed)
        self._began = time.time()
        with Traffic(place.stack.cloud, str(place.outputs["urls"]["api"]), population) as traffic:
            time.sleep(_BEFORE_SECONDS)
            self._controller = Controller(
                place.stack.project,
                *("rollout", "start", place.stack.name),
                *("--strategy", wanted.strategy, "--version", candidate),
                *("--rehearsal", wanted.news.value),
                heard=self._hear,
            )
            outcome = self._follow(story, traffic)
            time.sleep(_AFTER_SECONDS)
        seconds = time.time() - self._began
        if self._disturbed:
            self._end_disturbance()
        story.listen()
        found = felt(traffic.answers())
        return Rehearsed(
            self.scenario,
            outcome,
            expected(self.scenario, self.strategy, found.p95_stable),
            found,
            story.decisions(),
            self._began,
            seconds,
            self._why(outcome, story),
            list(self._untold),
        )

    def _hear(self, line: str) -> None:
        """A line of a controller's, as it comes."""
        if line.startswith(WOULD_TELL):
            self._untold.append(line)
            self.untold(line)

    def _end_disturbance(self) -> None:
        """Before the ledger is read for the last time."""
        begun = self.record.read()
        if begun is not None and begun.spared is not None:
            end_faults(self.place.stack.project, begun.spared)

    def _why(self, outcome: Outcome, story: Story) -> str:
        """The last reason in the ledger; the controller's own last word where the ledger has none."""
        ending = {"returning", "returned", "finished", "paused", "switched"}
        reasons = [d.said for d in story.decisions() if d.kind in ending]
        if outcome in {Outcome.FINISHED, Outcome.RETURNED, Outcome.PAUSED} and reasons:
            told = [d.said for d in story.decisions() if d.kind == "returning"]
            return told[-1] if told and outcome is Outcome.RETURNED else reasons[-1]
        lines = [] if self._controller is None else self._controller.lines
        return lines[-1].removeprefix("error: ") if lines else "the controller said nothing"

    # While it goes on

    def _follow(self, story: Story, traffic: Traffic) -> Outcome:
        deadline = time.monotonic() + longest(self.strategy) + self.lease_seconds
        while time.monotonic() < deadline:
            for decision in story.listen():
                self.tell(decision.at - self._began, decision)
            state = None if story.rollout is None else story.rollout.state
            self.at_work(self._now(state, traffic))
            if state is not None:
                self._disturb(state)
            ended = self._ended(state)
            if ended is not None:
                return ended
            time.sleep(_LOOK_SECONDS)
        return Outcome.UNFINISHED

    def _now(self, state: State | None, traffic: Traffic) -> str:
        seconds = time.time() - self._began
        answers = traffic.answers()
        bad = sum(answer.is_bad for answer in answers)
        where = "pre-flight" if state is None else f"candidate {state.share:f} %, {state.phase}"
        if self._killed_at is not None:
            where += ", controller killed"
        return f"{seconds:.0f} s; {where}; {len(answers):,} requests, {bad:,} bad"

    def _disturb(self, state: State) -> None:
        now = time.monotonic()
        is_served = state.share > 0
        match self._world:
            case World.API if not self._disturbed and self.scenario.world is not None:
                self._disturbed = True
                self._disturbance.api(self.scenario.world.number)
            case World.RECORDER if not self._disturbed and state.phase is Phase.WATCHING:
                self._disturbed = True
                self._disturbance.objects(rollouts_name(self.place.stack.name))
            case World.KILLED | World.ABANDONED if is_served and self._kill_at is None:
                drawn = random.Random(self.wanted.seed)  # noqa: S311
                self._kill_at = now + drawn.uniform(0, _KILL_WITHIN)
            case World.KILLED | World.ABANDONED if self._kill_at is not None:
                if self._killed_at is None and now >= self._kill_at:
                    self._kill(now)
            case _:
                pass

    def _kill(self, now: float) -> None:
        if self._controller is None or self._controller.status is not None:
            return
        self._killed_at = now
        self._controller.kill()
        self._controller = None
        if self._world is World.KILLED:
            project, name = self.place.stack.project, self.place.stack.name
            words = ("rollout", "resume", name, "--take")
            self._controller = Controller(project, *words, heard=self._hear)

    def _ended(self, state: State | None) -> Outcome | None:
        controller = self._controller
        if controller is None:
            # Killed, and nobody goes on: the switch does.
            return Outcome.RETURNED if state is not None and state.phase is Phase.RETURNED else None
        if state is not None and state.phase is Phase.PAUSED:
            self._paused_since = self._paused_since or time.monotonic()
            if time.monotonic() - self._paused_since >= _PAUSED_SECONDS:
                return Outcome.PAUSED
        else:
            self._paused_since = None
        if controller.status is None:
            return None
        if state is None:
            return Outcome.REFUSED if controller.status == 1 else Outcome.UNFINISHED
        if state.is_over:
            finished = state.phase is Phase.FINISHED
            return Outcome.FINISHED if finished else Outcome.RETURNED
        return self._as_live(state)

    def _as_live(self, state: State) -> Outcome:
        """Where the ledger could not be told of the end the traffic tells of it."""
        try:
            live = self.place.deployments.live()
        except DeliveryError:
            return Outcome.UNFINISHED
        served = {} if live is None else live.served
        return Outcome.RETURNED if served == {state.stable: ALL} else Outcome.UNFINISHED


def longest(strategy: Strategy) -> float:
    """Seconds in which a rollout by this strategy ends, if nobody has to be asked."""
    extensions = strategy.inconclusive.extensions
    steps = sum(
        strategy.converge_limit + (step.seconds(extensions) if step.share < ALL else 0)
        for step in strategy.steps
    )
    return steps + strategy.bake + strategy.no_data.return_after + _SPARE_SECONDS
