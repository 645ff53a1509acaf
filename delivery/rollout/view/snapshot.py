"""One moment of a rollout, as a value: what the ledger says, brought up to now by what the recorder has counted since. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from delivery.analysis.bake import Bake, observe_bake
from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.analysis.judgement import Judgement
from delivery.rollout.decisions import is_baked
from delivery.rollout.events import Kind
from delivery.rollout.journal import REQUEST, Rollout
from delivery.rollout.ledger import Entry, Lease
from delivery.rollout.state import Phase, State
from delivery.rollout.strategy import Strategy
from delivery.rollout.telling import told
from delivery.rollout.view.measured import Measured, measured
from delivery.rollout.view.outlook import Outlook, outlook
from delivery.rollout.view.weighing import Weighed, weighed

_JUDGED: Final = frozenset({Phase.SHIFTING, Phase.CONVERGING, Phase.WATCHING, Phase.PAUSED})
_ERRORS: Final = "error rate"
_RECENT: Final = 20.0
"""Seconds over which requests a second are told."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read beside the rollout's entries. `slices`: the recorder's, oldest first; while it bakes all since 100 percent, else
    those after `State.through` and some before. `troubles` tell what could not be read."""

    slices: tuple[Slice, ...] = ()
    lease: Lease | None = None
    switch: Mapping[str, Any] | None = None
    troubles: tuple[str, ...] = ()
    before: Judgement | None = None
    """This step's, as it was written down some entries ago."""


@dataclass(frozen=True, slots=True)
class Step:
    """`place`: done, current, or to come. `share` in percent, None for the bake."""

    share: Decimal | None
    seconds: float
    place: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a line; `at` in Unix seconds by the ledger's clock."""

    seq: int
    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Times are Unix seconds by the ledger's clock, shares percent."""

    rollout: str
    stack: str
    worker: str
    strategy: str
    at: float
    began: float
    phase: Phase
    since: float
    share: Decimal
    wanted: Decimal | None
    cause: str
    track: tuple[Step, ...]
    span: str
    """What the candidate's numbers are of: a step, or all since 100 percent; then stable's are of the steps before."""
    stable: Measured
    candidate: Measured
    metrics: tuple[Weighed, ...]
    outlook: Outlook
    leader: str | None
    lease_until: float | None
    switch: str | None
    """armed or firing; None where there is none."""
    events: tuple[Told, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.phase in {Phase.FINISHED, Phase.RETURNED}


@dataclass(frozen=True, slots=True)
class _Numbers:
    state: State
    stable: Counts = NOTHING
    candidate: Counts = NOTHING
    rates: tuple[float | None, float | None] = field(default=(None, None))


def snapshot(
    rollout: Rollout, entries: Sequence[Entry], readings: Readings, now: float
) -> Snapshot:
    """`rollout` as folded from all of `entries`, which are its own, oldest first; `now` by the ledger's clock."""
    strategy, state = rollout.strategy, rollout.state
    numbers = _brought_up(strategy, state, readings.slices, now)
    lease = readings.lease
    led = lease if lease is not None and lease.until > now and not state.is_over else None
    firing = _switch(readings.switch, rollout.id)
    rate, alpha = numbers.rates[1], 1 - strategy.analysis.confidence / 100
    stack = str(rollout.started.get("stack", ""))
    return Snapshot(
        rollout=rollout.id,
        stack=stack,
        worker=str(rollout.started.get("worker", "")),
        strategy=strategy.name,
        at=now,
        began=rollout.at,
        phase=state.phase,
        since=state.since,
        share=state.share,
        wanted=state.wanted,
        cause=state.cause,
        track=_track(strategy, state),
        span=_span(state),
        stable=measured(state.stable, numbers.stable, numbers.rates[0], alpha),
        candidate=measured(state.candidate, numbers.candidate, rate, alpha),
        metrics=weighed(strategy, numbers.state, readings.before),
        outlook=outlook(
            strategy,
            numbers.state,
            now,
            rate=rate,
            stack=stack,
            led=led is not None,
            armed=firing is not None,
            asked=_unheard(state, entries),
            before=readings.before,
        ),
        leader=led.holder if led is not None else None,
        lease_until=led.until if led is not None else None,
        switch=firing,
        events=lines(entries),
        troubles=readings.troubles,
    )


def lines(entries: Sequence[Entry]) -> tuple[Told, ...]:
    """What people read of the entries: all but the numbers that are written down as they come."""
    return tuple(
        Told(entry.seq, entry.at, entry.kind, _line(entry))
        for entry in entries
        if entry.kind != Kind.OBSERVED
    )


def _line(entry: Entry) -> str:
    try:
        return told(entry.kind, entry.body)
    except (LookupError, TypeError, ValueError):
        # Of a newer program: that something happened is still worth a line.
        return "what this version of the program cannot tell"


def _brought_up(strategy: Strategy, state: State, slices: Sequence[Slice], now: float) -> _Numbers:
    """As the controller will have it at its next entry: the same judgement, of the slices that it has not written down yet."""
    judge = strategy.judge
    fresh = [one for one in slices if one.start > state.through]
    judgement, bake = state.judgement, state.bake
    baking = is_baked(state)
    for one in fresh:
        if baking:
            bake = observe_bake(judge, bake, one, state.candidate)
        elif state.phase in _JUDGED:
            judgement = judge.observe(judgement, one, state.stable, state.candidate)
    candidate, stable = judgement.candidate, judgement.stable
    whole = baking or state.phase is Phase.FINISHED
    if whole or not stable.requests:
        stable = judgement.stable_before + stable
    if whole:
        candidate = _sum(slices, state.candidate) if slices else _written(bake)
    elif not candidate.requests and state.is_over:
        candidate = judgement.candidate_before
    recent = [one for one in slices if one.end > now - _RECENT]
    rates = (_rate(recent, state.stable), _rate(recent, state.candidate))
    if state.is_over:
        rates = (None, None)
    return _Numbers(replace(state, judgement=judgement, bake=bake), stable, candidate, rates)


def _sum(slices: Sequence[Slice], version: str) -> Counts:
    total = NOTHING
    for one in slices:
        total += one.of(version)
    return total


def _written(bake: Bake) -> Counts:
    """As much of it as the ledger holds, for when the recorder does not answer."""
    errors = bake.evidence.get(_ERRORS)
    return NOTHING if errors is None else Counts(errors.trials1, errors.events1)


def _rate(slices: Sequence[Slice], version: str) -> float | None:
    """Requests a second; None when nothing was counted lately."""
    seconds = sum(one.end - one.start for one in slices)
    if seconds <= 0:
        return None
    return sum(one.of(version).requests for one in slices) / seconds


def _track(strategy: Strategy, state: State) -> tuple[Step, ...]:
    at = len(strategy.steps) if state.phase is Phase.BAKING else state.step
    if state.phase is Phase.FINISHED:
        at = len(strategy.steps) + 1
    going = not state.is_over and state.phase is not Phase.RETURNING
    steps = [*((step.share, step.duration) for step in strategy.steps), (None, strategy.bake)]
    return tuple(
        Step(share, seconds, _place(number, at, going=going))
        for number, (share, seconds) in enumerate(steps)
    )


def _place(number: int, at: int, *, going: bool) -> str:
    if number < at:
        return "done"
    return "to come" if number > at else ("current" if going else "left")


def _span(state: State) -> str:
    if is_baked(state) or state.phase is Phase.FINISHED:
        return "since 100 %"
    return f"step {max(state.step, 0) + 1}"


def _switch(switch: Mapping[str, Any] | None, rollout: str) -> str | None:
    if switch is None or switch.get("rollout") != rollout:
        return None
    return str(switch.get("phase", "armed"))


def _unheard(state: State, entries: Sequence[Entry]) -> tuple[str, ...]:
    """What people have asked for and nobody has answered yet."""
    return tuple(
        _line(entry) for entry in entries if entry.kind == REQUEST and entry.seq > state.heard
    )
