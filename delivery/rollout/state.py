"""Where a rollout stands: folded from its events, by whoever reads the ledger, always to the same value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from delivery.analysis.bake import Bake
from delivery.analysis.counts import Slice
from delivery.analysis.judgement import Judgement
from delivery.rollout.events import FORMAT, Event, Kind

Shares = Mapping[str, Decimal]
ALL: Final = Decimal(100)
FOREIGN: Final = "foreign"
BOTH: Final = "both"
"""Causes of a pause: somebody else's deployment, trouble of both versions alike."""


class Phase(StrEnum):
    READY = "ready"
    SHIFTING = "shifting"
    CONVERGING = "converging"
    WATCHING = "watching"
    PAUSED = "paused"
    BAKING = "baking"
    RETURNING = "returning"
    RETURNED = "returned"
    FINISHED = "finished"


class NewerFormatError(ValueError):
    """The ledger was written by a newer version of the program."""


@dataclass(frozen=True, slots=True)
class State:
    """`share` is the candidate's, as it was applied last; `wanted` the one that is being applied. Times are Unix seconds."""

    stable: str
    candidate: str
    phase: Phase = Phase.READY
    step: int = -1
    share: Decimal = Decimal(0)
    wanted: Decimal | None = None
    since: float = 0.0
    """When the phase began."""
    looked: float = 0.0
    """When it was looked last."""
    watched: float = 0.0
    """Seconds of this step, or of the bake, in which somebody counted."""
    extended: int = 0
    through: float = 0.0
    silent_since: float | None = None
    failed_probes: int = 0
    good_probes: int = 0
    stable_failed_probes: int = 0
    cause: str = ""
    """Why it is paused or returning."""
    heard: int = 0
    """The last thing asked for that was heard."""
    judgement: Judgement = field(default_factory=Judgement)
    bake: Bake = field(default_factory=Bake)
    window: tuple[Slice, ...] = ()
    previous: Decimal = Decimal(0)
    """The share before the last shift, which reads of the API may still tell."""
    promised: str = ""
    """Who asked for everything while a split was being applied: it follows as soon as that is done."""

    @property
    def is_over(self) -> bool:
        return self.phase in {Phase.FINISHED, Phase.RETURNED}

    def shares(self, share: Decimal) -> dict[str, Decimal]:
        """What a deployment serves at a share of the candidate, without zeros."""
        wanted = {self.stable: ALL - share, self.candidate: share}
        return {version: part for version, part in wanted.items() if part > 0}


def start(body: Mapping[str, Any], at: float) -> State:
    """From the body of `started`. Raises `NewerFormatError`."""
    if int(body["format"]) > FORMAT:
        raise NewerFormatError(f"format {body['format']}, and this program knows {FORMAT}")
    return State(str(body["stable"]), str(body["candidate"]), since=at, looked=at)


def evolve(state: State, event: Event, at: float) -> State:  # noqa: PLR0911, PLR0912 (one case a kind)
    """The state after an event that happened `at`."""
    body = event.body
    match event.kind:
        case Kind.SHIFT:
            return replace(
                state,
                phase=Phase.SHIFTING,
                step=int(body["step"]),
                wanted=Decimal(str(body["share"])),
                since=at,
                cause="",
                promised="",
            )
        case Kind.SHIFTED:
            return _shifted(state, Decimal(str(body["share"])), at)
        case Kind.CONVERGED:
            return replace(_watching(state, at), extended=0)
        case Kind.OBSERVED:
            return _observed(state, event, at)
        case Kind.EXTENDED:
            return replace(state, extended=int(body["times"]))
        case Kind.PAUSED:
            return replace(
                state, phase=Phase.PAUSED, since=at, cause=str(body["cause"]), promised=""
            )
        case Kind.RESUMED:
            return _resumed(state, at)
        case Kind.BAKING:
            return replace(_watching(state, at), phase=Phase.BAKING, bake=event.bake or Bake())
        case Kind.RETURNING:
            return replace(
                state, phase=Phase.RETURNING, since=at, wanted=None, cause=str(body["cause"])
            )
        case Kind.RETURNED:
            return replace(
                state,
                phase=Phase.RETURNED,
                since=at,
                previous=state.share,
                share=Decimal(0),
                wanted=None,
            )
        case Kind.FINISHED:
            return replace(state, phase=Phase.FINISHED, since=at)
        case Kind.SILENT:
            return replace(state, silent_since=at)
        case Kind.HEARD:
            return replace(state, silent_since=None)
        case Kind.ASKED:
            later = str(body["by"]) if body.get("later") else state.promised
            return replace(state, heard=max(state.heard, int(body["request"])), promised=later)
        case Kind.STARTED | Kind.PASSED:
            return state


def _shifted(state: State, share: Decimal, at: float) -> State:
    """A split that arrives amid a pause is known, and the pause goes on."""
    known = replace(state, previous=state.share, share=share, wanted=None, window=())
    if state.phase is Phase.PAUSED:
        return known
    return replace(known, phase=Phase.CONVERGING, since=at)


def _watching(state: State, at: float) -> State:
    return replace(
        state,
        phase=Phase.WATCHING,
        since=at,
        watched=0.0,
        cause="",
        window=(),
        failed_probes=0,
        good_probes=0,
        stable_failed_probes=0,
    )


def _resumed(state: State, at: float) -> State:
    """A pause before the first step, or while a split was being applied, goes on where it was; any other sees the edge agree
    again, and then its step or bake begins anew. Whoever resumes after trouble of both versions alike knows of it: what was
    seen of it pauses nothing again."""
    phase = Phase.CONVERGING
    if state.wanted is not None:
        phase = Phase.SHIFTING
    elif state.step < 0:
        phase = Phase.READY
    if state.cause == BOTH:
        state = replace(state, window=(), failed_probes=0, stable_failed_probes=0)
    return replace(state, phase=phase, since=at, cause="")


def _observed(state: State, event: Event, at: float) -> State:
    body = event.body
    window: tuple[Slice, ...] = tuple(body.get("window", state.window))
    # What nobody looked at is no part of a wait, except of one for people; and no wait begins in the future.
    skipped = float(body.get("skipped", 0.0))
    since = state.since + (0.0 if state.phase is Phase.PAUSED else skipped)
    silent = state.silent_since
    return replace(
        state,
        since=min(since, at),
        silent_since=None if silent is None else min(silent + skipped, at),
        looked=at,
        watched=float(body["watched"]),
        through=float(body["through"]),
        failed_probes=int(body["failedProbes"]),
        good_probes=int(body["goodProbes"]),
        stable_failed_probes=int(body["stableFailedProbes"]),
        judgement=event.judgement or state.judgement,
        bake=event.bake or state.bake,
        window=window,
    )


def fold(events: Iterable[tuple[Event, float]]) -> State:
    """The state of a rollout from all its events, the first of which is `started`. Raises `ValueError`."""
    state: State | None = None
    for event, at in events:
        if state is None:
            if event.kind is not Kind.STARTED:
                raise ValueError(f"a rollout begins with {Kind.STARTED}, not with {event.kind}")
            state = start(event.body, at)
        else:
            state = evolve(state, event, at)
    if state is None:
        raise ValueError("a rollout without events")
    return state
