"""What a channel is, and what it says when it could not deliver."""

from __future__ import annotations

from typing import Protocol

from delivery.notifications.notification import Notification, Severity


class NotDeliveredError(Exception):
    """`reason` is a few words without a secret or anything the other side wrote; `again` when another try may help.

    `after` is how many seconds the other side asked to be left alone.
    """

    def __init__(self, reason: str, *, again: bool, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.after = after


class Channel(Protocol):
    @property
    def name(self) -> str:
        """Tells channels apart, in output and in the file of what was sent: holds no secret."""
        ...

    @property
    def minimum(self) -> Severity:
        """The least severity that is told."""
        ...

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        """Tells it, waiting at most some `timeout` seconds for each word of the other side.

        Returns a remark when not everybody got it. Raises `NotDeliveredError`.
        """
        ...
