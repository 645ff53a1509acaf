"""What is decided next, when, and what it hangs on: the sentence that follows from a strategy and where a rollout stands. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from delivery.analysis.judgement import Judgement
from delivery.analysis.verdict import Outcome
from delivery.analysis.words import odds
from delivery.rollout.decisions import is_left_alone
from delivery.rollout.durations import duration
from delivery.rollout.state import ALL, FOREIGN, Phase, State
from delivery.rollout.strategy import Strategy
from delivery.rollout.telling import short
from delivery.rollout.view.weighing import Weighed, weighed, without_comparison

_WRITTEN_EVERY: Final = 15.0
"""Seconds: an entry with numbers that is older says nothing of how long somebody has watched since."""
_COUNTED: Final = frozenset({Phase.CONVERGING, Phase.WATCHING, Phase.BAKING, Phase.PAUSED})
_NAMED: Final = 4
_MINUTES: Final = 120


@dataclass(frozen=True, slots=True)
class Outlook:
    """`seconds` until it is decided; None when no clock decides."""

    seconds: float | None
    said: str


def outlook(
    strategy: Strategy,
    state: State,
    now: float,
    *,
    rate: float | None = None,
    stack: str = "",
    led: bool = True,
    armed: bool = False,
    asked: Sequence[str] = (),
    before: Judgement | None = None,
) -> Outlook:
    """`rate`: the candidate's requests a second; `before` as `weighed` takes it. `led`: somebody holds the lease; `armed`: the switch is; `asked`: what people have
    asked for and nobody has answered yet."""
    if state.is_over:
        return Outlook(None, _over(state))
    if not led:
        return Outlook(None, _left(state, stack, armed=armed))
    if state.phase is Phase.RETURNING:
        return Outlook(None, "stable is being put back")
    if asked:
        return Outlook(None, f"heard at the next look: {asked[-1]}")
    if state.silent_since is not None and state.phase in _COUNTED and not is_left_alone(state):
        silent = now - state.silent_since
        left = max(strategy.no_data.return_after - silent, 0.0)
        said = (
            f"nobody has counted for {duration(silent)}: stable is put back in {duration(left)}, "
            "unless somebody counts again"
        )
        return Outlook(left, said)
    return _by_phase(strategy, state, now, rate, stack, before)


def _over(state: State) -> str:
    if state.phase is Phase.FINISHED:
        return "nothing: the candidate has everything, and did no harm"
    return f"nothing: stable has everything again ({state.cause or 'put back by somebody else'})"


def _left(state: State, stack: str, *, armed: bool) -> str:
    said = f"nobody leads it: `pitchey rollout resume {stack}` goes on"
    if armed and state.share > 0:
        return f"{said}, or the dead-man's switch puts stable back now"
    return said


def _by_phase(
    strategy: Strategy,
    state: State,
    now: float,
    rate: float | None,
    stack: str,
    before: Judgement | None,
) -> Outlook:
    waited = max(now - state.since, 0.0)
    match state.phase:
        case Phase.SHIFTING:
            left = max(strategy.shift_limit - waited, 0.0)
            said = f"{state.wanted} % is being applied; stable is put back if that takes {duration(left)} more"
            return Outlook(None, said)
        case Phase.CONVERGING:
            left = max(strategy.converge_limit - waited, 0.0)
            then = "the bake" if state.share >= ALL else f"step {state.step + 1}"
            said = f"{then} begins when the edge agrees on {state.share} %, in {duration(left)} at the latest"
            return Outlook(left, said)
        case Phase.WATCHING:
            return _watching(strategy, state, now, rate, before)
        case Phase.PAUSED:
            return _paused(strategy, state, waited, stack)
        case Phase.BAKING:
            return _baking(strategy, state, now)
        case _:
            return Outlook(None, f"step 1, {strategy.steps[0].share} %, is applied next")


def _watching(
    strategy: Strategy, state: State, now: float, rate: float | None, before: Judgement | None
) -> Outlook:
    step = strategy.steps[state.step]
    whole = step.seconds(state.extended)
    left = max(whole - _watched(state, now), 0.0)
    found = (
        weighed(strategy, state, before)
        if step.share > 0
        else (without_comparison(strategy, state),)
    )
    failed = [one for one in found if one.outcome is Outcome.FAIL]
    if failed:
        names = ", ".join(short(one.name) for one in failed[:_NAMED])
        return Outlook(0.0, f"{names} shown to be worse: stable is put back at the next look")
    when = f"in {duration(left)}" if left >= 1 else "now"
    said = f"{when} step {state.step + 1} ({step.share} %) is decided: "
    lacking = [one for one in found if one.outcome in {Outcome.INCONCLUSIVE, Outcome.NO_DATA}]
    passing = [one for one in found if one.outcome is Outcome.PASS]
    said += "; ".join(filter(None, (_passing(passing, lacking), _lacking(lacking, rate))))
    if lacking:
        return Outlook(
            left, f"{said}; if not by then, {_otherwise(strategy, state, step.duration)}"
        )
    following = state.step + 1
    if following <= strategy.last_step:
        said += f"; then {strategy.steps[following].share} %"
    return Outlook(left, said)


def _watched(state: State, now: float) -> float:
    return state.watched + min(max(now - state.looked, 0.0), _WRITTEN_EVERY)


def _passing(passing: Sequence[Weighed], lacking: Sequence[Weighed]) -> str:
    if not passing:
        return "" if lacking else "nothing stands in its way"
    if not lacking and len(passing) > _NAMED:
        return f"all {len(passing)} that are judged pass already"
    return f"{_list(passing)} {'pass' if len(passing) > 1 else 'passes'} already"


def _list(found: Sequence[Weighed]) -> str:
    names = [short(one.name) for one in found]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _lacking(lacking: Sequence[Weighed], rate: float | None) -> str:
    """What is missing, each need once, the largest last."""
    needs: dict[str, list[Weighed]] = {}
    amounts: dict[str, int] = {}
    for one in lacking:
        need, amount = _need(one, rate)
        needs.setdefault(need, []).append(one)
        amounts[need] = max(amounts.get(need, 0), amount)
    parts: list[str] = []
    for need in sorted(needs, key=lambda need: amounts[need]):
        said = need if len(needs[need]) > 1 else need.replace("need ", "needs ", 1)
        parts.append(f"{_list(needs[need])} {said}")
    return "; ".join(parts)


def _need(one: Weighed, rate: float | None) -> tuple[str, int]:
    if one.why:
        return f"need more: {one.why}", 0
    more = max(one.short_of, one.more or 0)
    if not more:
        return "cannot be told yet", 0
    exact = more == one.short_of
    amount = more if exact else _rounded(more)
    said = f"need {'' if exact else 'about '}{amount:,} more requests"
    if rate:
        seconds = more / rate
        # A guess of minutes has no seconds.
        said += f" ({duration(seconds if seconds < _MINUTES else round(seconds / 60) * 60)})"
    return said, amount


def _rounded(number: int) -> int:
    """To two digits: it is a guess."""
    digits = 10 ** max(math.floor(math.log10(number)) - 1, 0)
    return round(number / digits) * digits


def _otherwise(strategy: Strategy, state: State, seconds: float) -> str:
    most = strategy.inconclusive.extensions
    if state.extended < most:
        return f"it goes on for {duration(seconds / 2)} (extension {state.extended + 1} of {most})"
    return "stable is put back" if strategy.inconclusive.then == "return" else "it pauses"


def _paused(strategy: Strategy, state: State, waited: float, stack: str) -> Outlook:
    said = f"somebody decides: `pitchey rollout resume {stack}`, promote or abort"
    if state.cause == FOREIGN:
        return Outlook(None, f"{said}; nothing is returned by itself")
    left = max(strategy.pause_limit - waited, 0.0)
    return Outlook(left, f"{said}; in {duration(left)} stable is put back")


def _baking(strategy: Strategy, state: State, now: float) -> Outlook:
    left = max(strategy.bake - _watched(state, now), 0.0)
    when = f"in {duration(left)}" if left >= 1 else "now"
    said = f"{when} it is finished, if nothing is shown to be worse than stable was"
    worst = max(state.bake.evidence.items(), key=lambda item: item[1].log_e, default=None)
    if worst is not None and worst[1].log_e > 0:
        decides = odds(strategy.judge.failing)
        said += f"; nearest: {short(worst[0])} at {odds(worst[1].log_e)} to 1 of {decides}"
    return Outlook(left, said)
