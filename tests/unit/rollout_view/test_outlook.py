"""The sentence of what comes next: when it is decided, what it hangs on, and what follows otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delivery.rollout.measurements import Verb
from delivery.rollout.state import Phase, State
from delivery.rollout.view.outlook import Outlook, outlook
from tests.unit.rollout_view.ledgers import World, strategy


def said(world: World, **changed: Any) -> str:
    return outlook(world.strategy, world.state, world.now, stack="staging", **changed).said


def watching(world: World, looks: int = 4) -> World:
    world.until(Phase.WATCHING)
    for _ in range(looks):
        world.look()
    return world


def test_a_step_says_when_it_is_decided_and_that_all_pass_already() -> None:
    world = watching(World(strategy(10, 50, 100)), 10)
    told = outlook(world.strategy, world.state, world.now)
    assert told.seconds == 10
    assert told.said == (
        "in 10 s step 1 (10 %) is decided: errors, cache, p50 and p95 pass already; then 50 %"
    )


def test_what_does_not_pass_yet_says_about_how_much_is_missing_and_what_follows_otherwise() -> None:
    # 2 requests a second for the candidate, of which a step asks for 100.
    world = watching(World(strategy(10, 50, 100), rate=20), 4)
    told = said(world, rate=2.0)
    assert "errors, p50, p95 and p99 need 50 more requests (25 s)" in told
    assert told.endswith("if not by then, it goes on for 30 s (extension 1 of 3)")


def test_evidence_that_grows_slowly_is_foretold_in_requests() -> None:
    steps = [{"share": 10, "duration": 60, "leastRequests": 1}, {"share": 100}]
    world = watching(World(strategy(steps=steps), rate=60), 1)
    told = said(world, rate=6.0)
    assert "cache and p50 pass already; errors needs about 25 more requests (4 s); if not" in told


def test_after_the_last_extension_it_says_what_the_strategy_wants_then() -> None:
    for then, words in (("pause", "it pauses"), ("return", "stable is put back")):
        few = strategy(10, 100, inconclusive={"extensions": 1, "then": then})
        world = watching(World(few, rate=2), 14)
        assert world.state.extended == 1
        assert said(world).endswith(f"if not by then, {words}")


def test_an_extension_is_half_the_step_more() -> None:
    few = strategy(10, 100, inconclusive={"extensions": 2, "then": "pause"})
    world = World(few, rate=2)
    while not world.state.extended:
        world.look()
    half = few.steps[0].duration / 2
    told = outlook(few, world.state, world.now)
    assert told.seconds == pytest.approx(half - (world.state.watched - 2 * half))


def test_the_clock_goes_on_between_two_entries_but_not_for_ever() -> None:
    world = watching(World(strategy(10, 50, 100)), 4)

    def left(after: float) -> float | None:
        return outlook(world.strategy, world.state, world.now + after).seconds

    assert left(0) == 40
    assert left(7) == 33
    # A controller that writes nothing has perhaps watched nothing either.
    assert left(600) == 25


def test_harm_is_told_before_anything_else() -> None:
    bad = World(strategy(10, 50, 100, triggers={"errorRate": None}), mine=0.05)
    bad.until(Phase.WATCHING)
    bad.until(Phase.RETURNING)
    harmed = bad.state
    told = outlook(bad.strategy, replace(harmed, phase=Phase.WATCHING), bad.now)
    assert told == Outlook(0.0, "errors shown to be worse: stable is put back at the next look")


def test_while_nobody_counts_it_counts_down_to_the_return() -> None:
    world = watching(World(strategy(10, 50, 100)), 1)
    world.source = None
    for _ in range(3):
        world.look()
    told = outlook(world.strategy, world.state, world.now + 3)
    assert told.seconds == 107
    assert told.said.startswith("nobody has counted for 13 s: stable is put back in 107 s")


def test_a_pause_says_who_decides_and_when_it_ends_by_itself() -> None:
    world = watching(World(strategy(10, 50, 100)), 1)
    world.look(Verb.PAUSE)
    assert world.state.phase is Phase.PAUSED
    told = said(world)
    assert "`pitchey rollout resume staging`, promote or abort" in told
    assert told.endswith("in 12 h stable is put back")


def test_somebody_elses_deployment_is_left_alone_for_ever() -> None:
    world = watching(World(strategy(10, 50, 100)), 1)
    paused = replace(world.state, phase=Phase.PAUSED, cause="foreign")
    told = outlook(world.strategy, paused, world.now + 1e6)
    assert told.seconds is None
    assert told.said.endswith("nothing is returned by itself")


def test_when_nobody_leads_it_it_says_who_goes_on_and_what_the_switch_does() -> None:
    world = watching(World(strategy(10, 50, 100)), 1)
    alone = "nobody leads it: `pitchey rollout resume staging` goes on"
    assert said(world, led=False) == alone
    assert said(world, led=False, armed=True).startswith(f"{alone}, or the dead-man's switch")


def test_what_somebody_asked_for_is_heard_next() -> None:
    world = watching(World(strategy(10, 50, 100)), 1)
    told = said(world, asked=("abort, asked by ada: wrong version",))
    assert told == "heard at the next look: abort, asked by ada: wrong version"


def test_a_bake_says_when_it_is_over_and_what_is_nearest_to_harm() -> None:
    world = World(strategy(10, 50, 100), rate=400, theirs=0.001)
    world.until(Phase.BAKING)
    for _ in range(4):
        world.look()
    assert said(world) == (
        "in 9 min 40 s it is finished, if nothing is shown to be worse than stable was"
    )
    # Worse, and just not shown yet.
    world.mine = 0.016
    for _ in range(4):
        world.look()
    assert "; nearest: errors at " in said(world)
    assert said(world).endswith(" to 1 of 1,400")


def test_probes_decide_a_step_at_0_percent() -> None:
    world = World(strategy(0, 100))
    world.until(Phase.WATCHING)
    assert "no probe of the candidate was answered yet" in said(world)
    world.look()
    assert "probes passes already; then 100 %" in said(world).replace(
        "pass already", "passes already"
    )


def test_every_phase_has_an_outlook() -> None:
    world = World(strategy(10, 50, 100))
    seen: dict[Phase, State] = {}
    while not world.state.is_over:
        seen.setdefault(world.state.phase, world.state)
        world.look()
    seen[world.state.phase] = world.state
    for phase in (Phase.RETURNING, Phase.RETURNED, Phase.PAUSED):
        seen[phase] = replace(seen[Phase.WATCHING], phase=phase, cause="abort")
    assert set(seen) >= {
        Phase.READY,
        Phase.CONVERGING,
        Phase.WATCHING,
        Phase.BAKING,
        Phase.FINISHED,
    }
    for state in seen.values():
        assert len(outlook(world.strategy, state, world.now).said) > 10
