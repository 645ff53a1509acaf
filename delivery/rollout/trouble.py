"""What returns a rollout or pauses it: silence, and harm, each with the numbers that show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from delivery.analysis.bake import bake_failures
from delivery.analysis.reasons import Because, Reason
from delivery.analysis.triggers import Fired, fired
from delivery.analysis.verdict import Outcome, Verdict
from delivery.rollout.decisions import is_baked, is_left_alone, paused, returning
from delivery.rollout.durations import duration
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Measurements
from delivery.rollout.state import ALL, BOTH, Phase, State
from delivery.rollout.strategy import Strategy

_COUNTED: Final = frozenset({Phase.WATCHING, Phase.CONVERGING, Phase.BAKING, Phase.PAUSED})


def silence(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """Nobody counts: hold, then return; never a pass."""
    if seen.source is not None:
        return (
            [Event(Kind.HEARD, {"why": f"{seen.source} answers"})]
            if state.silent_since is not None
            else []
        )
    if state.phase not in _COUNTED or is_left_alone(state):
        return []
    if state.silent_since is None:
        return [Event(Kind.SILENT, {"why": "neither the recorder nor the analytics answer"})]
    if now - state.silent_since >= strategy.no_data.return_after:
        silent = duration(now - state.silent_since)
        return [returning("no data", f"nobody has counted for {silent}")]
    return []


def trouble(strategy: Strategy, state: State, seen: Measurements, _: float) -> list[Event]:
    """Harm of the candidate's own returns; trouble of both versions alike pauses."""
    if state.phase in {Phase.RETURNING, Phase.READY} or is_left_alone(state):
        return []
    limit = strategy.triggers.failed_probes
    alike = ""
    if state.failed_probes >= limit and state.stable_failed_probes >= limit:
        last = seen.candidate_probes.last
        alike = f"probes fail of both versions alike ({last}): nobody's fault who is rolled out"
    # At 100 % probes alone can tell that stable would do no better.
    if not (alike and state.share >= ALL):
        hit = fired(strategy.triggers, state.window, state.stable, state.candidate)
        own = _own_trouble(strategy, state, seen, hit)
        if own:
            return own
        if hit is not None and hit.both:
            alike = f"{hit.said}: both versions alike, so nothing is rolled back"
    return [paused(BOTH, alike)] if alike and state.phase is not Phase.PAUSED else []


def _own_trouble(
    strategy: Strategy, state: State, seen: Measurements, hit: Fired | None
) -> list[Event]:
    """The candidate's alone."""
    limit, failing = strategy.triggers.failed_probes, state.failed_probes
    stable_too = state.stable_failed_probes
    # While stable's row grows as well it is waited for a little: both may have lost the same thing.
    if failing >= (limit if not stable_too else 2 * limit) and stable_too < limit:
        why = f"{failing} probes of the candidate failed in a row: {seen.candidate_probes.last}"
        return [returning("probes", why)]
    if seen.unreported is not None:
        return [returning("unreported", seen.unreported)]
    serves = max(state.share, state.wanted or Decimal(0)) > 0
    if serves and hit is not None and not hit.both:
        return [returning(hit.name, hit.said)]
    failed = _failures(strategy, state)
    if failed:
        return [returning(failed[0].metric, failed[0].said, failed)]
    return []


def _failures(strategy: Strategy, state: State) -> list[Verdict]:
    judge = strategy.judge
    if is_baked(state):
        found = bake_failures(judge, state.bake)
    else:
        found = judge.failures(state.judgement) if state.share > 0 else []
    if state.phase is Phase.PAUSED and state.cause == BOTH:
        # Limits without a comparison blame whoever is rolled out for what stable suffers too.
        return found
    return [*found, *_numbers(strategy, state)]


def _numbers(strategy: Strategy, state: State) -> list[Verdict]:
    found: list[Verdict] = []
    for custom in strategy.analysis.custom:
        streak = state.judgement.bad_numbers.get(custom.name, 0)
        if streak >= custom.fail_after:
            reason = Reason(Because.IN_A_ROW, counted=streak, needed=custom.fail_after)
            said = f"{custom.name} was {reason.said}"
            limit = custom.fail_after
            found.append(Verdict(custom.name, Outcome.FAIL, said, limit=limit, reason=reason))
    return found
