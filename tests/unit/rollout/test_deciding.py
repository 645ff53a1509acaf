"""What follows from what is seen, case by case."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from delivery.rollout.deciding import decide
from delivery.rollout.events import Kind
from delivery.rollout.measurements import Asked, Measurements, Probed, Verb
from delivery.rollout.state import ALL, Phase
from delivery.rollout.strategy import Strategy
from tests.unit.rollout.runs import GOOD, STABLE, Run, strategy


@pytest.fixture
def run() -> Run:
    """In its first step, at 10 %."""
    run = Run(strategy())
    run.until(Phase.WATCHING)
    return run


@pytest.mark.parametrize(
    ("plan", "shares"),
    [
        (strategy(1, 10, 50, 100), ["1", "10", "50", "100"]),
        (strategy(0, 100), ["0", "100"]),
        (strategy(0, 100, split=False), ["0", "100"]),
    ],
    ids=["canary", "blue-green", "all at once"],
)
def test_a_good_candidate_gets_everything_step_by_step(plan: Strategy, shares: list[str]) -> None:
    run = Run(plan)
    assert run.until(Phase.PAUSED) is Phase.FINISHED
    assert [e.body["share"] for e in run.events if e.kind is Kind.SHIFT] == shares
    assert run.kinds().count(Kind.PASSED) == len(shares) - 1
    assert run.last(Kind.PASSED)["verdicts"]


def test_a_candidate_that_is_better_than_stable_passes(run: Run) -> None:
    run.theirs = 0.03
    assert run.until(Phase.PAUSED) is Phase.FINISHED


def test_tenfold_traffic_for_both_is_nobodys_fault(run: Run) -> None:
    run.rate = lambda seconds: 1000.0 if seconds > 60 else 100.0
    assert run.until(Phase.PAUSED) is Phase.FINISHED


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        ({"mine": 0.05}, "error rate"),
        ({"mine": 0.5}, "error rate"),
        ({"slower": 12}, "p95 latency"),
    ],
)
def test_harm_returns_with_its_numbers(run: Run, harm: dict[str, Any], cause: str) -> None:
    for name, value in harm.items():
        setattr(run, name, value)
    assert run.until(Phase.PAUSED) is Phase.RETURNED
    told = run.last(Kind.RETURNING)
    assert cause in told["cause"] or "latency" in told["cause"]
    assert told["verdicts"] or ", above " in told["why"]


def test_stable_that_is_as_bad_pauses_and_returns_nothing(run: Run) -> None:
    run.mine = run.theirs = 0.4
    assert run.until(Phase.PAUSED) is Phase.PAUSED
    assert "both versions alike" in run.last(Kind.PAUSED)["why"]
    for _ in range(11):
        run.look(after=3600)
    assert run.state.phase is Phase.PAUSED
    run.look(after=3600)
    assert run.last(Kind.RETURNING)["cause"] == "pause"


class TestForeignHands:
    def test_a_deployment_of_somebody_else_is_left_alone(self, run: Run) -> None:
        run.look(live={"another": ALL})
        assert (run.state.phase, run.state.cause) == (Phase.PAUSED, "foreign")
        assert "another 100 %" in run.last(Kind.PAUSED)["why"]
        run.look(live={"another": ALL}, after=90_000)
        assert run.state.phase is Phase.PAUSED

    def test_stable_put_back_by_somebody_ends_it(self, run: Run) -> None:
        run.look(live={STABLE: ALL}, after=61)
        assert run.state.phase is Phase.RETURNED
        assert run.last(Kind.RETURNED)["by"] == "somebody else"

    def test_a_stale_read_just_after_a_shift_is_nobodys_hand(self, run: Run) -> None:
        run.look(live={STABLE: ALL}, after=5)
        assert run.state.phase is Phase.WATCHING

    def test_resumed_in_the_midst_of_a_shift_it_goes_on_shifting(self) -> None:
        run = Run(strategy(), applies=False)
        run.look()
        run.look(live={"another": ALL})
        run.look(Verb.RESUME)
        assert (run.state.phase, run.state.wanted) == (Phase.SHIFTING, Decimal(10))


class TestSilence:
    @pytest.mark.parametrize("share", [0, 10])
    def test_it_holds_then_returns_and_never_passes(self, share: int) -> None:
        run = Run(strategy(share, 100))
        run.until(Phase.WATCHING)
        assert run.until(Phase.PAUSED, source=None) is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == "no data"
        assert Kind.PASSED not in run.kinds()

    def test_a_source_that_answers_again_goes_on(self, run: Run) -> None:
        run.look(source=None)
        assert run.look()[0].kind is Kind.HEARD
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_a_step_that_has_run_its_time_does_not_pass_in_silence(self, run: Run) -> None:
        while run.state.watched < 54:
            run.look()
        run.state = replace(run.state, watched=61.0, silent_since=run.now)
        run.look(source=None)
        assert Kind.PASSED not in run.kinds()

    def test_in_the_bake_it_returns_as_well(self, run: Run) -> None:
        run.until(Phase.BAKING)
        assert run.until(Phase.PAUSED, source=None) is Phase.RETURNED


class TestProbes:
    def test_three_that_fail_return(self, run: Run) -> None:
        bad = Probed(bad=1, last="/health answered 500")
        assert run.until(Phase.PAUSED, looks=3, candidate_probes=bad) is Phase.RETURNED
        assert "/health answered 500" in run.last(Kind.RETURNING)["why"]

    def test_those_of_both_versions_pause(self, run: Run) -> None:
        bad = Probed(bad=1, last="a timeout")
        found = run.until(Phase.PAUSED, candidate_probes=bad, stable_probes=bad)
        assert (found, run.state.cause) == (Phase.PAUSED, "both")

    def test_a_good_one_ends_the_row(self, run: Run) -> None:
        bad = Probed(bad=2, last="a timeout")
        for seen in (bad, GOOD, bad):
            run.look(candidate_probes=seen)
        assert run.state.phase is Phase.WATCHING

    def test_without_a_single_answer_a_share_of_nothing_does_not_pass(self) -> None:
        run = Run(strategy(0, 100))
        assert run.until(Phase.PAUSED, candidate_probes=Probed()) is Phase.PAUSED
        assert run.state.cause == "inconclusive"


def test_requests_that_nobody_reported_return(run: Run) -> None:
    run.look(unreported="Cloudflare counts 900 invocations, 3 were reported")
    assert run.last(Kind.RETURNING)["cause"] == "unreported"


class TestAsked:
    @pytest.mark.parametrize(("verb", "cause"), [(Verb.ABORT, "abort"), (Verb.SIGNAL, "security")])
    def test_what_returns(self, run: Run, verb: Verb, cause: str) -> None:
        run.look(verb)
        assert run.state.phase is Phase.RETURNED
        assert run.last(Kind.RETURNING)["cause"] == cause

    def test_pause_and_resume(self, run: Run) -> None:
        run.look(Verb.PAUSE)
        assert run.state.phase is Phase.PAUSED
        run.look(Verb.RESUME)
        assert run.state.phase is Phase.WATCHING

    def test_a_pause_before_the_first_step_resumes_before_it(self) -> None:
        run = Run(strategy())
        run.look(Verb.PAUSE)
        assert (run.state.phase, run.state.step) == (Phase.PAUSED, -1)
        run.look(Verb.RESUME)
        assert run.last(Kind.SHIFT)["step"] == 0
        assert run.until(Phase.PAUSED) is Phase.FINISHED

    def test_promote_gives_everything_and_is_still_judged(self, run: Run) -> None:
        run.look(Verb.PROMOTE)
        run.mine = 0.5
        assert run.state.share == ALL
        assert run.until(Phase.PAUSED) is Phase.RETURNED

    def test_what_was_heard_is_not_heard_again(self, run: Run) -> None:
        run.look(Verb.PAUSE)
        run.state = replace(run.state, heard=9)
        again = Asked(9, Verb.ABORT, "Ada")
        assert not [
            e
            for e in decide(
                run.strategy, run.state, Measurements(source="s", asked=(again,)), run.now
            )
            if e.kind is Kind.RETURNING
        ]

    def test_a_pause_that_nobody_ends_returns(self, run: Run) -> None:
        run.look(Verb.PAUSE)
        run.look(after=43_199)
        assert run.state.phase is Phase.PAUSED
        run.look()
        assert run.last(Kind.RETURNING)["cause"] == "pause"


class TestDoubt:
    @pytest.mark.parametrize(
        ("then", "ends"), [("pause", Phase.PAUSED), ("return", Phase.RETURNED)]
    )
    def test_it_extends_and_then_does_as_the_strategy_says(self, then: str, ends: Phase) -> None:
        run = Run(strategy(inconclusive={"extensions": 2, "then": then}))
        run.rate = lambda _seconds: 3.0
        assert run.until(Phase.PAUSED) is ends
        assert run.kinds().count(Kind.EXTENDED) == 2
        assert "fewer than" in run.last(Kind.EXTENDED)["why"]

    def test_traffic_that_stops_at_ten_percent_passes_nothing(self, run: Run) -> None:
        run.rate = lambda _seconds: 0.0
        assert run.until(Phase.PAUSED) is Phase.PAUSED
        assert Kind.PASSED not in run.kinds()


def test_a_split_that_cannot_be_applied_returns() -> None:
    run = Run(strategy(), applies=False)
    run.look()
    for _ in range(20):
        run.look(after=30)
    assert run.last(Kind.RETURNING)["cause"] == "shift"


def test_harm_in_the_bake_returns(run: Run) -> None:
    run.until(Phase.BAKING)
    run.mine = 0.06
    assert run.until(Phase.PAUSED) is Phase.RETURNED
    assert run.last(Kind.RETURNING)["cause"] == "error rate"
