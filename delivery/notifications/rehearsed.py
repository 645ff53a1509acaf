"""News of a rehearsal: nobody is paged for what was broken on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from delivery.notifications.notification import Notification, Severity
from settings.model import NotifySettings

WOULD_TELL: Final = "would have told"
"""How a line of what was not sent begins."""


class RehearsedNews(StrEnum):
    """What becomes of the news of a rehearsed rollout; it stands in the ledger, so that whoever goes on with it knows."""

    SAID = "said"
    """Only said on the terminal."""
    SENT = "sent"
    """Sent, and marked as a rehearsal's."""


@dataclass(frozen=True)
class Said:
    """In the place of all channels: says whom it would have told, and needs no secret for that."""

    notify: Sequence[NotifySettings]
    name: str = WOULD_TELL
    minimum: Severity = Severity.INFO

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        del timeout
        heard = (e for e in self.notify if Severity(e.minimum).rank <= notification.severity.rank)
        names = dict.fromkeys(_named(entry) for entry in heard)
        if not names:
            return None
        where = notification.link or notification.command
        told = f"{', '.join(names)}: {notification.headline}"
        return f"{told} → {where}" if where else told


def _named(entry: NotifySettings) -> str:
    return f"email to {', '.join(entry.to)}" if entry.kind == "email" else entry.kind
