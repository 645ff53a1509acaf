"""What every judge is asked."""

from __future__ import annotations

from typing import Protocol

from delivery.analysis.counts import Slice


class Judge(Protocol):
    def observe(self, seen: Slice) -> bool:
        """Whether the candidate is rolled back by now, after one more slice in which both versions served at the same time."""
        ...
