"""The bad days of a rollout: what the core decides on each, and what the controller does about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from delivery.analysis.counts import Slice
from delivery.analysis.judgement import Judge, Judgement
from delivery.errors import RefusedError
from delivery.metrics.fallback import FallbackSource
from delivery.metrics.source import MetricsUnavailableError, Reading
from delivery.rollout.deciding import decide
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.journal import read_rollouts
from delivery.rollout.ledger import LeaseLostError
from delivery.rollout.measurements import Asked, Measurements, Number, Probed, Verb
from delivery.rollout.state import ALL, BOTH, FOREIGN, Phase, State, evolve
from delivery.rollout.strategy import Strategy
from tests.unit.rollout.runs import CANDIDATE, GOOD, STABLE, Run, counts, strategy
from tests.unit.rollout.test_controller import STARTED, World, begun, led

HOUR = 3600.0
DEAD = Probed(bad=1, last="/health answered 500")
LOST_BOTH: dict[str, Any] = {"candidate_probes": DEAD, "stable_probes": DEAD}


def at(phase: Phase) -> Run:
    """A healthy rollout that has just come there."""
    run = Run(strategy(pauseLimit=43_200))
    if phase is Phase.SHIFTING:
        run.applies = False
    if phase is Phase.CONVERGING:
        run.seen = replace(run.seen, converged=None)
    if phase is Phase.PAUSED:
        run.until(Phase.WATCHING)
        run.look(Verb.PAUSE)
        return run
    if phase is not Phase.READY:
        run.until(phase)
    assert run.state.phase is phase
    return run


def looks_in(phase: Phase, run: Run, after: float = 5.0, **changed: Any) -> int:
    """How many looks it stays there."""
    for looks in range(1000):
        if run.state.phase is not phase:
            return looks
        run.look(after=after, **changed)
    raise AssertionError(f"still {phase}")


class TestClock:
    """Jumps by an hour."""

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    @pytest.mark.parametrize("phase", [Phase.WATCHING, Phase.BAKING])
    def test_no_time_of_a_step_or_bake_is_given_or_taken(self, phase: Phase, jump: float) -> None:
        run = at(phase)
        run.look()
        watched = run.state.watched
        run.jumps(jump)
        assert run.look() == []
        assert run.state.phase is phase
        assert watched <= run.state.watched <= watched + 6
        assert 55 <= watched + 5 * looks_in(phase, run) <= 75
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    def test_an_edge_that_does_not_agree_is_waited_for_neither_shorter_nor_for_an_hour(
        self, jump: float
    ) -> None:
        run = at(Phase.CONVERGING)
        run.look()
        run.jumps(jump)
        assert run.look() == []
        assert 15 <= 5 * looks_in(Phase.CONVERGING, run) <= 40
        assert run.state.phase is Phase.WATCHING

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    def test_a_split_is_given_its_time(self, jump: float) -> None:
        run = at(Phase.SHIFTING)
        run.jumps(jump)
        assert run.look() == []
        assert 500 <= 5 * looks_in(Phase.SHIFTING, run) <= 700
        assert run.last(Kind.RETURNING)["cause"] == "shift"

    def test_each_split_has_its_own_time(self) -> None:
        run = at(Phase.WATCHING)
        run.strategy = strategy(shiftLimit=30)
        run.applies = False
        run.until(Phase.SHIFTING)
        run.look()
        assert run.state.phase is Phase.SHIFTING

    def test_a_split_goes_on_after_a_pause_with_all_its_time(self) -> None:
        run = at(Phase.SHIFTING)
        run.look(Verb.PAUSE)
        for _ in range(30):
            run.look(after=60)
        run.look(Verb.RESUME)
        assert run.state.phase is Phase.SHIFTING

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    def test_silence_ends_after_its_own_time(self, jump: float) -> None:
        run = at(Phase.WATCHING)
        run.look(source=None)
        run.jumps(jump)
        assert run.look(source=None) == []
        assert 50 <= 5 * looks_in(Phase.WATCHING, run, source=None) <= 150
        assert run.last(Kind.RETURNING)["cause"] == "no data"

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    def test_a_pause_lasts_an_hour_less_at_most_and_no_hour_more(self, jump: float) -> None:
        run = at(Phase.PAUSED)
        run.jumps(jump)
        assert 11 * HOUR <= 50 * looks_in(Phase.PAUSED, run, 50) <= 12 * HOUR + 100
        assert run.last(Kind.RETURNING)["cause"] == "pause"

    def test_a_jump_back_does_not_excuse_a_deployment_for_an_hour(self) -> None:
        run = at(Phase.WATCHING)
        run.jumps(-HOUR)
        run.look()
        run.look(after=61)
        run.look(live={STABLE: ALL})
        assert run.state.phase is Phase.RETURNED

    def test_the_cursor_of_what_was_counted_never_goes_back(self) -> None:
        run = at(Phase.WATCHING)
        through = run.state.through
        run.follow(decide(run.strategy, run.state, Measurements(through=through - 300), run.now))
        assert run.state.through == through


class TestSleep:
    """The laptop that leads sleeps for two hours."""

    def test_amid_a_step_nothing_passes_that_nobody_watched(self) -> None:
        run = at(Phase.WATCHING)
        run.look()
        assert run.look(after=2 * HOUR, slices=()) == []
        assert run.state.watched <= 11
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_amid_the_bake_it_is_not_finished(self) -> None:
        run = at(Phase.BAKING)
        assert run.look(after=2 * HOUR, slices=()) == []
        assert run.state.phase is Phase.BAKING

    def test_amid_a_split_it_is_tried_again_and_not_returned(self) -> None:
        run = at(Phase.SHIFTING)
        assert run.look(after=2 * HOUR) == []
        run.applies = True
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_whoever_goes_on_hours_after_a_crash_does_not_return_it(self) -> None:
        run = at(Phase.SHIFTING)
        again = Run(run.strategy, run.state, run.now + 5 * HOUR)
        assert again.until(Phase.PAUSED) is Phase.FINISHED


class TestTraffic:
    def test_none_at_ten_percent_holds_and_never_passes(self) -> None:
        run = at(Phase.WATCHING)
        run.rate = lambda _seconds: 0.0
        assert run.until(Phase.PAUSED) is Phase.PAUSED
        assert run.state.cause == "inconclusive"
        assert Kind.PASSED not in run.kinds()
        assert run.state.share == 10

    def test_that_stops_after_a_pass_stops_the_rollout_there(self) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.SHIFTING, Phase.CONVERGING)
        run.rate = lambda _seconds: 0.0
        assert run.until(Phase.PAUSED) is Phase.PAUSED
        assert run.state.share == 50

    def test_tenfold_is_no_harm(self) -> None:
        run = at(Phase.WATCHING)
        run.rate = lambda seconds: 1000.0 if seconds > 30 else 100.0
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_tenfold_hides_no_harm(self) -> None:
        run = at(Phase.WATCHING)
        run.rate = lambda seconds: 1000.0 if seconds > 30 else 100.0
        run.mine = 0.02
        assert run.until(Phase.PAUSED) is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "error rate"


def test_what_was_counted_before_it_began_is_held_against_nobody() -> None:
    """A rollout that follows another at once: its first look reads the candidate's errors of then."""
    run = Run(strategy())
    run.applies = False
    ill = Slice(run.now - 20, run.now, {STABLE: counts(5000), CANDIDATE: counts(500, 0.5)})
    run.look(slices=(ill,))
    assert run.look() == []
    assert run.state.phase is Phase.SHIFTING


class TestBothAlike:
    """Nobody's fault who is rolled out: pause, tell, return nothing."""

    @pytest.fixture
    def run(self) -> Run:
        run = at(Phase.WATCHING)
        run.mine = run.theirs = 0.4
        assert run.until(Phase.PAUSED) is Phase.PAUSED
        assert run.state.cause == BOTH
        return run

    def test_it_is_told_and_stays(self, run: Run) -> None:
        assert "both versions alike" in run.last(Kind.PAUSED)["why"]
        for _ in range(100):
            assert run.look() == []
        assert run.state.share == 10

    def test_when_both_are_well_again_it_waits_for_people_and_goes_on(self, run: Run) -> None:
        run.mine = run.theirs = 0.0
        for _ in range(20):
            assert run.look() == []
        run.look(Verb.RESUME)
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_whoever_resumes_as_soon_as_both_are_well_is_not_paused_for_what_was(
        self, run: Run
    ) -> None:
        run.mine = run.theirs = 0.0
        run.look(Verb.RESUME)
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_whoever_resumes_too_early_is_paused_again(self, run: Run) -> None:
        run.look(Verb.RESUME)
        assert run.state.phase is not Phase.PAUSED
        assert run.until(Phase.PAUSED, looks=12) is Phase.PAUSED
        assert run.state.cause == BOTH

    def test_a_candidate_that_stays_ill_alone_goes_back(self, run: Run) -> None:
        run.theirs = 0.0
        assert run.until(Phase.FINISHED, looks=12) is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "error rate"

    def test_a_limit_without_comparison_blames_nobody_meanwhile(self) -> None:
        source = {"kind": "webhook", "url": "http://a"}
        custom = {"custom": [{"name": "queue", "source": source, "atMost": 9}]}
        run = Run(strategy(analysis=custom))
        run.until(Phase.WATCHING)
        run.mine = run.theirs = 0.4
        run.until(Phase.PAUSED)
        for _ in range(10):
            run.look(numbers=(Number("queue", 99.0, 99.0),))
        assert run.state.phase is Phase.PAUSED

    def test_probes_of_both_pause_whoever_is_asked_first(self) -> None:
        run = at(Phase.WATCHING)
        run.look(candidate_probes=DEAD, stable_probes=Probed())
        for _ in range(4):
            run.look(**LOST_BOTH)
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, BOTH)

    def test_probes_of_a_candidate_that_is_back_a_moment_later_return_nothing(self) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.PAUSED, **LOST_BOTH)
        run.look(candidate_probes=DEAD, stable_probes=GOOD)
        run.look()
        assert run.state.phase is Phase.PAUSED

    def test_probes_of_a_candidate_that_stays_away_return_it(self) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.PAUSED, **LOST_BOTH)
        for _ in range(3):
            run.look(candidate_probes=DEAD, stable_probes=GOOD)
        assert run.state.phase is Phase.RETURNED

    def test_a_single_bad_probe_of_stable_excuses_no_candidate_for_ever(self) -> None:
        run = at(Phase.WATCHING)
        run.look(stable_probes=DEAD)
        for _ in range(6):
            run.look(candidate_probes=DEAD, stable_probes=Probed())
        assert run.state.phase is Phase.RETURNED

    def test_probes_of_both_do_not_excuse_errors_that_users_of_the_candidate_alone_meet(
        self,
    ) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.PAUSED, **LOST_BOTH)
        run.mine = 0.5
        run.until(Phase.FINISHED, looks=12, **LOST_BOTH)
        assert run.last(Kind.RETURNING)["cause"] == "error rate"

    def test_probes_of_both_that_go_on_failing_return_nothing(self) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.PAUSED, **LOST_BOTH)
        for _ in range(20):
            assert run.look(**LOST_BOTH) == []

    def test_in_the_bake_what_is_over_is_held_against_nobody(self) -> None:
        run = at(Phase.BAKING)
        run.rate = lambda _seconds: 2.0
        run.until(Phase.PAUSED, **LOST_BOTH)
        run.mine, run.rate = 1.0, lambda _seconds: 100.0
        for _ in range(5):
            run.look(**LOST_BOTH)
        run.mine = 0.0
        for _ in range(10):
            assert run.look() == []
        assert run.state.phase is Phase.PAUSED

    def test_in_the_bake_errors_of_the_same_moment_are_no_proof(self) -> None:
        run = at(Phase.BAKING)
        run.mine = 1.0
        thrice = Probed(bad=3, last="a timeout")
        run.look(candidate_probes=thrice, stable_probes=thrice)
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, BOTH)

    def test_in_the_bake_with_nobody_to_compare_with_nothing_is_returned(self) -> None:
        run = at(Phase.BAKING)
        run.rate = lambda _seconds: 2.0
        run.until(Phase.PAUSED, **LOST_BOTH)
        run.mine = 1.0
        for _ in range(50):
            run.look(**LOST_BOTH)
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, BOTH)
        run.mine = 0.0
        run.look(Verb.RESUME)
        assert run.until(Phase.PAUSED) is Phase.FINISHED


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [({"atMost": 9}, 9.0, 9.1), ({"atLeast": 9}, 9.0, 8.9), ({"atMostTimesStable": 2}, 18.0, 18.1)],
)
def test_a_number_of_ones_own_beyond_its_limit_thrice_in_a_row_returns(
    limit: dict[str, float], good: float, bad: float
) -> None:
    source = {"kind": "webhook", "url": "http://a"}
    run = Run(strategy(analysis={"custom": [{"name": "queue", "source": source, **limit}]}))
    run.until(Phase.WATCHING)
    for value in (bad, bad, good, bad, bad):
        run.look(numbers=(Number("queue", value, 9.0),))
        assert run.state.phase is Phase.WATCHING
    run.look(numbers=(Number("queue", bad, 9.0),))
    assert run.last(Kind.RETURNING)["cause"] == "queue"
    assert "3 times in a row" in run.last(Kind.RETURNING)["why"]


@pytest.mark.parametrize("name", ["route:POST /flags", "continent:SA", "visitor:new"])
def test_one_route_or_region_that_is_bad_returns_and_is_named(name: str) -> None:
    run = at(Phase.WATCHING)
    run.segment = (name, 0.5)
    assert run.until(Phase.PAUSED) is Phase.RETURNED
    told = run.last(Kind.RETURNING)
    assert any(verdict["metric"] == f"errors of {name}" for verdict in told["verdicts"])


def test_a_candidate_that_is_better_than_stable_passes() -> None:
    run = at(Phase.WATCHING)
    run.theirs, run.slower = 0.05, -6
    assert run.until(Phase.PAUSED) is Phase.FINISHED


class TestNobodyCounts:
    def test_the_analytics_take_over_when_the_recorder_is_gone(self) -> None:
        world = World()
        recorder, analytics = Source("recorder", world), Source("analytics", world)

        def breaks(now: State, _events: object) -> None:
            recorder.answers = now.share == 0

        controller = led(world, begun(world), on_events=breaks)
        controller.source = FallbackSource([recorder, analytics])
        assert controller.run().phase is Phase.FINISHED
        assert "silent" not in world.ledger.kinds()
        told = {e.body["source"] for e in world.ledger.entries if "source" in e.body}
        assert told == {"recorder", "analytics"}

    def test_both_gone_hold_then_return_and_never_pass(self) -> None:
        world = World()
        recorder, analytics = Source("recorder", world), Source("analytics", world)

        def breaks(now: State, _events: object) -> None:
            recorder.answers = analytics.answers = now.share == 0

        controller = led(world, begun(world), on_events=breaks)
        controller.source = FallbackSource([recorder, analytics])
        assert controller.run().phase is Phase.RETURNED
        kinds = world.ledger.kinds()
        assert "passed" not in kinds
        assert kinds.index("silent") < kinds.index("returning")
        assert world.served == {"old": ALL}

    @pytest.mark.parametrize("phase", [Phase.CONVERGING, Phase.PAUSED])
    def test_also_amid_a_pause_and_while_the_edge_does_not_agree(self, phase: Phase) -> None:
        run = at(phase)
        run.strategy = strategy(convergeLimit=3600)
        run.until(Phase.WATCHING, looks=30, source=None)
        assert run.last(Kind.RETURNING)["cause"] == "no data"

    @pytest.mark.parametrize("phase", [Phase.WATCHING, Phase.BAKING])
    def test_time_in_which_nobody_counts_does_not_count(self, phase: Phase) -> None:
        run = at(phase)
        for _ in range(10):
            run.look(source=None)
        assert (run.state.phase, run.state.watched) == (phase, 0.0)
        run.state = replace(run.state, watched=61.0)
        assert run.look(source=None) == []

    def test_one_that_answers_now_and_then_hides_no_harm(self) -> None:
        run = at(Phase.WATCHING)
        run.mine = 0.5
        for _ in range(4):
            run.look(source=None)
            run.look()
        assert run.state.phase is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "error rate"

    def test_what_is_heard_amid_a_split_ends_the_silence(self) -> None:
        run = at(Phase.WATCHING)
        run.look(source=None)
        run.applies = False
        run.look(Verb.PROMOTE, source=None)
        for _ in range(30):
            run.look()
        run.applies = True
        run.look()
        run.look(source=None)
        assert not run.state.is_over
        assert run.until(Phase.PAUSED) is Phase.FINISHED


@dataclass
class Source:
    """Counts what a world serves, as long as it answers."""

    name: str
    world: World
    answers: bool = True

    def since(self, after: float) -> Reading:
        if not self.answers:
            raise MetricsUnavailableError(f"the {self.name} do not answer")
        return self.world.since(after)


@pytest.mark.parametrize("phase", [Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED])
def test_what_users_meet_is_judged_in_each_phase(phase: Phase) -> None:
    run = at(Phase.WATCHING) if phase is Phase.SHIFTING else at(phase)
    if phase is Phase.SHIFTING:
        run.applies = False
        run.until(phase)
    known = run.state.judgement.candidate.requests
    run.look()
    assert run.state.phase is phase
    assert run.state.judgement.candidate.requests > known


def test_harm_that_begins_late_in_a_long_step_meets_a_new_bet_each_two_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Judgement] = []

    def restart(_: Judge, known: Judgement) -> Judgement:
        opened.append(known)
        return known

    monkeypatch.setattr(Judge, "restart", restart)
    run = at(Phase.WATCHING)
    run.strategy = Strategy.model_validate(
        {"name": "long", "steps": [{"share": 10, "duration": 900}, {"share": 100}]}
    )
    for _ in range(50):
        run.look()
    assert len(opened) == 2


class TestTwoAtOnce:
    def test_a_ledger_of_a_newer_program_is_refused_in_one_line(self) -> None:
        world = World()
        world.ledger.append(1, 0, [("started", "r1", {**STARTED, "format": FORMAT + 1})])
        with pytest.raises(RefusedError) as refused:
            read_rollouts(world.ledger.entries)
        assert "\n" not in refused.value.what
        assert refused.value.hint == "use the version that started it"

    def test_a_controller_whose_lease_is_taken_does_nothing_more_and_the_other_finishes(
        self,
    ) -> None:
        world = World()
        ended: list[Phase] = []

        def another(now: State, _events: Sequence[Event]) -> None:
            if now.share == 10 and now.phase is Phase.WATCHING and not ended:
                ended.append(Phase.READY)
                world.ledger.fence = 2
                (read,) = read_rollouts(world.ledger.entries)
                ended.append(led(world, read.state).run().phase)

        first = led(world, begun(world), on_events=another)
        with pytest.raises(LeaseLostError):
            first.run()
        assert ended == [Phase.READY, Phase.FINISHED]
        assert [posted.get("new") for posted in world.posted] == [Decimal(10), Decimal(50), ALL]
        kinds = world.ledger.kinds()
        assert (kinds.count("shifted"), kinds.count("finished")) == (3, 1)


class TestForeignHands:
    @pytest.mark.parametrize(
        "phase", [Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING, Phase.BAKING, Phase.PAUSED]
    )
    def test_a_deployment_of_somebody_else_pauses_and_is_left(self, phase: Phase) -> None:
        run = at(phase)
        run.look(live={"another": ALL}, after=61)
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, FOREIGN)
        assert "another 100 %" in run.last(Kind.PAUSED)["why"]
        run.mine = 1.0
        for _ in range(20):
            assert run.look(live={"another": ALL}, after=HOUR) == []

    @pytest.mark.parametrize(
        "phase", [Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING, Phase.BAKING, Phase.PAUSED]
    )
    def test_what_was_put_right_goes_on_where_it_was(self, phase: Phase) -> None:
        run = at(phase)
        share = run.state.share
        run.look(live={"another": ALL}, after=61)
        run.look(Verb.RESUME, live=run.state.shares(share))
        run.applies, run.seen = True, replace(run.seen, converged="agreed")
        assert run.until(Phase.PAUSED) is Phase.FINISHED
        assert [e.body["share"] for e in run.events if e.kind is Kind.SHIFT] == ["10", "50", "100"]

    @pytest.mark.parametrize("verb", [Verb.RESUME, Verb.PROMOTE])
    def test_what_is_asked_for_while_it_is_there_is_refused_and_says_so(self, verb: Verb) -> None:
        run = at(Phase.WATCHING)
        run.look(live={"another": ALL})
        (told,) = run.look(verb, live={"another": ALL})
        assert (told.kind, told.body["obeyed"]) == (Kind.ASKED, False)
        assert "another 100 %" in told.body["why"]
        assert run.state.phase is Phase.PAUSED

    def test_an_abort_puts_stable_back_all_the_same(self) -> None:
        run = at(Phase.WATCHING)
        run.look(Verb.ABORT, live={"another": ALL})
        assert run.state.phase is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "abort"

    @pytest.mark.parametrize(
        "phase", [Phase.CONVERGING, Phase.WATCHING, Phase.BAKING, Phase.PAUSED]
    )
    def test_stable_that_somebody_put_back_ends_it(self, phase: Phase) -> None:
        run = at(phase)
        run.look(live={STABLE: ALL}, after=61)
        assert run.state.phase is Phase.RETURNED
        assert run.last(Kind.RETURNED)["by"] == "somebody else"

    def test_nothing_else_is_told_then(self) -> None:
        run = at(Phase.WATCHING)
        run.look(source=None)
        run.look(after=61, source=None)
        found = run.look(live={STABLE: ALL})
        assert [event.kind for event in found] == [Kind.RETURNED]

    def test_a_late_read_of_the_split_before_is_nobodys_hand(self) -> None:
        run = at(Phase.WATCHING)
        run.until(Phase.CONVERGING)
        assert run.state.share == 50
        run.look(live={STABLE: Decimal(90), CANDIDATE: Decimal(10)})
        assert run.state.phase is Phase.WATCHING

    def test_also_after_a_deployment_of_somebody_else(self) -> None:
        run = at(Phase.WATCHING)
        run.look(live={"another": ALL})
        run.look(live={STABLE: ALL}, after=61)
        assert run.state.phase is Phase.RETURNED

    def test_stable_alone_before_anything_was_shifted_is_nobodys_hand(self) -> None:
        run = at(Phase.SHIFTING)
        assert run.look(live={STABLE: ALL}, after=61) == []


class TestAsked:
    def test_what_is_heard_twice_is_done_once(self) -> None:
        run = at(Phase.WATCHING)
        pause = Asked(7, Verb.PAUSE, "Ada")
        for _ in range(2):
            run.follow(
                decide(run.strategy, run.state, Measurements(source="s", asked=(pause,)), run.now)
            )
            run.look(Verb.RESUME)
        assert run.kinds().count(Kind.PAUSED) == 1

    @pytest.mark.parametrize("phase", [Phase.READY, Phase.SHIFTING, Phase.CONVERGING, Phase.BAKING])
    def test_a_pause_is_obeyed_in_each_phase(self, phase: Phase) -> None:
        run = at(phase)
        run.look(Verb.PAUSE)
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, "asked")
        for _ in range(30):
            assert run.look() == []
        run.look(Verb.RESUME)
        run.applies, run.seen = True, replace(run.seen, converged="agreed")
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_a_paused_bake_that_is_promoted_goes_on(self) -> None:
        run = at(Phase.BAKING)
        run.look(Verb.PAUSE)
        kinds = [event.kind for event in run.look(Verb.PROMOTE)]
        assert Kind.RESUMED in kinds
        assert Kind.SHIFT not in kinds
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_a_paused_bake_still_goes_back_for_harm(self) -> None:
        run = at(Phase.BAKING)
        run.look(Verb.PAUSE)
        run.mine = 0.03
        assert run.until(Phase.FINISHED) is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "error rate"

    @pytest.mark.parametrize(
        ("verb", "phase", "why"),
        [
            (Verb.RESUME, Phase.WATCHING, "not paused"),
            (Verb.PAUSE, Phase.PAUSED, "paused already"),
            (Verb.PROMOTE, Phase.BAKING, "everything already"),
        ],
    )
    def test_what_cannot_be_obeyed_says_why(self, verb: Verb, phase: Phase, why: str) -> None:
        run = at(phase)
        (told,) = run.look(verb)
        assert told.body["obeyed"] is False
        assert why in told.body["why"]
        assert run.state.phase is phase

    def test_what_comes_while_stable_is_put_back_says_so(self) -> None:
        run = at(Phase.WATCHING)
        run.puts_back = False
        run.look(Verb.ABORT)
        (told,) = run.look(Verb.RESUME)
        assert (told.body["obeyed"], told.body["why"]) == (False, "it is returning")

    def test_what_comes_when_somebody_has_put_stable_back_says_so(self) -> None:
        run = at(Phase.WATCHING)
        run.look(after=61)
        *_, told = run.look(Verb.PROMOTE, live={STABLE: ALL})
        assert (told.body["obeyed"], told.body["why"]) == (False, "it is returned")

    def test_a_promotion_amid_a_split_follows_when_that_is_done(self) -> None:
        run = at(Phase.SHIFTING)
        (told,) = run.look(Verb.PROMOTE)
        assert (told.body["obeyed"], told.body["why"]) == (
            True,
            "after 10 %, which is being applied",
        )
        assert run.state.wanted == 10
        run.applies = True
        run.look()
        run.look()
        assert run.state.share == ALL
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_a_promotion_amid_a_pause_of_a_split_goes_on_with_it_first(self) -> None:
        run = at(Phase.SHIFTING)
        run.look(Verb.PAUSE)
        run.look(Verb.PROMOTE)
        assert (run.state.phase, run.state.wanted) == (Phase.SHIFTING, Decimal(10))
        run.applies = True
        run.look()
        run.look()
        assert run.state.share == ALL

    def test_a_pause_takes_a_promised_promotion_back(self) -> None:
        run = at(Phase.SHIFTING)
        run.look(Verb.PROMOTE)
        run.look(Verb.PAUSE)
        run.applies = True
        run.look(Verb.RESUME)
        run.look()
        assert (run.state.phase, run.state.share) == (Phase.WATCHING, Decimal(10))

    def test_a_resumed_step_begins_anew_with_all_its_extensions(self) -> None:
        run = at(Phase.WATCHING)
        run.rate = lambda _seconds: 3.0
        run.until(Phase.PAUSED)
        assert run.state.extended == 3
        run.look(Verb.RESUME)
        assert (run.state.phase, run.state.watched, run.state.extended) == (Phase.WATCHING, 0.0, 0)

    def test_a_resumed_rollout_sees_the_edge_agree_before_it_counts_time(self) -> None:
        run = at(Phase.CONVERGING)
        run.look(Verb.PAUSE)
        run.look(Verb.RESUME)
        assert run.state.phase is Phase.CONVERGING


def test_a_split_that_arrives_amid_a_pause_is_known_and_the_pause_goes_on() -> None:
    run = at(Phase.SHIFTING)
    run.look(Verb.PAUSE)
    run.state = evolve(run.state, Event(Kind.SHIFTED, {"share": "10"}), run.now)
    assert (run.state.phase, run.state.share, run.state.wanted) == (Phase.PAUSED, Decimal(10), None)
    run.look(Verb.RESUME)
    assert run.state.phase is Phase.WATCHING


def test_harm_of_a_split_that_serves_before_it_is_confirmed_goes_back() -> None:
    run = at(Phase.SHIFTING)
    broken = Slice(0, 5, {STABLE: counts(900), CANDIDATE: counts(200, 1.0)})
    run.look(slices=(broken,))
    assert run.state.phase is Phase.RETURNED
