"""Whatever is seen, asked for, lost or broken: the promises of a rollout hold, over at least 100,000 looks."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar, Final
from unittest import TestCase

import pytest
from hypothesis import Phase as Searching
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from delivery.rollout.deciding import decide
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Asked, Measurements, Verb
from delivery.rollout.state import ALL, BOTH, FOREIGN, Phase, State, evolve, fold
from delivery.rollout.strategy import Strategy
from tests.unit.rollout.chance import CANDIDATE, RECORDER, STABLE, Weather, short

_STARTED: Final = Event(Kind.STARTED, {"format": 1, "stable": STABLE, "candidate": CANDIDATE})
_LOOKS: Final = 100_000
_VERBS: Final = (*[Verb.PAUSE, Verb.RESUME, Verb.RESUME, Verb.PROMOTE] * 4, Verb.ABORT, Verb.SIGNAL)
_UNTIL: Final = st.sampled_from(
    (Phase.READY, Phase.SHIFTING, Phase.CONVERGING, *[Phase.WATCHING] * 2, *[Phase.BAKING] * 4)
)
_ENDS: Final = frozenset({Phase.RETURNING, Phase.RETURNED, Phase.FINISHED})
_PAUSED_LOOKS: Final = 5
_SEEDS: Final = st.integers(0, 2**31)
_WRITTEN_EVERY: Final = 10.0
VISITS: Final[Counter[object]] = Counter()
"""Phases looked at, kinds, causes, what was asked for in which phase; and looks."""
RAN: Final[set[str]] = set()


def _moves(rollouts: Rollouts) -> bool:
    return rollouts.state.phase not in _ENDS


def _is_over(rollouts: Rollouts) -> bool:
    return rollouts.state.is_over


def _may_be_applied(rollouts: Rollouts) -> bool:
    """As the controller does it: only on what it was left at, and once begun it may arrive amid a pause."""
    state = rollouts.state
    if state.wanted is None or state.phase not in {Phase.SHIFTING, Phase.PAUSED}:
        return False
    return dict(rollouts.live) in [state.shares(state.share), state.shares(state.wanted)]


def _is_foreign(rollouts: Rollouts) -> bool:
    return rollouts.state.phase is Phase.PAUSED and rollouts.state.cause == FOREIGN


class Rollouts(RuleBasedStateMachine):
    """Rollouts, one after the other, in a world that does what it likes."""

    strategy: ClassVar[Strategy]

    @initialize(seed=_SEEDS, until=_UNTIL)
    def begins(self, seed: int, until: Phase) -> None:
        self.now, self.jumped = 1_700_000_000.0, 0
        self.begins_anew(seed, until)

    @precondition(_is_over)
    @rule(seed=_SEEDS, until=_UNTIL)
    def begins_anew(self, seed: int, until: Phase) -> None:
        """And goes well until it stands where much is to be seen."""
        self.asked = 0
        self.log: list[tuple[Event, float]] = [(_STARTED, self.now)]
        self.state = self.read = fold(self.log)
        self.unread: list[tuple[Event, float]] = []
        self.written, self.is_written = self.now, True
        self.live: Mapping[str, Decimal] = self.state.shares(Decimal(0))
        self.passed: int | None = None
        self.promoted = False
        self._looks(seed, 60, Weather(), until)

    # The world

    @precondition(_moves)
    @rule(seed=_SEEDS, times=st.integers(30, 60))
    def goes_well(self, seed: int, times: int) -> None:
        self._looks(seed, times, Weather())

    @precondition(_moves)
    @rule(seed=_SEEDS, times=st.integers(1, 25), busy=st.booleans())
    def goes_on(self, seed: int, times: int, busy: bool) -> None:
        self._looks(seed, times, Weather(busy=busy))

    @precondition(_moves)
    @rule(seed=_SEEDS, times=st.integers(1, 12))
    def nobody_counts(self, seed: int, times: int) -> None:
        self._looks(seed, times, Weather(source=None))

    @precondition(_moves)
    @rule(seed=_SEEDS, times=st.integers(1, 4), harm=st.sampled_from((0.02, 0.1, 1.0)))
    def goes_wrong(self, seed: int, times: int, harm: float) -> None:
        self._looks(seed, times, Weather(harm=harm))

    @precondition(_moves)
    @rule(seed=_SEEDS, times=st.integers(1, 8), harm=st.sampled_from((0.2, 1.0)))
    def goes_wrong_for_both(self, seed: int, times: int, harm: float) -> None:
        self._looks(seed, times, Weather(alike=harm))

    def _looks(self, seed: int, times: int, weather: Weather, until: Phase | None = None) -> None:
        dice = random.Random(seed)  # noqa: S311 - the same numbers each time
        applies = dice.choice((0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.02))
        paused = 0
        for _ in range(times):
            paused += self.state.phase is Phase.PAUSED
            if self.state.phase in {until, *_ENDS} or paused > _PAUSED_LOOKS:
                return
            self.now += dice.choice((0.0, 2.0, 2.0, 2.0, 2.0, 30.0))
            self.see(weather.measured(dice, self.state, self.live, self.now))
            if dice.random() < applies and _may_be_applied(self):
                self.split_is_applied(confirmed=True)

    @precondition(_moves)
    @rule(verb=st.sampled_from(_VERBS), again=st.booleans(), live=st.booleans())
    def ask(self, verb: Verb, again: bool, live: bool) -> None:
        again &= self.asked > 0
        self.asked += 0 if again else 1
        asked = Asked(self.asked, verb, "somebody", "for a reason")
        if not again:
            VISITS[verb, self.state.phase] += 1
        self.see(Measurements(source=RECORDER, asked=(asked,), live=self.live if live else None))

    @precondition(_moves)
    @rule(percent=st.sampled_from((*[None] * 9, 0, 1, 5, 20, 50, 100)), other=st.booleans())
    def somebody_deploys(self, percent: int | None, other: bool) -> None:
        if percent is None:
            return
        share = Decimal(percent)
        wanted = {STABLE: ALL - share, "another-version" if other else CANDIDATE: share}
        self.live = {version: part for version, part in wanted.items() if part}

    @precondition(lambda self: self.state.phase is Phase.PAUSED)
    @rule(live=st.booleans())
    def is_resumed(self, live: bool) -> None:
        self.ask(Verb.RESUME, again=False, live=live)

    @precondition(_is_foreign)
    @rule(resumes=st.booleans())
    def somebody_puts_it_right(self, resumes: bool) -> None:
        self.live = self.state.shares(self.state.share)
        if resumes:
            self.ask(Verb.RESUME, again=False, live=True)

    @precondition(_may_be_applied)
    @rule(confirmed=st.booleans())
    def split_is_applied(self, confirmed: bool) -> None:
        wanted = self.state.wanted
        assert wanted is not None
        VISITS["arrives", self.state.phase] += 1
        self.live = self.state.shares(wanted)
        if confirmed:
            self.follow([Event(Kind.SHIFTED, {"share": str(wanted), "deployment": "d"})])

    @precondition(lambda self: self.state.phase is Phase.RETURNING)
    @rule(sees=st.booleans(), verb=st.sampled_from((*[None] * 20, *_VERBS)))
    def stable_is_put_back(self, sees: bool, verb: Verb | None) -> None:
        if verb is not None:
            self.ask(verb, again=False, live=sees)
        elif sees:
            self.see(Measurements(source=RECORDER))
        self.live = self.state.shares(Decimal(0))
        why = self.state.cause
        self.follow([Event(Kind.RETURNED, {"deployment": "d", "why": why, "by": "us"})])

    @precondition(_moves)
    @rule(hours=st.sampled_from((-1, 1)))
    def clock_jumps(self, hours: int) -> None:
        if abs(self.jumped + hours) <= 1:
            self.jumped += hours
            self.now += 3600 * hours

    @precondition(lambda self: bool(self.unread))
    @rule()
    def crash(self) -> None:
        """Whoever goes on has what is written: no decision is missing, only what was seen since."""
        VISITS["crash", self.state.phase] += 1
        for event, at in self.unread:
            told = json.dumps(_bare(event))
            self.read = evolve(self.read, Event.from_json(event.kind.value, json.loads(told)), at)
        self.unread = []
        assert _decided(self.read) == _decided(self.state)
        if self.is_written:
            assert replace(self.read, window=()) == replace(self.state, window=())
        self.state = self.read

    def teardown(self) -> None:
        if hasattr(self, "state"):
            RAN.add(type(self).__name__)
            self.crash()
            assert fold(self.log) == fold(self.log)
            assert fold(self.log) == replace(self.state, window=fold(self.log).window)
            self._ends()

    def _ends(self) -> None:
        """With time going on each wait ends by itself, but for a deployment of somebody else, which nobody but people may end."""
        dice = random.Random(len(self.log))  # noqa: S311 - the same numbers each time
        weather = Weather(dice.choice((RECORDER, None)), dice.choice((0.0, 0.0, 1.0)))
        applies = dice.random() < 0.8
        for _ in range(400):
            if self.state.is_over or _is_foreign(self):
                return
            self.now += 30
            self.see(weather.measured(dice, self.state, self.live, self.now))
            if applies and _may_be_applied(self):
                self.split_is_applied(confirmed=True)
            elif self.state.phase is Phase.RETURNING:
                self.stable_is_put_back(sees=False, verb=None)
        raise AssertionError(f"still {self.state.phase}: {self.state}")

    # What must hold

    def see(self, seen: Measurements) -> None:
        VISITS["looks"] += 1
        before = self.state
        VISITS[before.phase] += 1
        VISITS["silent", before.phase] += seen.source is None
        events = decide(self.strategy, before, seen, self.now)
        if VISITS["looks"] % 16 == 0:
            assert decide(self.strategy, before, seen, self.now) == events
        assert not (before.is_over and events)
        if seen.source is None:
            assert not {Kind.PASSED, Kind.FINISHED} & {event.kind for event in events}
        new = [asked.number for asked in seen.asked if asked.number > before.heard]
        assert [e.body["request"] for e in events if e.kind is Kind.ASKED] == new
        decisions = [event for event in events if event.kind is not Kind.OBSERVED]
        late = not 0 <= self.now - self.written < _WRITTEN_EVERY
        self.follow(events, write=bool(decisions) or late)
        after = self.state
        assert after.since <= self.now
        assert after.silent_since is None or after.silent_since <= self.now
        assert after.silent_since is None or seen.source is None or after.is_over
        for asked in seen.asked:
            if asked.number in new and asked.verb in {Verb.ABORT, Verb.SIGNAL}:
                assert after.phase in {Phase.RETURNING, Phase.RETURNED}
        if seen.live is not None and before.phase is not Phase.RETURNING:
            self._leaves_alone(seen.live, before, decisions)

    def _leaves_alone(
        self, live: Mapping[str, Decimal], before: State, decisions: Sequence[Event]
    ) -> None:
        shares = {before.share, before.previous}
        if before.wanted is not None:
            shares.add(before.wanted)
        if dict(live) in [before.shares(share) for share in shares]:
            return
        VISITS["strange", before.phase] += 1
        kinds = {event.kind for event in decisions}
        assert not {Kind.SHIFT, Kind.RESUMED, Kind.PASSED, Kind.FINISHED} & kinds
        by_people = [e for e in decisions if e.kind is Kind.RETURNING]
        assert all(e.body["cause"] in {"abort", "security"} for e in by_people)
        assert self.state.phase in {Phase.PAUSED, Phase.RETURNING, Phase.RETURNED}

    def follow(self, events: Sequence[Event], *, write: bool = True) -> None:
        """As the controller does: what was seen is written down with each decision, and every ten seconds without one."""
        for event in events:
            before, self.state = self.state, evolve(self.state, event, self.now)
            VISITS[event.kind] += 1
            _says_its_numbers(event)
            self._grows_by_right(before, event)
            self._holds(before, self.state, event)
        sees = any(event.kind is Kind.OBSERVED for event in events)
        self.is_written = write if sees else self.is_written
        if write:
            told = [(event, self.now) for event in events]
            self.written = self.now if sees else self.written
            self.log.extend(told)
            self.unread.extend(told)

    def _grows_by_right(self, before: State, event: Event) -> None:
        """Only the first step, the one behind a pass, and the last when somebody asked for it since."""
        body = event.body
        match event.kind:
            case Kind.PASSED:
                step = self.strategy.steps[before.step]
                assert body["step"] == before.step
                assert before.phase is Phase.WATCHING
                assert before.watched >= step.duration * (1 + before.extended / 2)
                assert step.share == before.share
                assert {verdict["outcome"] for verdict in body["verdicts"]} == {"pass"}
                if step.share > 0 and not self.strategy.probes.fill_in:
                    assert before.judgement.candidate.requests >= step.least_requests
                self.passed = before.step
                return
            case Kind.ASKED if body["verb"] == "promote" and body["obeyed"]:
                self.promoted = True
            case Kind.SHIFT:
                share = Decimal(body["share"])
                assert share == self.strategy.steps[body["step"]].share
                is_first = before.phase is Phase.READY and body["step"] == 0
                is_next = self.passed is not None and body["step"] == self.passed + 1
                is_asked = self.promoted and share == ALL
                assert is_first or is_next or is_asked
                VISITS["promoted", before.phase] += is_asked and not is_next
                self.promoted = False
            case Kind.SHIFTED:
                assert Decimal(body["share"]) == before.wanted
            case Kind.PAUSED | Kind.RETURNING:
                self.promoted = False
            case Kind.OBSERVED:
                return
            case _:
                pass
        self.passed = None

    def _holds(self, before: State, after: State, event: Event) -> None:
        for share in (after.share, after.wanted):
            assert share is None or sum(after.shares(share).values()) == ALL
        assert after.stable == STABLE
        assert after.shares(Decimal(0)) == {STABLE: ALL}
        assert after.share <= before.share or event.kind is Kind.SHIFTED
        assert after.heard >= before.heard
        assert after.through >= before.through
        if before.phase is Phase.RETURNING:
            assert after.phase in {Phase.RETURNING, Phase.RETURNED}
            assert after.share <= before.share
            assert after.wanted is None
        match event.kind:
            case Kind.PAUSED:
                VISITS["paused", event.body["cause"], before.phase] += 1
                assert (after.share, after.wanted) == (before.share, before.wanted)
                assert (after.step, after.watched) == (before.step, before.watched)
            case Kind.RESUMED:
                assert before.phase is Phase.PAUSED
                goes_on = Phase.READY if before.step < 0 else Phase.CONVERGING
                assert after.phase is (Phase.SHIFTING if before.wanted is not None else goes_on)
                VISITS["resumed", after.phase] += 1
            case Kind.CONVERGED | Kind.BAKING:
                assert (after.watched, after.extended, after.failed_probes) == (0.0, 0, 0)
                assert after.wanted is None
            case Kind.EXTENDED:
                most = self.strategy.inconclusive.extensions
                assert before.extended < after.extended == before.extended + 1 <= most
            case Kind.RETURNING:
                VISITS["returning", event.body["cause"]] += 1
                assert after.wanted is None
            case Kind.FINISHED:
                assert before.phase is Phase.BAKING
                assert before.share == ALL
                assert before.watched >= self.strategy.bake
            case Kind.ASKED if not event.body["obeyed"]:
                VISITS["refused", event.body["verb"], before.phase] += 1
                assert event.body["why"]
                assert replace(after, heard=before.heard) == before
            case _:
                pass


_SAY_WHY: Final = frozenset(
    {Kind.SHIFT, Kind.EXTENDED, Kind.PAUSED, Kind.RETURNING, Kind.SILENT, Kind.HEARD, Kind.FINISHED}
)
_METRICS: Final = frozenset({"error rate", "database failures", "p95 latency", "queue"})


def _says_its_numbers(event: Event) -> None:
    body = event.body
    if event.kind in _SAY_WHY:
        assert body["why"]
    if event.kind in {Kind.PASSED, Kind.EXTENDED}:
        assert body["verdicts"]
    if event.kind is Kind.RETURNING and body["cause"] in _METRICS:
        # A limit that is not waited for has its numbers in the sentence alone.
        assert body["verdicts"] or ", above " in body["why"]
    for verdict in body.get("verdicts", ()):
        assert verdict["said"]
        assert verdict["outcome"]


def _bare(event: Event) -> dict[str, Any]:
    """As the journal writes it: the last seconds are not kept."""
    return {key: value for key, value in event.to_json().items() if key != "window"}


def _decided(state: State) -> tuple[object, ...]:
    """What no crash may change, however long ago it was that something was written down."""
    where = (state.phase, state.step, state.share, state.wanted, state.previous, state.extended)
    waits = (state.since, state.silent_since)
    return (*where, *waits, state.cause, state.heard, state.promised)


class Canary(Rollouts):
    strategy = short("canary", (5, 50, 100), inconclusive={"extensions": 1})


class ProbedFirst(Rollouts):
    strategy = short("probed-first", (0, 20, 100), inconclusive={"extensions": 1, "then": "return"})


class BlueGreen(Rollouts):
    strategy = short("blue-green", (0, 100), bake=20)


class AllAtOnce(Rollouts):
    strategy = short("all-at-once", (0, 100), split=False)


class FilledIn(Rollouts):
    strategy = short("filled-in", (10, 100), probes={"fillIn": True})


def _tried(machine: type[Rollouts]) -> type[TestCase]:
    case = machine.TestCase
    case.settings = settings(
        max_examples=400,
        stateful_step_count=40,
        derandomize=True,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Searching.generate, Searching.shrink),
    )
    return case


TestCanary = _tried(Canary)
TestProbedFirst = _tried(ProbedFirst)
TestBlueGreen = _tried(BlueGreen)
TestAllAtOnce = _tried(AllAtOnce)
TestFilledIn = _tried(FilledIn)


_CAUSES: Final = (
    *("error rate", "p95 latency", "no data", "pause", "shift", "probes", "inconclusive", "abort"),
    *("security", "unreported"),
)
_LASTING: Final = (Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED, Phase.BAKING)
_RARE: Final = 10
_ENOUGH: Final[Mapping[object, int]] = {
    "looks": _LOOKS,
    **dict.fromkeys(_LASTING, 5_000),
    **dict.fromkeys(set(Kind) - {Kind.STARTED}, 500),
    **{("silent", phase): 300 for phase in _LASTING},
    **{("crash", phase): 150 for phase in Phase},
    **{("returning", cause): _RARE for cause in _CAUSES},
    **{("paused", "asked", phase): _RARE for phase in _LASTING if phase is not Phase.PAUSED},
    **{("paused", FOREIGN, phase): _RARE for phase in _LASTING},
    **{("paused", BOTH, p): 100 for p in (Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING)},
    ("paused", "inconclusive", Phase.WATCHING): 200,
    **{("resumed", phase): _RARE for phase in (Phase.READY, Phase.SHIFTING, Phase.CONVERGING)},
    **{("promoted", phase): _RARE for phase in (Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED)},
    **{(Verb.PROMOTE, phase): _RARE for phase in _LASTING},
    ("arrives", Phase.PAUSED): 100,
}


def test_enough_was_seen_of_everything() -> None:
    """Comes last in its file: what the others have counted."""
    if len(RAN) < len(Rollouts.__subclasses__()):
        pytest.skip("not all of the rollouts above were run")
    few = {key: VISITS[key] for key, least in _ENOUGH.items() if VISITS[key] < least}
    assert not few
