"""What people are told of a rollout: the events that somebody would want to hear of, as notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from delivery.notifications import Notification, Severity
from delivery.notifications import State as Told
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout
from delivery.rollout.state import State
from delivery.rollout.telling import told

_TOLD: Final[Mapping[Kind, tuple[Told, Severity]]] = {
    Kind.PASSED: (Told.PROGRESS, Severity.INFO),
    Kind.PAUSED: (Told.PAUSED, Severity.WARNING),
    Kind.RESUMED: (Told.RESUMED, Severity.INFO),
    Kind.SILENT: (Told.PROGRESS, Severity.WARNING),
    Kind.BAKING: (Told.PROGRESS, Severity.INFO),
    Kind.RETURNING: (Told.RETURNED, Severity.ERROR),
    Kind.FINISHED: (Told.FINISHED, Severity.INFO),
}
_BY_SOMEBODY: Final = frozenset({"abort", "security"})


def begun(rollout: Rollout) -> Notification:
    state = rollout.state
    return _notification(
        rollout, state, f"{rollout.id}:started", Told.STARTED, Severity.INFO, rollout.strategy.name
    )


def news_of(rollout: Rollout, state: State, event: Event) -> Notification | None:
    """`state` is that after the event. None for what is written down alone."""
    if event.kind not in _TOLD:
        return None
    kind, severity = _TOLD[event.kind]
    if event.kind is Kind.RETURNING and event.body.get("cause") in _BY_SOMEBODY:
        kind = Told.ABORTED
    # The same event has the same id, whoever leads: a receiver that has it drops the second.
    id = f"{rollout.id}:{event.kind.value}:{state.step}:{state.since:.0f}"
    return _notification(rollout, state, id, kind, severity, told(event.kind.value, event.body))


def _notification(
    rollout: Rollout, state: State, id: str, kind: Told, severity: Severity, text: str
) -> Notification:
    started = rollout.started
    worker, stack = str(started["worker"]), str(started["stack"])
    return Notification(
        id,
        severity,
        f"{worker}: rollout {kind.value}",
        text,
        stack,
        worker,
        rollout.id,
        kind,
        stable=state.stable,
        candidate=state.candidate,
        share=float(state.share),
    )
