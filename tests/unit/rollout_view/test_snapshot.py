"""A picture holds what the ledger says, and what was counted since, each request once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from delivery.analysis.judgement import Judgement
from delivery.analysis.verdict import Outcome
from delivery.rollout.ledger import Lease
from delivery.rollout.measurements import Verb
from delivery.rollout.state import Phase
from delivery.rollout.view.weighing import Weighed
from tests.unit.rollout_view.ledgers import CANDIDATE, STABLE, World, strategy


def watched(looks: int = 4, **changed: float) -> World:
    world = World(strategy(10, 50, 100), **changed)  # pyright: ignore[reportArgumentType]
    world.until(Phase.WATCHING)
    for _ in range(looks):
        world.look()
    return world


def test_what_the_recorder_has_counted_since_the_last_entry_is_added_and_nothing_twice() -> None:
    world = watched()
    written = world.picture()
    assert written.candidate.requests == world.state.judgement.candidate.requests > 0
    old = world.slice()
    world.now += 5
    new = world.slice()
    picture = world.picture(old, new)
    assert picture.candidate.requests == written.candidate.requests + new.of(CANDIDATE).requests
    assert picture.stable.requests == written.stable.requests + new.of(STABLE).requests
    assert picture.candidate.per_second == pytest.approx(10)


def test_evidence_is_what_the_controller_will_have_at_its_next_look() -> None:
    world = watched(theirs=0.01, mine=0.02)
    world.now += 5
    ahead = world.picture(world.slice())
    world.now -= 5
    world.look()
    assert ahead.metrics == world.picture().metrics


def test_rates_and_quantiles_have_bands_around_them() -> None:
    picture = watched(rate=400, theirs=0.01, mine=0.01).picture()
    errors, p95 = picture.stable.errors, picture.stable.p95
    assert errors.value is not None
    assert 0 < errors.low < errors.value < errors.high < 0.02
    assert p95 is not None
    assert p95.high is not None
    assert p95.low <= p95.value <= p95.high


def test_bands_are_as_sure_as_the_strategy_asks_for() -> None:
    widths: list[float] = []
    for confidence in (95, 99.9):
        world = World(strategy(10, 100, analysis={"confidence": confidence}), rate=60)
        world.until(Phase.WATCHING)
        world.look()
        errors = world.picture().stable.errors
        widths.append(errors.high - errors.low)
    assert widths[1] > 1.2 * widths[0]


def metric(world: World, name: str) -> Weighed:
    return next(one for one in world.picture().metrics if one.name == name)


def test_evidence_fills_a_bar_towards_a_pass_or_towards_a_fail() -> None:
    good = metric(watched(8), "error rate")
    assert good.outcome is Outcome.PASS
    assert (good.to_pass, good.to_fail) == (1, 0)
    bad = World(strategy(10, 50, 100, triggers={"errorRate": None}), mine=0.3)
    bad.until(Phase.RETURNING)
    assert metric(bad, "error rate").to_fail == 1
    doubtful = World(strategy(10, 50, 100, triggers={"errorRate": None}), mine=0.02)
    doubtful.until(Phase.WATCHING)
    pair = None
    while pair is None or not pair.worse.log_e > 0:
        doubtful.look()
        pair = doubtful.state.judgement.metrics.get("error rate")
    decides = doubtful.strategy.judge.failing
    assert metric(doubtful, "error rate").to_fail == pytest.approx(pair.worse.log_e / decides)


def test_what_was_asked_for_and_answered_is_not_told_as_if_it_were_to_come() -> None:
    world = World(strategy(10, 50, 100))
    world.until(Phase.WATCHING)
    world.write("request", {"verb": "pause", "by": "ada@laptop"})
    assert world.picture().outlook.said.startswith("heard at the next look: pause")
    world.state = replace(world.state, heard=len(world.entries) - 1)
    world.look(Verb.PAUSE)
    assert not world.picture().outlook.said.startswith("heard at the next look")


def test_how_much_is_missing_is_foretold_from_how_evidence_has_grown_of_late() -> None:
    sure = {"confidence": 99.9, "errors": {"tolerance": 1}}
    world = World(strategy(10, 50, 100, analysis=sure))
    world.until(Phase.WATCHING)
    known: list[Judgement] = []
    for _ in range(5):
        world.look()
        known.append(world.state.judgement)
    whole = metric(world, "error rate").more
    (lately, *_) = (one.more for one in world.picture(before=known[-3]).metrics)
    requests = world.state.judgement.candidate.requests
    while metric(world, "error rate").outcome is not Outcome.PASS:
        world.look()
    needed = world.state.judgement.candidate.requests - requests
    assert whole is not None
    assert lately is not None
    # A bet learns at first: the mean of the step tells of more than there will be.
    assert needed - 50 < lately < whole
    assert lately < 1.25 * needed


def test_what_has_too_few_requests_behind_it_says_so_and_stands_in_nobodys_way() -> None:
    unused = metric(watched(), "database failures")
    assert (unused.outcome, unused.to_pass, unused.why) == (None, None, "too few to judge")


def test_the_segment_that_looks_worst_is_shown() -> None:
    world = watched()
    bad = {"route:POST /flags": (200, 150), "route:GET /": (1000, 0)}
    slices = [world.slice()]
    slices[0] = replace(
        slices[0],
        start=world.now + 1,
        end=world.now + 2,
        versions={
            STABLE: replace(slices[0].of(STABLE), segments={"route:POST /flags": (2000, 1)}),
            CANDIDATE: replace(slices[0].of(CANDIDATE), segments=bad),
        },
    )
    slices.append(replace(slices[0], start=world.now + 2, end=world.now + 3))
    names = [one.name for one in world.picture(*slices).metrics]
    assert names[-1] == "errors of route:POST /flags"


def test_during_the_bake_the_candidate_stands_against_what_stable_was() -> None:
    world = World(strategy(10, 50, 100))
    world.until(Phase.BAKING)
    first = replace(world.slice(), start=world.now, end=world.now + 5)
    world.look()
    picture = world.picture(first)
    assert picture.span == "since 100 %"
    assert picture.candidate.requests == first.of(CANDIDATE).requests
    assert picture.stable.requests == world.state.judgement.stable_before.requests + (
        world.state.judgement.stable.requests
    )
    assert [one.to_pass for one in picture.metrics] == [None] * len(picture.metrics)
    # Without the recorder the ledger's own evidence tells how many there were.
    assert world.picture().candidate.requests == world.state.bake.evidence["error rate"].trials1 > 0


def test_a_finished_rollout_keeps_its_last_numbers() -> None:
    world = World(strategy(10, 50, 100))
    world.until(Phase.FINISHED)
    picture = world.picture()
    assert picture.is_over
    assert picture.candidate.requests > 0
    assert {step.place for step in picture.track} == {"done"}


def test_the_track_tells_what_is_done_where_it_is_and_what_is_to_come() -> None:
    world = World(strategy(10, 50, 100))
    world.until(Phase.WATCHING)
    places = [(step.share, step.place) for step in world.picture().track]
    assert places == [
        (Decimal(10), "current"),
        (Decimal(50), "to come"),
        (Decimal(100), "to come"),
        (None, "to come"),
    ]
    world.until(Phase.BAKING)
    assert [step.place for step in world.picture().track] == ["done", "done", "done", "current"]
    bad = World(strategy(10, 50, 100), mine=0.3)
    bad.until(Phase.RETURNING)
    assert next(step.place for step in bad.picture().track) == "left"


def test_who_leads_it_and_whether_the_switch_is_armed() -> None:
    world = watched()
    led = world.picture()
    assert (led.leader, led.switch) == ("ada@laptop (process 7, beef)", "armed")
    late = world.picture(lease=Lease("ada", 1, world.now - 1))
    assert late.leader is None
    assert late.outlook.said.startswith("nobody leads it")
    other = world.picture(switch={"rollout": "another", "phase": "armed"})
    assert other.switch is None


def test_numbers_are_no_events_and_what_a_newer_program_wrote_is_one_line() -> None:
    world = watched()
    world.write("switched", {"tries": "often"})
    world.write("celebrated", {"why": "because"})
    events = world.picture().events
    assert "observed" not in {event.kind for event in events}
    assert [event.text for event in events[-2:]] == [
        "what this version of the program cannot tell",
        "because",
    ]
