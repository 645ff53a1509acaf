"""Who hears of a rollout while it is led: the terminal, those whom the stack tells, and, when it returns, the incident record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from delivery.errors import DeliveryError
from delivery.incidents import incident_of, write_incident
from delivery.notifications.notification import Notification
from delivery.notifications.of_stack import notifier_of
from delivery.notifications.rehearsed import RehearsedNews
from delivery.notifications.sending import Notifier
from delivery.progress import Progress
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout
from delivery.rollout.news import REHEARSAL, begun, news_of
from delivery.rollout.state import State
from delivery.rollout.telling import line_of
from delivery.stack import Stack


@dataclass
class Audience:
    """Entered while the rollout is led; what is sent is given its time when it is left."""

    rollout: Rollout
    progress: Progress
    notifier: Notifier
    address: str | None = None
    """Where users ask the Worker."""
    _events: list[tuple[float, Event]] = field(default_factory=list[tuple[float, Event]])
    _decided: float | None = None

    @staticmethod
    def of(stack: Stack, rollout: Rollout, progress: Progress, address: str | None) -> Audience:
        found = rollout.started.get(REHEARSAL)
        # What another program may have written of a rehearsal pages nobody either.
        sent = RehearsedNews.SENT if found == RehearsedNews.SENT.value else RehearsedNews.SAID
        rehearsal = None if found is None else sent
        return Audience(rollout, progress, notifier_of(stack, progress.say, rehearsal), address)

    def __enter__(self) -> Self:
        self._send(lambda: begun(self.rollout, time.time(), self.address))
        return self

    def __exit__(self, *_: object) -> None:
        self.notifier.close()

    def hear(self, state: State, events: Sequence[Event]) -> None:
        """`state` is that after the events."""
        for event in events:
            now = time.time()
            self._events.append((now, event))
            if event.kind is Kind.RETURNING:
                self._decided = now
            self._send(partial(self._news, state, event, now))
            line = line_of(event)
            if line is not None:
                self.progress.say(f"{event.kind.value}: {line}")

    def _news(self, state: State, event: Event, now: float) -> Notification | None:
        return news_of(self.rollout, state, event, now, decided=self._decided, address=self.address)

    def _send(self, make: Callable[[], Notification | None]) -> None:
        try:
            news = make()
        except Exception as error:
            # A return has not been done yet when it is told of: nothing here may stand in its way.
            self.progress.say(f"nobody is told of this: the news failed ({type(error).__name__})")
            return
        if news is not None:
            self.notifier.send(news)

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
