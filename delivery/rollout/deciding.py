"""The decision: what follows from where a rollout stands and what was seen. Pure: no clock, no network, no file.

`decide` gives events. Some of them ask the controller to do something, which it does as long as the state says that it is still
to be done: `shift` (apply the split), `returning` (put stable back). Production, the simulation and the tests run this function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from delivery.analysis.bake import begin_bake, observe_bake
from delivery.analysis.judgement import Judgement
from delivery.analysis.metrics import Custom
from delivery.analysis.verdict import Outcome, Verdict
from delivery.rollout.asking import asked
from delivery.rollout.decisions import (
    FOREIGN,
    decided,
    is_baked,
    is_ours,
    paused,
    returning,
    shift,
    strange,
    told,
)
from delivery.rollout.durations import duration
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Measurements, Number
from delivery.rollout.state import ALL, Phase, State, evolve
from delivery.rollout.strategy import Step, Strategy
from delivery.rollout.trouble import silence, trouble

_JUDGED: Final = frozenset({Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED, Phase.SHIFTING})
_STALE_SECONDS: Final = 60.0
"""So long after a change a read of the API may still tell what was before."""
_NEW_BET_SECONDS: Final = 120.0
"""How often a new bet is opened on harm that begins only now; more of them find late harm no sooner (simulated)."""
_LONGEST_GAP: Final = 120.0
"""More time between two looks is a clock that jumped, a laptop that slept, or a controller that was not there."""


def decide(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """The events that follow, in their order. Nothing follows when a rollout is over."""
    if state.is_over:
        return []
    events: list[Event] = []
    for rule in (_observed, _foreign, asked, silence, trouble, _progress):
        # Who asks for something when it is over hears so.
        if state.is_over and rule is not asked:
            break
        for event in rule(strategy, state, seen, now):
            events.append(decided(event, now) if event.kind is Kind.RETURNING else event)
            state = evolve(state, event, now)
    return events


# Foreign hands


def _foreign(_: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """A deployment that nobody here made is never overwritten."""
    if seen.live is None or state.phase is Phase.RETURNING or is_ours(state, seen.live):
        return []
    live = dict(seen.live)
    if now - state.since < _STALE_SECONDS and live == state.shares(state.previous):
        return []
    if live == state.shares(Decimal(0)) and state.share > 0:
        why = "stable was put back by somebody else: a rollback by hand, or the dead-man's switch"
        return [Event(Kind.RETURNED, {"why": why, "by": "somebody else", "deployment": None})]
    if state.phase is Phase.PAUSED and state.cause == FOREIGN:
        return []
    return [paused(FOREIGN, f"{strange(live)}; it is left as it is")]


# Numbers


def _observed(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    judge = strategy.judge
    judgement, bake, window = state.judgement, state.bake, state.window
    watched, gap = state.watched, now - state.looked
    if seen.source is not None and state.phase in {Phase.WATCHING, Phase.BAKING}:
        # A clock that jumps, or a laptop that slept, watches nothing meanwhile.
        passed = min(max(gap, 0.0), 3 * strategy.look)
        before, watched = watched, watched + passed
        if before // _NEW_BET_SECONDS != watched // _NEW_BET_SECONDS:
            judgement = judge.restart(judgement)
    for one in seen.slices:
        if is_baked(state):
            bake = observe_bake(judge, bake, one, state.candidate)
        elif state.phase in _JUDGED:
            judgement = judge.observe(judgement, one, state.stable, state.candidate)
    if seen.slices and state.phase is not Phase.READY:
        # The first look reads what was counted before: the candidate may have failed in another rollout a moment ago.
        since = seen.slices[-1].end - strategy.triggers.window
        window = tuple(one for one in (*window, *seen.slices) if one.end > since)
    if seen.numbers:
        judgement = replace(judgement, bad_numbers=_bad_numbers(strategy, judgement, seen.numbers))
    through = state.through if seen.through is None else max(seen.through, state.through)
    return [
        Event(
            Kind.OBSERVED,
            {
                "through": through,
                "watched": watched,
                "skipped": _skipped(strategy, gap),
                "source": seen.source,
                **_probes(strategy, state, seen),
                "window": window,
            },
            judgement,
            bake if is_baked(state) else None,
        )
    ]


def _skipped(strategy: Strategy, gap: float) -> float:
    """Seconds between two looks in which nobody looked: they are no part of a wait."""
    counted = 3 * strategy.look
    return gap - counted if gap > max(counted, _LONGEST_GAP) else 0.0


def _probes(strategy: Strategy, state: State, seen: Measurements) -> dict[str, int]:
    mine, theirs = seen.candidate_probes, seen.stable_probes
    limit = strategy.triggers.failed_probes
    # A row that stable failed as well is held against nobody: it begins anew when stable answers again.
    anew = mine.good or (theirs.good and state.stable_failed_probes >= limit)
    return {
        "failedProbes": mine.bad if anew else state.failed_probes + mine.bad,
        "goodProbes": state.good_probes + mine.good,
        "stableFailedProbes": theirs.bad
        if theirs.good
        else state.stable_failed_probes + theirs.bad,
    }


def _bad_numbers(
    strategy: Strategy, judgement: Judgement, numbers: Sequence[Number]
) -> dict[str, int]:
    streaks = dict(judgement.bad_numbers)
    known = {custom.name: custom for custom in strategy.analysis.custom}
    for number in numbers:
        custom = known.get(number.name)
        if custom is None or number.candidate is None:
            continue
        bad = _is_bad(custom, number.candidate, number.stable)
        streaks[number.name] = streaks.get(number.name, 0) + 1 if bad else 0
    return streaks


def _is_bad(custom: Custom, candidate: float, stable: float | None) -> bool:
    if custom.at_most is not None and candidate > custom.at_most:
        return True
    if custom.at_least is not None and candidate < custom.at_least:
        return True
    times = custom.at_most_times_stable
    return times is not None and stable is not None and candidate > times * stable


# Progress


def _progress(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:  # noqa: PLR0911 (one return a case)
    if state.promised and state.phase in {Phase.CONVERGING, Phase.WATCHING} and state.share < ALL:
        return [shift(strategy, strategy.last_step, f"promoted: {state.promised} asked for it")]
    if state.silent_since is not None and state.phase in {Phase.WATCHING, Phase.BAKING}:
        # What was heard before is no pass while nobody counts.
        return []
    match state.phase:
        case Phase.READY:
            return [shift(strategy, 0, "the first step")]
        case Phase.SHIFTING if now - state.since >= strategy.shift_limit:
            waited = duration(now - state.since)
            return [returning("shift", f"the split could not be applied for {waited}")]
        case Phase.CONVERGING:
            return _converged(strategy, state, seen, now)
        case Phase.WATCHING if state.watched >= _duration(strategy, state):
            return _at_end(strategy, state, now)
        case Phase.BAKING if state.watched >= strategy.bake:
            why = f"{duration(state.watched)} at 100 % without harm"
            return [Event(Kind.FINISHED, {"why": why})]
        case Phase.PAUSED if now - state.since >= strategy.pause_limit and state.cause != FOREIGN:
            return [returning("pause", f"nobody decided for {duration(now - state.since)}")]
        case _:
            return []


def _converged(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    said = seen.converged
    if said is None:
        if now - state.since < strategy.converge_limit:
            return []
        said = f"not agreed on after {duration(now - state.since)}; it goes on"
    converged = Event(Kind.CONVERGED, {"said": said})
    if state.share < ALL:
        return [converged]
    return [converged, _baking(strategy, state)]


def _baking(strategy: Strategy, state: State) -> Event:
    stable = state.judgement.stable_before + state.judgement.stable
    return Event(Kind.BAKING, {"seconds": strategy.bake}, bake=begin_bake(strategy.judge, stable))


def _duration(strategy: Strategy, state: State) -> float:
    return strategy.steps[state.step].seconds(state.extended)


def _at_end(strategy: Strategy, state: State, now: float) -> list[Event]:
    step = strategy.steps[state.step]
    verdicts = _verdicts(strategy, state, step)
    open_ones = [v for v in verdicts if v.outcome is not Outcome.PASS]
    numbers = [told(verdict) for verdict in verdicts]
    if not open_ones:
        passed = Event(Kind.PASSED, {"step": state.step, "verdicts": numbers})
        fresh = Event(
            Kind.OBSERVED,
            _unchanged(state),
            strategy.judge.begin_step(state.judgement),
        )
        return [passed, fresh, shift(strategy, state.step + 1, f"step {state.step + 1} passed")]
    why = "; ".join(verdict.said for verdict in open_ones)
    if state.extended < strategy.inconclusive.extensions:
        body = {"step": state.step, "times": state.extended + 1, "why": why, "verdicts": numbers}
        return [Event(Kind.EXTENDED, body)]
    if strategy.inconclusive.then == "return":
        return [returning("inconclusive", why, verdicts)]
    return [paused("inconclusive", why, verdicts)]


def _verdicts(strategy: Strategy, state: State, step: Step) -> list[Verdict]:
    if step.share > 0:
        return strategy.judge.verdicts(state.judgement, step.least_requests)
    if not strategy.split:
        said = "stable's numbers are known"
        return [
            Verdict("baseline", Outcome.PASS, said, stable_requests=state.judgement.stable.requests)
        ]
    good = state.good_probes
    outcome = Outcome.PASS if good else Outcome.NO_DATA
    return [Verdict("probes", outcome, f"{good} probes of the candidate answered", requests=good)]


def _unchanged(state: State) -> dict[str, Any]:
    return {
        "through": state.through,
        "watched": state.watched,
        "failedProbes": state.failed_probes,
        "goodProbes": state.good_probes,
        "stableFailedProbes": state.stable_failed_probes,
    }
