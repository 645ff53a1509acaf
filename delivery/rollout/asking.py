"""What people ask for: it is done, or it is told why not."""

from __future__ import annotations

from delivery.rollout.decisions import is_ours, paused, returning, shift, strange
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Asked, Measurements, Verb
from delivery.rollout.state import ALL, Phase, State, evolve
from delivery.rollout.strategy import Strategy


def asked(strategy: Strategy, state: State, seen: Measurements, now: float) -> list[Event]:
    """Each once, in the order in which it was asked for."""
    events: list[Event] = []
    for one in seen.asked:
        if one.number <= state.heard:
            continue
        for event in _heard(strategy, state, seen, one):
            events.append(event)
            state = evolve(state, event, now)
    return events


def _heard(strategy: Strategy, state: State, seen: Measurements, asked: Asked) -> tuple[Event, ...]:
    refused = _refused(state, seen, asked.verb)
    if refused:
        return (_hearing(asked, obeyed=False, why=refused),)
    return _obeyed(strategy, state, asked)


def _obeyed(strategy: Strategy, state: State, asked: Asked) -> tuple[Event, ...]:  # noqa: PLR0911 (one return a case)
    who = f"{asked.by} asked for it" + (f": {asked.why}" if asked.why else "")
    resumed = Event(Kind.RESUMED, {"by": asked.by})
    heard = _hearing(asked, obeyed=True)
    match asked.verb:
        case Verb.ABORT:
            return (heard, returning("abort", who))
        case Verb.SIGNAL:
            return (heard, returning("security", f"a security signal; {who}"))
        case Verb.PAUSE:
            return (heard, paused("asked", who))
        case Verb.RESUME:
            return (heard, resumed)
        case Verb.PROMOTE if state.wanted is not None:
            # A split that may be on its way is not overtaken.
            why = f"after {state.wanted:f} %, which is being applied"
            later = _hearing(asked, obeyed=True, why=why, later=True)
            return (later, resumed) if state.phase is Phase.PAUSED else (later,)
        case Verb.PROMOTE if state.share >= ALL:
            return (heard, resumed)
        case Verb.PROMOTE:
            return (heard, shift(strategy, strategy.last_step, f"promoted: {who}"))


def _refused(state: State, seen: Measurements, verb: Verb) -> str:  # noqa: PLR0911 (one return a case)
    """Why what is asked for cannot be; nothing when it can."""
    if state.is_over or state.phase is Phase.RETURNING:
        return f"it is {state.phase.value}"
    is_paused = state.phase is Phase.PAUSED
    match verb:
        case Verb.ABORT | Verb.SIGNAL:
            return ""
        case Verb.PAUSE:
            return "it is paused already" if is_paused else ""
        case Verb.RESUME if not is_paused:
            return "it is not paused"
        case Verb.PROMOTE if not is_paused and ALL in {state.share, state.wanted}:
            return "the candidate is given everything already"
        case _ if is_paused and seen.live is not None and not is_ours(state, seen.live):
            return f"{strange(seen.live)}; put it right first, or abort"
        case _:
            return ""


def _hearing(asked: Asked, *, obeyed: bool, why: str = "", later: bool = False) -> Event:
    body = {
        "request": asked.number,
        "verb": asked.verb.value,
        "by": asked.by,
        "obeyed": obeyed,
        "why": why,
        "later": later,
    }
    return Event(Kind.ASKED, body)
