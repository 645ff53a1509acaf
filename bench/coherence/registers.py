"""Data that one writer changes, one change after another, and what a reader may be told of it.

All times are seconds of one monotonic clock. A change holds from some moment between when it was sent and when it was
acknowledged; whoever asks after that must be told of it, or of a later one, unless they may be behind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(eq=False)
class Change(Generic[V]):
    """`acknowledged` is infinite until the writer was told that the change is made; one of which nobody knows whether it was
    made stays so. `by` is the version that made it."""

    value: V
    sent: float
    acknowledged: float = math.inf
    by: str = ""

    def acknowledge(self, at: float, by: str) -> None:
        self.acknowledged, self.by = at, by


@dataclass(frozen=True)
class Reading:
    """When an answer was asked for and when it was there, by which version, and how many seconds it may be behind changes
    that another version has made."""

    asked: float
    answered: float
    by: str = ""
    behind: float = 0.0


class Register(Generic[V]):
    def __init__(self, value: V) -> None:
        self._changes = [Change(value, -math.inf, -math.inf)]

    def change(self, value: V, sent: float) -> Change[V]:
        """Begins a change: it may be seen from now on."""
        change = Change(value, sent)
        self._changes.append(change)
        return change

    @property
    def last(self) -> V:
        """What it holds, or is about to hold."""
        return self._changes[-1].value

    def possible(self, reading: Reading) -> list[V]:
        """What a right answer may say, the oldest first."""
        found: list[V] = []
        for change in reversed(self._changes):
            if change.sent > reading.answered:
                continue
            found.append(change.value)
            behind = 0.0 if change.by == reading.by else reading.behind
            # Until it was acknowledged, what was before it may be seen as well.
            if change.acknowledged <= reading.asked - behind:
                break
        return found[::-1]
