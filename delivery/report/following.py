"""A rollout's entries, each with where the rollout stood after it. What cannot be read is passed over, and counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from delivery.rollout.journal import Rollout, after
from delivery.rollout.ledger import Entry
from delivery.rollout.state import Phase, State, start

UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an entry raises that is not what its kind promises."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An entry, and the state right after it. `readable` is False when it changed nothing because it makes no sense."""

    entry: Entry
    state: State
    readable: bool = True


def followed(rollout: Rollout, entries: Iterable[Entry]) -> tuple[Moment, ...]:
    """The rollout's moments, oldest first; entries of other rollouts are left out."""
    found: list[Moment] = []
    seen: set[int] = set()
    state = start(rollout.started, rollout.at)
    for entry in entries:
        if entry.rollout != rollout.id or entry.seq in seen:
            continue
        seen.add(entry.seq)
        try:
            state = state if state.is_over else after(state, entry)
            readable = True
        except UNREADABLE:
            readable = False
        found.append(Moment(entry, state, readable))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Span:
    """The rollout was in one phase of one step (from 0; -1 before the first) from `start` to `end`."""

    phase: Phase
    step: int
    start: float
    end: float


def spans(moments: Iterable[Moment], now: float) -> tuple[Span, ...]:
    """All phases in their order; the last ends `now`, or when the rollout ended."""
    found: list[Span] = []
    for moment in moments:
        state, at = moment.state, moment.entry.at
        if found and (found[-1].phase, found[-1].step) == (state.phase, state.step):
            continue
        if found:
            found[-1] = Span(
                found[-1].phase, found[-1].step, found[-1].start, max(at, found[-1].start)
            )
            at = found[-1].end
        found.append(Span(state.phase, state.step, at, at))
    if found:
        last = found[-1]
        over = last.phase in {Phase.RETURNED, Phase.FINISHED}
        found[-1] = Span(
            last.phase, last.step, last.start, last.start if over else max(now, last.start)
        )
    return tuple(found)


def shares(moments: Iterable[Moment]) -> tuple[tuple[float, float], ...]:
    """(Unix seconds, the candidate's share in percent) at each change, the first at the start."""
    found: list[tuple[float, float]] = []
    for moment in moments:
        share = float(moment.state.share)
        if not found or found[-1][1] != share:
            found.append((moment.entry.at, share))
    return tuple(found)


_QUIET_SECONDS: Final = 35.0
"""A controller that leads writes at least every 10 s."""


def unwritten(moments: Iterable[Moment], now: float) -> tuple[tuple[float, float], ...]:
    """(from, to) of the times in which nobody wrote although the rollout was under way."""
    found: list[tuple[float, float]] = []
    last: float | None = None
    for moment in moments:
        if moment.entry.fence is None:
            continue
        at = moment.entry.at
        if last is not None and at - last > _QUIET_SECONDS:
            found.append((last, at))
        last = None if moment.state.is_over else at
    if last is not None and now - last > _QUIET_SECONDS:
        found.append((last, now))
    return tuple(found)


def uncounted(moments: Iterable[Moment], now: float) -> tuple[tuple[float, float], ...]:
    """(from, to) of the times in which nobody counted."""
    found: list[tuple[float, float]] = []
    since: float | None = None
    for moment in moments:
        silent = moment.state.silent_since is not None and not moment.state.is_over
        if silent and since is None:
            since = moment.entry.at
        elif not silent and since is not None:
            found.append((since, moment.entry.at))
            since = None
    return (*found, (since, now)) if since is not None else tuple(found)
