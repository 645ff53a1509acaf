"""Who hears of a rollout while it is led: the terminal, those whom the stack tells, and, when it returns, the incident record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from delivery.errors import DeliveryError
from delivery.incidents import incident_of, write_incident
from delivery.notifications.of_stack import notifier_of
from delivery.notifications.sending import Notifier
from delivery.progress import Progress
from delivery.rollout.events import Event
from delivery.rollout.journal import Rollout
from delivery.rollout.news import begun, news_of
from delivery.rollout.state import State
from delivery.rollout.telling import line_of
from delivery.stack import Stack


@dataclass
class Audience:
    """Entered while the rollout is led; what is sent is given its time when it is left."""

    rollout: Rollout
    progress: Progress
    notifier: Notifier
    _events: list[tuple[float, Event]] = field(default_factory=list[tuple[float, Event]])

    @staticmethod
    def of(stack: Stack, rollout: Rollout, progress: Progress) -> Audience:
        return Audience(rollout, progress, notifier_of(stack, progress.say))

    def __enter__(self) -> Self:
        self.notifier.send(begun(self.rollout))
        return self

    def __exit__(self, *_: object) -> None:
        self.notifier.close()

    def hear(self, state: State, events: Sequence[Event]) -> None:
        """`state` is that after the events."""
        for event in events:
            self._events.append((time.time(), event))
            news = news_of(self.rollout, state, event)
            if news is not None:
                self.notifier.send(news)
            line = line_of(event)
            if line is not None:
                self.progress.say(f"{event.kind.value}: {line}")

    def record_incident(self, project: Path, by: str) -> Path | None:
        """The record of a return that was decided while it was led; None where there was none, or where it cannot be written."""
        found = incident_of(self.rollout.started, self._events, by)
        if found is None:
            return None
        try:
            return write_incident(project, [found], time.time())
        except DeliveryError as error:
            self.progress.say(str(error))
            return None
