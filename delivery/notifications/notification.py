"""What is told of a rollout: plain data, made by whoever leads it and sent by nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from delivery.notifications.measured import Measured


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class State(StrEnum):
    """Where the rollout is when it is told of."""

    STARTED = "started"
    PROGRESS = "progress"
    PAUSED = "paused"
    RESUMED = "resumed"
    RETURNED = "returned"
    """Stable serves again, by the rollout's own judgement or the switch's."""
    ABORTED = "aborted"
    """Stable serves again, because somebody asked for it."""
    FINISHED = "finished"
    FAILED = "failed"
    """Nobody knows what serves: somebody has to look."""
    TEST = "test"


@dataclass(frozen=True)
class Notification:
    """`id` is the same whenever the same event is told (rollout and number of the event), and receivers may rely on it.

    `share` is the candidate's, in percent. `numbers` are names and values as people read them, `measured` the same for
    machines. `link` is where one reads on, `command` what one types to; `address` is where users ask. No field holds a secret.
    """

    id: str
    severity: Severity
    title: str
    text: str
    stack: str
    worker: str
    rollout: str
    state: State
    numbers: Mapping[str, str] = field(default_factory=dict[str, str])
    measured: Measured | None = None
    link: str | None = None
    command: str | None = None
    address: str | None = None
    rehearsal: bool = False
    stable: str | None = None
    candidate: str | None = None
    share: float | None = None

    @property
    def headline(self) -> str:
        """Severity, title and the numbers that matter most, in one line."""
        share = "" if self.share is None else f"{self.share:g} %"
        numbers = "" if self.measured is None else self.measured.summary()
        told = f"{self.severity.value}: {one_line(self.title)}"
        return "; ".join(part for part in (told, share, numbers) if part)

    def rows(self) -> dict[str, str]:
        """Names and values for people, what matters most first: severity, share, numbers, then what the rollout is of; what is
        not known is left out."""
        known = {
            "Severity": self.severity.value,
            "Share": None if self.share is None else f"{self.share:g} %",
            **self.numbers,
            "Stack": self.stack,
            "Worker": self.worker,
            "Rollout": self.rollout,
            "Stable": self.stable,
            "Candidate": self.candidate,
        }
        return {name: value for name, value in known.items() if value}


def one_line(text: str) -> str:
    """The text without line breaks, control characters and half characters: fit for a header or a line of output."""
    whole = text.encode(errors="replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in whole).split())
