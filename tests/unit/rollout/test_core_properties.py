"""Whatever is seen, asked for, lost or broken: the promises of a rollout hold."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from delivery.analysis.counts import Counts, Slice
from delivery.rollout.deciding import decide
from delivery.rollout.decisions import BOTH, FOREIGN
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Asked, Measurements, Number, Probed, Verb
from delivery.rollout.state import ALL, Phase, State, evolve, fold
from delivery.rollout.strategy import Strategy

STABLE, CANDIDATE = "stable-version", "candidate-version"
_STARTED: Final = Event(Kind.STARTED, {"format": 1, "stable": STABLE, "candidate": CANDIDATE})
_SHORT: Final[dict[str, Any]] = {
    "bake": 6,
    "pauseLimit": 60,
    "noData": {"returnAfter": 20},
    "shiftLimit": 60,
    "analysis": {
        "latency": {"quantiles": [95]},
        "cache": None,
        "custom": [
            {"name": "queue", "source": {"kind": "webhook", "url": "http://a"}, "atMost": 9}
        ],
    },
}


def _strategy(name: str, shares: Sequence[int], **changed: Any) -> Strategy:
    steps = [{"share": share, "duration": 6, "leastRequests": 20} for share in shares]
    return Strategy.model_validate({"name": name, "steps": steps, **_SHORT, **changed})


_STRATEGIES: Final = (
    _strategy("canary", (5, 50, 100)),
    _strategy("probed-first", (0, 20, 100), inconclusive={"extensions": 1, "then": "return"}),
    _strategy("blue-green", (0, 100)),
    _strategy("all-at-once", (0, 100), split=False),
    _strategy("filled-in", (10, 100), probes={"fillIn": True}),
)
_SAY_WHY: Final = frozenset(
    {Kind.SHIFT, Kind.EXTENDED, Kind.PAUSED, Kind.RETURNING, Kind.SILENT, Kind.HEARD, Kind.FINISHED}
)
_METRICS: Final = frozenset({"error rate", "database failures", "p95 latency", "queue"})


_VERBS: Final = (*[Verb.PAUSE, Verb.RESUME, Verb.RESUME, Verb.PROMOTE] * 4, Verb.ABORT, Verb.SIGNAL)


def _goes_on(rollouts: Rollouts) -> bool:
    return not rollouts.state.is_over


def _shifts(rollouts: Rollouts) -> bool:
    return rollouts.state.phase is Phase.SHIFTING


def _returns(rollouts: Rollouts) -> bool:
    return rollouts.state.phase is Phase.RETURNING


class Rollouts(RuleBasedStateMachine):
    """A rollout in a world that does what it likes. `looks` of all examples are counted."""

    looks = 0

    @initialize(strategy=st.sampled_from(_STRATEGIES))
    def begins(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.now, self.jumped, self.asked = 1_700_000_000.0, 0, 0
        self.log: list[tuple[Event, float]] = [(_STARTED, self.now)]
        self.state = fold(self.log)
        self.live: Mapping[str, Decimal] = self.state.shares(Decimal(0))

    # The world

    @precondition(_goes_on)
    @rule(seed=st.integers(0, 2**31), times=st.integers(1, 20), heard=st.booleans())
    def goes_well(self, seed: int, times: int, heard: bool) -> None:
        self._looks(seed, times, "the recorder" if heard else None, 0.0)

    @precondition(_goes_on)
    @rule(seed=st.integers(0, 2**31), times=st.integers(20, 60), applies=st.booleans())
    def goes_on_well(self, seed: int, times: int, applies: bool) -> None:
        self._looks(seed, times, "the recorder", 0.0, applies=applies)

    @precondition(_goes_on)
    @rule(
        seed=st.integers(0, 2**31), times=st.integers(1, 4), harm=st.sampled_from((0.02, 0.1, 1.0))
    )
    def goes_wrong(self, seed: int, times: int, harm: float) -> None:
        self._looks(seed, times, "the recorder", harm)

    def _looks(
        self, seed: int, times: int, source: str | None, harm: float, *, applies: bool = False
    ) -> None:
        dice = random.Random(seed)  # noqa: S311 - the same numbers each time
        for _ in range(times):
            if self.state.is_over or _returns(self):
                return
            self.now += dice.choice((0.0, 2.0, 2.0, 2.0, 30.0))
            self.see(self._measured(dice, source, harm))
            if applies and self.state.phase is Phase.SHIFTING and dice.random() < 0.5:
                self.split_is_applied(confirmed=True)

    @precondition(_goes_on)
    @rule(verb=st.sampled_from(_VERBS), again=st.booleans())
    def ask(self, verb: Verb, again: bool) -> None:
        self.asked += 0 if again and self.asked else 1
        asked = Asked(self.asked, verb, "somebody", "for a reason")
        self.see(Measurements(source="the recorder", asked=(asked,)))

    @precondition(_goes_on)
    @rule(percent=st.sampled_from((None, None, None, 0, 1, 5, 20, 50, 100)), other=st.booleans())
    def somebody_deploys(self, percent: int | None, other: bool) -> None:
        """Or puts right what somebody else did."""
        other &= percent is not None
        share = self.state.share if percent is None else Decimal(percent)
        wanted = {STABLE: ALL - share, "another-version" if other else CANDIDATE: share}
        self.live = {version: part for version, part in wanted.items() if part}

    @precondition(_shifts)
    @rule(confirmed=st.booleans())
    def split_is_applied(self, confirmed: bool) -> None:
        wanted = self.state.wanted
        assert wanted is not None
        self.live = self.state.shares(wanted)
        if confirmed:
            self.follow([Event(Kind.SHIFTED, {"share": str(wanted), "deployment": "d"})])

    @precondition(_returns)
    @rule()
    def stable_is_put_back(self) -> None:
        self.live = self.state.shares(Decimal(0))
        why = self.state.cause
        self.follow([Event(Kind.RETURNED, {"deployment": "d", "why": why, "by": "us"})])

    @precondition(_goes_on)
    @rule(hours=st.sampled_from((-1, 1)))
    def clock_jumps(self, hours: int) -> None:
        if abs(self.jumped + hours) <= 1:
            self.jumped += hours
            self.now += 3600 * hours

    @rule()
    def crash(self) -> None:
        told = [(e.kind.value, json.dumps(_bare(e)), at) for e, at in self.log]
        again = fold((Event.from_json(kind, json.loads(body)), at) for kind, body, at in told)
        assert replace(again, window=()) == replace(self.state, window=())
        self.state = again

    def teardown(self) -> None:
        if hasattr(self, "state"):
            self.crash()
            self._ends()

    def _ends(self) -> None:
        """With time going on each wait ends, by itself or with a pause that nothing may end but people."""
        dice = random.Random(len(self.log))  # noqa: S311 - the same numbers each time
        source, harm = dice.choice(("the recorder", None)), dice.choice((0.0, 0.0, 1.0))
        applies = dice.random() < 0.8
        for _ in range(400):
            alone = self.state.phase is Phase.PAUSED and self.state.cause in {FOREIGN, BOTH}
            if self.state.is_over or alone:
                return
            self.now += 60
            self.see(self._measured(dice, source, harm))
            if self.state.phase is Phase.SHIFTING and applies:
                self.split_is_applied(confirmed=True)
            elif self.state.phase is Phase.RETURNING:
                self.stable_is_put_back()
        raise AssertionError(f"still {self.state.phase}: {self.state}")

    def _measured(self, dice: random.Random, source: str | None, harm: float) -> Measurements:
        begin = self.state.through or self.now - 5
        slices = () if source is None else (_slice(dice, begin, self.state, harm),)
        shares = (
            *(self.state.shares(s) for s in (self.state.share, self.state.previous)),
            self.live,
        )
        bad = int(dice.random() < harm)
        both = int(dice.random() < 0.5 * harm)
        return Measurements(
            slices=slices,
            through=slices[-1].end if slices else None,
            source=source,
            live=dice.choice((None, None, self.live, self.live, *shares[:1])),
            converged=dice.choice((None, "all agree")),
            candidate_probes=Probed(1 - bad, bad, "500" if bad else ""),
            stable_probes=Probed(1 - both, both),
            numbers=(
                Number(
                    "queue", dice.choice((None, 1.0, 99.0 if harm > dice.random() else 2.0)), None
                ),
            ),
            unreported="none of 900 were reported" if dice.random() < 0.0003 else None,
        )

    # What must hold

    def see(self, seen: Measurements) -> None:
        Rollouts.looks += 1
        before = self.state
        events = decide(self.strategy, before, seen, self.now)
        assert not (before.is_over and events)
        state, grows = before, before.phase is Phase.READY
        for event in events:
            _says_its_numbers(event)
            grows |= event.kind is Kind.PASSED
            grows |= state.phase is Phase.READY or bool(state.promised)
            grows |= event.kind is Kind.ASKED and event.body["verb"] == "promote"
            if event.kind is Kind.SHIFT and Decimal(event.body["share"]) > state.share:
                assert grows
            if seen.source is None:
                assert event.kind is not Kind.PASSED
                assert event.kind is not Kind.FINISHED
            state = evolve(state, event, self.now)
        self.follow(events)

    def follow(self, events: Sequence[Event]) -> None:
        for event in events:
            before, self.state = self.state, evolve(self.state, event, self.now)
            self.log.append((event, self.now))
            self._holds(before, self.state, event)

    def _holds(self, before: State, after: State, event: Event) -> None:
        for share in (after.share, after.wanted):
            assert share is None or sum(after.shares(share).values()) == ALL
        assert after.stable == STABLE
        assert after.shares(Decimal(0)) == {STABLE: ALL}
        assert after.share <= before.share or event.kind is Kind.SHIFTED
        if before.phase is Phase.RETURNING:
            assert after.phase in {Phase.RETURNING, Phase.RETURNED}
            assert after.share <= before.share
            assert after.wanted is None


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


def _slice(dice: random.Random, begin: float, state: State, harm: float) -> Slice:
    requests = dice.choice((0, 3, 40, 400, 4000))
    mine = int(requests * state.share / 100)
    return Slice(
        begin,
        begin + 5,
        {STABLE: _counts(dice, requests - mine, 0.0), CANDIDATE: _counts(dice, mine, harm)},
    )


def _counts(dice: random.Random, requests: int, harm: float) -> Counts:
    errors = min(requests, int(requests * harm) + dice.choice((0, 0, 1)))
    slow = min(requests, requests // 20 + errors)
    uses = {"database.requests": requests, "database.failures": errors // 2}
    signals = {"security": 1} if requests and dice.random() < 0.0001 else {}
    latency = {40: requests - slow, 90: slow} if requests else {}
    route = {"route:GET /": (requests, errors)} if requests else {}
    return Counts(requests, errors, latency, uses | signals, route, dice.choice((0, 2)))


def _bare(event: Event) -> dict[str, Any]:
    """As the journal writes it: the last seconds are not kept."""
    return {key: value for key, value in event.to_json().items() if key != "window"}


TestRollouts = Rollouts.TestCase
TestRollouts.settings = settings(
    max_examples=600, stateful_step_count=30, derandomize=True, deadline=None
)
