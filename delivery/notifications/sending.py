"""Tells every channel, out of the way of whoever has something to tell: a rollback never waits for a mail server."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.notifications.channel import Channel, NotDeliveredError
from delivery.notifications.context import Context
from delivery.notifications.line import Limits, Line
from delivery.notifications.notification import Notification, Severity, State
from delivery.notifications.sent import Sent


class Notifier:
    """A thread for each channel, so that one that hangs holds up no other; the order is kept within each. Names of channels differ.

    `report` is told, from those threads, one line for each notification that was given up. `folder` is where the ids of what
    was told are kept, so that a new controller does not tell it again. `left_out` says which channels were configured and
    cannot be used. `context` adds to each notification where one reads on.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        report: Callable[[str], None] = lambda _: None,
        *,
        folder: Path | None = None,
        limits: Limits | None = None,
        left_out: Sequence[str] = (),
        context: Context | None = None,
    ) -> None:
        sent = Sent(folder)
        self.channels = tuple(channels)
        self.left_out = tuple(left_out)
        self.context = context or Context()
        self._lines = [Line(channel, sent, limits or Limits(), report) for channel in channels]

    def send(self, notification: Notification) -> None:
        """Returns at once and never raises. The same id is told once, by each channel whose `minimum` it reaches."""
        told = notification
        with contextlib.suppress(Exception):
            told = self.context.complete(notification)
        for line in self._lines:
            # Not even where no thread can be started: `close` says what was not told.
            with contextlib.suppress(Exception):
                line.put(told)

    def close(self, patience: float = 10.0) -> list[str]:
        """Waits at most `patience` seconds in all until everything is told; what was not, in one line each."""
        deadline = time.monotonic() + max(patience, 0.0)
        for line in self._lines:
            line.close()
        return [said for line in self._lines for said in line.finished(deadline)]


@dataclass(frozen=True)
class Tried:
    """What became of a test: `detail` is a few words, without a secret."""

    channel: str
    told: bool
    detail: str


def try_channels(
    channels: Sequence[Channel],
    stack: str,
    worker: str,
    *,
    patience: float = 15.0,
    context: Context | None = None,
) -> list[Tried]:
    """Tells every channel a test, once and all at the same time, whatever its `minimum`; ends after `patience` seconds."""
    stamp = str(int(time.time()))
    test = Notification(
        id=f"test-{stack}-{stamp}",
        severity=Severity.INFO,
        title=f"Test of the notifications of {stack}",
        text="Somebody tries whether news of rollouts arrives. There is nothing to do.",
        stack=stack,
        worker=worker,
        rollout=f"test-{stamp}",
        state=State.TEST,
    )
    test = (context or Context()).complete(test)
    results: dict[int, Tried] = {}

    def tell(index: int, channel: Channel) -> None:
        try:
            remark = channel.deliver(test, patience)
            results[index] = Tried(channel.name, True, remark or "told")
        except NotDeliveredError as error:
            results[index] = Tried(channel.name, False, error.reason)
        except Exception as error:
            results[index] = Tried(channel.name, False, f"it failed ({type(error).__name__})")

    deadline = time.monotonic() + patience
    threads = [
        threading.Thread(target=tell, args=pair, daemon=True) for pair in enumerate(channels)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    late = f"no answer within {patience:g} s"
    return [
        results.get(index, Tried(channel.name, False, late))
        for index, channel in enumerate(channels)
    ]
