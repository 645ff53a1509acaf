"""How a rollout ended, or where it stands, in a sentence with the numbers that decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from delivery.report.following import UNREADABLE, Moment
from delivery.report.texts import clean
from delivery.rollout.durations import duration, with_durations
from delivery.rollout.events import Kind
from delivery.rollout.journal import SWITCHED, Rollout
from delivery.rollout.ledger import Entry
from delivery.rollout.state import Phase, State, start
from delivery.rollout.telling import compared, verdicts_of


class Ending(StrEnum):
    FINISHED = "finished"
    RETURNED = "returned"
    PAUSED = "paused"
    UNDER_WAY = "under way"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ended` in Unix seconds, None while it goes on; `share` (percent) what the candidate had then.
    `cause` is the ledger's word for why it went back or stands still."""

    ending: Ending
    title: str
    sentence: str
    ended: float | None = None
    share: float | None = None
    cause: str = ""
    back_after: float | None = None
    """Seconds from the decision to return until stable was seen to have every request; None where that cannot be told."""


def outcome_of(rollout: Rollout, moments: Sequence[Moment]) -> Outcome:
    state = moments[-1].state if moments else start(rollout.started, rollout.at)
    match state.phase:
        case Phase.RETURNED:
            return _returned(rollout, moments)
        case Phase.FINISHED:
            return _finished(rollout, moments)
        case Phase.PAUSED:
            return _paused(state, moments)
        case _:
            return _under_way(rollout, state, moments)


def _returned(rollout: Rollout, moments: Sequence[Moment]) -> Outcome:
    over = next(i for i, moment in enumerate(moments) if moment.state.phase is Phase.RETURNED)
    end = moments[over].entry
    before = moments[max(over - 1, 0)].state
    decision = _last(moments[: over + 1], Kind.RETURNING)
    after = duration(end.at - rollout.at)
    if decision is None:
        why = str(end.body.get("why") or "")
        switched = end.kind == SWITCHED
        if switched:
            why = "nobody led it any more, so the dead-man's switch put stable back"
        title = "Returned by the dead-man's switch" if switched else "Returned by somebody else"
        return Outcome(
            Ending.RETURNED,
            title,
            f"Returned after {after} at {float(before.share):g} %: {clean(why)}",
            end.at,
            float(before.share),
            "switch" if switched else "somebody else",
        )
    body = decision.entry.body
    share, cause = float(decision.state.share), str(body.get("cause", ""))
    title = "Stopped on request" if cause in {"abort", "left"} else "Returned to stable"
    return Outcome(
        Ending.RETURNED,
        title,
        f"Returned after {after} at {share:g} %: {_why(decision)}",
        end.at,
        share,
        clean(cause),
        _back_after(decision, end),
    )


def _back_after(decision: Moment, end: Entry) -> float | None:
    """By the clock of whoever led it; where another told of the end, by the ledger's."""
    decided, back = decision.entry.body.get("decidedAt"), end.body.get("backAt", end.at)
    if not isinstance(decided, int | float) or not isinstance(back, int | float):
        return None
    seconds = back - decided
    return seconds if 0 <= seconds < math.inf else None


def _finished(rollout: Rollout, moments: Sequence[Moment]) -> Outcome:
    end = next(m.entry for m in moments if m.state.phase is Phase.FINISHED)
    judged = _judged_last(moments)
    numbers = f"; {judged}" if judged else ""
    return Outcome(
        Ending.FINISHED,
        "Finished",
        f"The candidate serves everything after {duration(end.at - rollout.at)}: "
        f"{with_durations(clean(end.body.get('why', '')))}{numbers}",
        end.at,
        share=100.0,
    )


def _judged_last(moments: Sequence[Moment]) -> str:
    """What the last step that passed was passed by: its first verdict, which is that of errors where they are judged."""
    passed = _last(moments, Kind.PASSED)
    if passed is None:
        return ""
    try:
        first = compared(verdicts_of(passed.entry.body)[0])
    except UNREADABLE:
        return ""
    return f"at {float(passed.state.share):g} % {clean(first)}"


def _paused(state: State, moments: Sequence[Moment]) -> Outcome:
    paused = _last(moments, Kind.PAUSED)
    why = _why(paused)
    return Outcome(
        Ending.PAUSED,
        "Paused",
        f"Paused at {float(state.share):g} %: {why}",
        share=float(state.share),
        cause=clean(state.cause),
    )


def _under_way(rollout: Rollout, state: State, moments: Sequence[Moment]) -> Outcome:
    share = f"{float(state.share):g} %"
    steps = len(rollout.strategy.steps)
    match state.phase:
        case Phase.BAKING:
            where = f"the candidate serves everything and is watched for {duration(rollout.strategy.bake)}"
        case Phase.RETURNING:
            decision = _last(moments, Kind.RETURNING)
            where = f"stable is being put back from {share}: {_why(decision)}"
        case Phase.READY:
            where = "the first step has not begun"
        case _:
            where = f"step {state.step + 1} of {steps}, {state.phase.value} at {share}"
    return Outcome(Ending.UNDER_WAY, "Under way", f"Under way: {where}", share=float(state.share))


def _why(moment: Moment | None) -> str:
    return with_durations(clean(moment.entry.body.get("why", ""))) if moment else ""


def _last(moments: Sequence[Moment], kind: Kind) -> Moment | None:
    return next((m for m in reversed(moments) if m.entry.kind == kind and m.readable), None)
