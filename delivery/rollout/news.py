"""What people are told of a rollout: the events that somebody would want to hear of, as notifications with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from delivery.analysis.counts import Counts
from delivery.notifications import Notification, Severity
from delivery.notifications import State as Told
from delivery.notifications.measured import Measured, Served, judged
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout
from delivery.rollout.state import State
from delivery.rollout.telling import told
from delivery.statistics.latency import quantile

_TOLD: Final[Mapping[Kind, tuple[Told, Severity]]] = {
    Kind.PASSED: (Told.PROGRESS, Severity.INFO),
    Kind.PAUSED: (Told.PAUSED, Severity.WARNING),
    Kind.RESUMED: (Told.RESUMED, Severity.INFO),
    Kind.SILENT: (Told.PROGRESS, Severity.WARNING),
    Kind.BAKING: (Told.PROGRESS, Severity.INFO),
    Kind.RETURNING: (Told.RETURNED, Severity.ERROR),
    Kind.RETURNED: (Told.RETURNED, Severity.WARNING),
    Kind.FINISHED: (Told.FINISHED, Severity.INFO),
}
_TITLES: Final[Mapping[Kind, str]] = {
    Kind.RETURNING: "rollout goes back to stable",
    Kind.RETURNED: "stable has every request again",
}
_BY_SOMEBODY: Final = frozenset({"abort", "security"})
_ERRORS: Final = "error rate"
_P95: Final = 0.95
REHEARSAL: Final = "rehearsal"
"""In the body of `started`, what becomes of the news of a rehearsed rollout."""


def begun(rollout: Rollout, now: float, address: str | None = None) -> Notification:
    """`now` in Unix seconds; `address` is where users ask."""
    state = rollout.state
    return _notification(
        rollout,
        state,
        f"{rollout.id}:started",
        Told.STARTED,
        Severity.INFO,
        f"rollout {Told.STARTED.value}",
        rollout.strategy.name,
        measured(rollout, state, now),
        address,
    )


def news_of(
    rollout: Rollout,
    state: State,
    event: Event,
    now: float,
    *,
    decided: float | None = None,
    address: str | None = None,
) -> Notification | None:
    """`state` is that after the event; `decided` when a return was decided, by the same clock as `now`. None for what is written
    down alone."""
    if event.kind not in _TOLD:
        return None
    kind, severity = _TOLD[event.kind]
    if _cause(state, event) in _BY_SOMEBODY:
        kind = Told.ABORTED
    back = event.kind is Kind.RETURNED and decided is not None
    numbers = measured(
        rollout,
        state,
        now,
        back_after=max(now - decided, 0.0) if back and decided is not None else None,
        verdicts=event.body.get("verdicts"),
    )
    # The same event has the same id, whoever leads: a receiver that has it drops the second.
    id = f"{rollout.id}:{event.kind.value}:{state.step}:{state.since:.0f}"
    title = _TITLES.get(event.kind, f"rollout {kind.value}")
    text = told(event.kind.value, event.body)
    return _notification(rollout, state, id, kind, severity, title, text, numbers, address)


def measured(
    rollout: Rollout,
    state: State,
    now: float,
    *,
    back_after: float | None = None,
    verdicts: object = None,
) -> Measured:
    """What both versions served at the same time since the rollout began, and the candidate alone after that."""
    judgement = state.judgement
    alone = state.bake.evidence.get(_ERRORS)
    return Measured(
        seconds=max(now - rollout.at, 0.0),
        candidate=_served(judgement.candidate_before + judgement.candidate),
        stable=_served(judgement.stable_before + judgement.stable),
        alone=Served(alone.trials1, alone.events1) if alone and alone.trials1 else None,
        back_after=back_after,
        verdicts=judged(verdicts),
    )


def _served(counts: Counts) -> Served:
    p95 = quantile(counts.latency, _P95) if counts.latency else None
    return Served(counts.requests, counts.errors, p95)


def _cause(state: State, event: Event) -> str:
    """Why it goes back, or went."""
    if event.kind is Kind.RETURNING:
        return str(event.body.get("cause", ""))
    return state.cause if event.kind is Kind.RETURNED else ""


def _notification(
    rollout: Rollout,
    state: State,
    id: str,
    kind: Told,
    severity: Severity,
    title: str,
    text: str,
    numbers: Measured,
    address: str | None,
) -> Notification:
    started: Mapping[str, Any] = rollout.started
    worker, stack = str(started["worker"]), str(started["stack"])
    return Notification(
        id,
        severity,
        f"{worker}: {title}",
        text,
        stack,
        worker,
        rollout.id,
        kind,
        numbers=numbers.rows(),
        measured=numbers,
        address=address,
        stable=state.stable,
        candidate=state.candidate,
        share=float(state.share),
    )
