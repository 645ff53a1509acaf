"""What waits for a channel: in the order it came, and never so long that a channel that is down fills the memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from delivery.notifications.notification import Notification, Severity, State


@dataclass
class Waiting:
    """At most `most` wait, beside errors, which are never left out. What is left out is kept in `left_out`, as its title."""

    most: int
    left_out: list[Notification] = field(default_factory=list[Notification])
    _line: deque[Notification] = field(default_factory=deque[Notification])

    def __len__(self) -> int:
        return len(self._line)

    def put(self, notification: Notification) -> None:
        self._line.append(notification)
        while len(self._line) > self.most:
            least = min(self._line, key=_worth)  # of equals the first, which is the oldest
            if least.severity is Severity.ERROR:
                return
            self._line.remove(least)
            self.left_out.append(least)

    def holds_error(self) -> bool:
        return any(notification.severity is Severity.ERROR for notification in self._line)

    def give_way(self) -> None:
        """Leaves out how far the rollout had come, so that an error's turn comes soon."""
        progress = [n for n in self._line if _worth(n)[0] == 0]
        for notification in progress:
            self._line.remove(notification)
        self.left_out.extend(progress)

    def take(self) -> Notification | None:
        return self._line.popleft() if self._line else None

    def rest(self) -> list[Notification]:
        return list(self._line)


def _worth(notification: Notification) -> tuple[int, int]:
    """Errors last; before them, how far the rollout had come is the first to go."""
    error = notification.severity is Severity.ERROR
    progress = notification.state is State.PROGRESS
    return (2 if error else 0 if progress else 1, notification.severity.rank)
