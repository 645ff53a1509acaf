"""One channel's line: a thread that tells what waits, one after the other, however long the channel takes."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from delivery.notifications.channel import Channel, NotDeliveredError
from delivery.notifications.notification import Notification, Severity, State, one_line
from delivery.notifications.sent import Sent
from delivery.notifications.waiting import Waiting

_LONGEST_TITLE: Final = 120
_LAST_PAUSE: Final = 1.0
"""Seconds between two tries once nothing more will come."""


@dataclass(frozen=True)
class Limits:
    """Seconds, except `waiting` (how many may wait for one channel) and `tries` (how often one is tried).

    The pause before try n + 1 is drawn between half of `pause * 2**(n - 1)` and all of it, at most `longest_pause`; a pause
    that the other side asks for counts instead where it is longer.
    """

    waiting: int = 20
    tries: int = 7
    timeout: float = 10.0
    pause: float = 0.5
    longest_pause: float = 30.0


class Line:
    """`report` is called from the line's own thread, with one line of text without a secret."""

    def __init__(
        self, channel: Channel, sent: Sent, limits: Limits, report: Callable[[str], None]
    ) -> None:
        self.channel = channel
        self._sent = sent
        self._limits = limits
        self._report = report
        self._changed = threading.Condition()
        self._waiting = Waiting(limits.waiting)
        self._seen: set[str] = set()
        self._at_work: Notification | None = None
        self._busy = False
        self._why = "its turn did not come"
        self._failed: list[str] = []
        self._thread: threading.Thread | None = None
        self._closing = False
        self._given_up = False

    def put(self, notification: Notification) -> None:
        """Returns at once: nothing here waits for the channel, the disk or a reader of the output."""
        if notification.severity.rank < self.channel.minimum.rank:
            return
        with self._changed:
            if notification.id in self._seen:
                return
            if self._closing:
                self._failed.append(self._said(notification, "came after the end"))
                return
            self._seen.add(notification.id)
            self._waiting.put(notification)
            self._changed.notify_all()
            if self._thread is None:
                name = f"notify {self.channel.name}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                thread.start()
                self._thread = thread

    def close(self) -> None:
        """Nothing more will come; what waits is still told."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def finished(self, deadline: float) -> list[str]:
        """Waits until everything was told, at most until `deadline` (`time.monotonic`); what was not, one line each (progress in one)."""
        with self._changed:
            while self._busy or len(self._waiting):
                left = deadline - time.monotonic()
                if left <= 0 or self._thread is None:
                    break
                self._changed.wait(left)
            self._given_up = True
            self._changed.notify_all()
            lost = list(self._failed)
            if self._at_work is not None:
                lost.append(self._said(self._at_work, self._why))
            lost.extend(self._said(n, "its turn did not come") for n in self._waiting.rest())
            left_out = self._waiting.left_out
            told_apart = [n for n in left_out if n.state is not State.PROGRESS]
            lost.extend(self._said(n, "too much waited") for n in told_apart)
            if progress := len(left_out) - len(told_apart):
                name = one_line(self.channel.name)
                times = "once" if progress == 1 else f"{progress} times"
                lost.append(f"{name} was not told of progress {times}: too much waited")
            return lost

    def _said(self, notification: Notification, why: str) -> str:
        title = one_line(notification.title)[:_LONGEST_TITLE]
        return f"{one_line(self.channel.name)} was not told `{title}`: {why}"

    def _run(self) -> None:
        while (notification := self._next()) is not None:
            remark = self._told(notification)
            with self._changed:
                self._at_work = None
            if remark is not None and not self._given_up:
                self._say(remark)
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Notification | None:
        with self._changed:
            while not len(self._waiting):
                if self._closing:
                    return None
                self._changed.wait()
            if self._given_up:
                return None
            self._busy = True
            self._at_work = self._waiting.take()
            self._why = "no answer yet"
            return self._at_work

    def _told(self, notification: Notification) -> str | None:
        """Tells it, in as many tries as it takes; what is to be said of it, if anything."""
        name = self.channel.name
        if self._sent.holds(notification.rollout, name, notification.id):
            return None
        for tried in range(1, self._limits.tries + 1):
            failure = self._tried(notification)
            if not isinstance(failure, NotDeliveredError):
                return failure
            last = not failure.again or tried == self._limits.tries
            if last or not self._pause(tried, failure, notification):
                times = "" if tried == 1 else f", after {tried} tries"
                return self._lost(notification, f"{failure.reason}{times}")
        return None

    def _lost(self, notification: Notification, why: str) -> str | None:
        with self._changed:
            if self._given_up:
                return None  # `finished` has said so
            self._at_work = None
            said = self._said(notification, why)
            self._failed.append(said)
            return said

    def _tried(self, notification: Notification) -> NotDeliveredError | str | None:
        try:
            remark = self.channel.deliver(notification, self._limits.timeout)
        except NotDeliveredError as error:
            failure = error
        except Exception as error:
            failure = NotDeliveredError(f"it failed ({type(error).__name__})", again=False)
        else:
            self._sent.add(notification.rollout, self.channel.name, notification.id)
            return remark and f"{one_line(self.channel.name)}: {one_line(remark)}"
        with self._changed:
            self._why = failure.reason
        return failure

    def _pause(self, tried: int, failure: NotDeliveredError, notification: Notification) -> bool:
        """Waits before the next try; False when there is to be none, as nothing is tried long while an error waits."""
        longest = min(self._limits.pause * 2 ** (tried - 1), self._limits.longest_pause)
        drawn = longest * random.uniform(0.5, 1.0)  # noqa: S311 (spreads tries; nothing to guess)
        asked = failure.after or 0.0
        begun = time.monotonic()
        with self._changed:
            while not self._given_up:
                way = notification.severity is not Severity.ERROR and self._waiting.holds_error()
                own = 0.0 if way else min(drawn, _LAST_PAUSE) if self._closing else drawn
                left = begun + max(own, asked) - time.monotonic()
                if left <= 0:
                    if way:
                        self._waiting.give_way()
                    return not way
                self._changed.wait(left)
            return False

    def _say(self, line: str) -> None:
        # An output that is gone is no reason to tell nobody.
        with contextlib.suppress(Exception):
            self._report(line)
