"""The decision: what follows from where a rollout stands and what was seen. Pure: no clock, no network, no file.

`decide` gives events. Some of them ask the controller to do something, which it does as long as the state says that it is still
to be done: `shift` (apply the split), `returning` (put stable back). Production, the simulation and the tests run this function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, Final

from delivery.analysis.bake import bake_failures, begin_bake, observe_bake
from delivery.analysis.judgement import Judgement
from delivery.analysis.metrics import Custom
from delivery.analysis.triggers import fired
from delivery.analysis.verdict import Outcome, Verdict
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Asked, Measurements, Number, Verb
from delivery.rollout.state import ALL, Phase, State, evolve
from delivery.rollout.strategy import Step, Strategy

_JUDGED: Final = frozenset({Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED, Phase.SHIFTING})
_STALE_SECONDS: Final = 60.0
"""So long after a change a read of the API may still tell what was before."""
_NEW_BET_SECONDS: Final = 120.0
"""How often a new bet is opened on harm that begins only now; more of them find late harm no sooner (simulated)."""
FOREIGN: Final = "foreign"
BOTH: Final = "both"
"""Causes of a pause in which nothing is returned by itself."""


def decide(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """The events that follow, in their order. Nothing follows when a rollout is over."""
    if state.is_over:
        return []
    events = [] if state.phase is Phase.RETURNING else _foreign(state, seen, now)
    if events:
        return events
    observed = _observe(strategy, state, seen, now)
    events = [observed]
    after = evolve(state, observed, now)
    for rule in (_asked, _silence, _trouble, _progress):
        found = rule(strategy, after, seen, now)
        if found:
            return [*events, *found]
    return events


# Foreign hands


def _foreign(state: State, seen: Measurements, now: float) -> list[Event]:
    """A deployment that nobody here made is never overwritten."""
    if seen.live is None or (state.phase is Phase.PAUSED and state.cause == FOREIGN):
        return []
    expected = [state.shares(state.share)]
    if state.wanted is not None:
        expected.append(state.shares(state.wanted))
    if now - state.since < _STALE_SECONDS:
        expected.append(state.shares(state.previous))
    if dict(seen.live) in expected:
        return []
    if dict(seen.live) == state.shares(Decimal(0)) and state.share > 0:
        why = "stable was put back by somebody else: a rollback by hand, or the dead-man's switch"
        return [Event(Kind.RETURNED, {"why": why, "by": "somebody else", "deployment": None})]
    live = ", ".join(f"{version} {share:f} %" for version, share in seen.live.items())
    why = f"somebody else made a deployment: {live}; it is left as it is"
    return [_paused(FOREIGN, why)]


# Numbers


def _observe(strategy: Strategy, state: State, seen: Measurements, now: float) -> Event:
    judge = strategy.judge
    judgement, bake, window = state.judgement, state.bake, state.window
    watched = state.watched
    if seen.source is not None and state.phase in {Phase.WATCHING, Phase.BAKING}:
        # A clock that jumps, or a laptop that slept, watches nothing meanwhile.
        passed = min(max(now - state.looked, 0.0), 3 * strategy.look)
        before, watched = watched, watched + passed
        if before // _NEW_BET_SECONDS != watched // _NEW_BET_SECONDS:
            judgement = judge.restart(judgement)
    for one in seen.slices:
        if state.phase is Phase.BAKING:
            bake = observe_bake(judge, bake, one, state.candidate)
        elif state.phase in _JUDGED:
            judgement = judge.observe(judgement, one, state.stable, state.candidate)
    if seen.slices:
        since = seen.slices[-1].end - strategy.triggers.window
        window = tuple(one for one in (*window, *seen.slices) if one.end > since)
    if seen.numbers:
        judgement = replace(judgement, bad_numbers=_bad_numbers(strategy, judgement, seen.numbers))
    mine, theirs = seen.candidate_probes, seen.stable_probes
    return Event(
        Kind.OBSERVED,
        {
            "through": state.through if seen.through is None else seen.through,
            "watched": watched,
            "source": seen.source,
            "failedProbes": mine.bad if mine.good else state.failed_probes + mine.bad,
            "goodProbes": state.good_probes + mine.good,
            "stableFailedProbes": theirs.bad
            if theirs.good
            else state.stable_failed_probes + theirs.bad,
            "window": window,
        },
        judgement,
        bake if state.phase is Phase.BAKING else None,
    )


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


# What people ask for


def _asked(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    events: list[Event] = []
    for asked in seen.asked:
        if asked.number <= state.heard:
            continue
        heard = Event(
            Kind.ASKED, {"request": asked.number, "verb": asked.verb.value, "by": asked.by}
        )
        events.append(heard)
        state = evolve(state, heard, now)
        for event in _obeyed(strategy, state, asked):
            events.append(event)
            state = evolve(state, event, now)
    return events


def _obeyed(strategy: Strategy, state: State, asked: Asked) -> list[Event]:  # noqa: PLR0911 (one return a case)
    who = f"{asked.by} asked for it" + (f": {asked.why}" if asked.why else "")
    if state.is_over or state.phase is Phase.RETURNING:
        return []
    match asked.verb:
        case Verb.ABORT:
            return [_returning("abort", who)]
        case Verb.SIGNAL:
            return [_returning("security", f"a security signal; {who}")]
        case Verb.PAUSE if state.phase in {Phase.WATCHING, Phase.CONVERGING, Phase.READY}:
            return [_paused("asked", who)]
        case Verb.RESUME if state.phase is Phase.PAUSED:
            if state.share >= ALL:
                return [_baking(strategy, state)]
            return [Event(Kind.RESUMED, {"by": asked.by})]
        case Verb.PROMOTE if state.phase in {Phase.WATCHING, Phase.PAUSED, Phase.CONVERGING}:
            if state.share >= ALL:
                return []
            return [_shift(strategy, strategy.last_step, f"promoted: {who}")]
        case _:
            return []


# Trouble


def _silence(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """Nobody counts: hold, then return; never a pass."""
    if state.phase not in {Phase.WATCHING, Phase.CONVERGING, Phase.BAKING, Phase.PAUSED}:
        return []
    if _is_left_alone(state):
        return []
    if seen.source is not None:
        return (
            [Event(Kind.HEARD, {"why": f"{seen.source} answers"})]
            if state.silent_since is not None
            else []
        )
    if state.silent_since is None:
        return [Event(Kind.SILENT, {"why": "neither the recorder nor the analytics answer"})]
    if now - state.silent_since >= strategy.no_data.return_after:
        seconds = now - state.silent_since
        return [_returning("no data", f"nobody has counted for {seconds:.0f} s")]
    return []


def _is_left_alone(state: State) -> bool:
    return state.phase is Phase.PAUSED and state.cause in {FOREIGN, BOTH}


def _trouble(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:  # noqa: PLR0911 (one return a case)
    if state.phase in {Phase.RETURNING, Phase.READY} or _is_left_alone(state):
        return []
    limit = strategy.triggers.failed_probes
    if state.failed_probes >= limit:
        last = seen.candidate_probes.last
        if state.stable_failed_probes >= limit:
            why = f"probes fail of both versions alike ({last}): nobody's fault who is rolled out"
            return [] if state.phase is Phase.PAUSED else [_paused(BOTH, why)]
        why = f"{state.failed_probes} probes of the candidate failed in a row: {last}"
        return [_returning("probes", why)]
    if seen.unreported is not None:
        return [_returning("unreported", seen.unreported)]
    hit = fired(strategy.triggers, state.window, state.stable, state.candidate)
    if hit is not None and hit.both:
        why = f"{hit.said}: both versions alike, so nothing is rolled back"
        return [] if state.phase is Phase.PAUSED else [_paused(BOTH, why)]
    if hit is not None and state.share > 0:
        return [_returning(hit.name, hit.said)]
    failed = _failures(strategy, state)
    if failed:
        return [_returning(failed[0].metric, failed[0].said, failed)]
    return []


def _failures(strategy: Strategy, state: State) -> list[Verdict]:
    judge = strategy.judge
    if state.phase is Phase.BAKING:
        found = bake_failures(judge, state.bake)
    else:
        found = judge.failures(state.judgement) if state.share > 0 else []
    return [*found, *_numbers(strategy, state)]


def _numbers(strategy: Strategy, state: State) -> list[Verdict]:
    return [
        Verdict(
            custom.name,
            Outcome.FAIL,
            f"{custom.name} was beyond its limit {streak} times in a row, {custom.fail_after} decide",
            limit=custom.fail_after,
        )
        for custom in strategy.analysis.custom
        if (streak := state.judgement.bad_numbers.get(custom.name, 0)) >= custom.fail_after
    ]


# Progress


def _progress(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:  # noqa: PLR0911 (one return a case)
    if state.silent_since is not None and state.phase in {Phase.WATCHING, Phase.BAKING}:
        # What was heard before is no pass while nobody counts.
        return []
    match state.phase:
        case Phase.READY:
            return [_shift(strategy, 0, "the first step")]
        case Phase.SHIFTING if now - state.since >= strategy.shift_limit:
            waited = f"{now - state.since:.0f} s"
            return [_returning("shift", f"the split could not be applied for {waited}")]
        case Phase.CONVERGING:
            return _converged(strategy, state, seen, now)
        case Phase.WATCHING if state.watched >= _duration(strategy, state):
            return _at_end(strategy, state, now)
        case Phase.BAKING if state.watched >= strategy.bake:
            why = f"{state.watched:.0f} s at 100 % without harm"
            return [Event(Kind.FINISHED, {"why": why})]
        case Phase.PAUSED if now - state.since >= strategy.pause_limit and not _is_left_alone(
            state
        ):
            return [_returning("pause", f"nobody decided for {now - state.since:.0f} s")]
        case _:
            return []


def _converged(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    said = seen.converged
    if said is None:
        if now - state.since < strategy.converge_limit:
            return []
        said = f"not agreed on after {now - state.since:.0f} s; it goes on"
    converged = Event(Kind.CONVERGED, {"said": said})
    if state.share < ALL:
        return [converged]
    return [converged, _baking(strategy, state)]


def _baking(strategy: Strategy, state: State) -> Event:
    stable = state.judgement.stable_before + state.judgement.stable
    return Event(Kind.BAKING, {"seconds": strategy.bake}, bake=begin_bake(strategy.judge, stable))


def _duration(strategy: Strategy, state: State) -> float:
    return strategy.steps[state.step].duration * (1 + state.extended / 2)


def _at_end(strategy: Strategy, state: State, now: float) -> list[Event]:
    step = strategy.steps[state.step]
    verdicts = _verdicts(strategy, state, step)
    open_ones = [v for v in verdicts if v.outcome is not Outcome.PASS]
    told = [_told(verdict) for verdict in verdicts]
    if not open_ones:
        passed = Event(Kind.PASSED, {"step": state.step, "verdicts": told})
        fresh = Event(
            Kind.OBSERVED,
            _unchanged(state),
            strategy.judge.begin_step(state.judgement),
        )
        why = "; ".join(verdict.said for verdict in verdicts)
        return [passed, fresh, _shift(strategy, state.step + 1, why)]
    why = "; ".join(verdict.said for verdict in open_ones)
    if state.extended < strategy.inconclusive.extensions:
        body = {"step": state.step, "times": state.extended + 1, "why": why, "verdicts": told}
        return [Event(Kind.EXTENDED, body)]
    if strategy.inconclusive.then == "return":
        return [_returning("inconclusive", why, verdicts)]
    return [_paused("inconclusive", why, verdicts)]


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


# Events


def _shift(strategy: Strategy, step: int, why: str) -> Event:
    share = strategy.steps[step].share
    return Event(Kind.SHIFT, {"share": str(share), "step": step, "why": why})


def _paused(cause: str, why: str, verdicts: Sequence[Verdict] = ()) -> Event:
    return Event(
        Kind.PAUSED, {"cause": cause, "why": why, "verdicts": [_told(v) for v in verdicts]}
    )


def _returning(cause: str, why: str, verdicts: Sequence[Verdict] = ()) -> Event:
    return Event(
        Kind.RETURNING, {"cause": cause, "why": why, "verdicts": [_told(v) for v in verdicts]}
    )


def _told(verdict: Verdict) -> dict[str, Any]:
    return {key: value for key, value in asdict(verdict).items() if value is not None}
