"""Cloudflare's count against the recorder's: who serves and does not report is told of, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from delivery.analysis.counts import Counts, Slice
from delivery.metrics.source import MetricsUnavailableError, Reading
from delivery.metrics.unreported import Unreported, told_of

MINUTE = 60.0
NOW = 1_799_999_940.0


@pytest.mark.parametrize(
    ("invoked", "reported", "told"),
    [
        ({"old": 9000, "new": 900}, {"old": 8990, "new": 3}, True),
        ({"old": 9000, "new": 900}, {"old": 8990, "new": 890}, False),
        ({"old": 9000, "new": 900}, {"old": 8990, "new": 460}, False),
        ({"old": 9000, "new": 900}, {"old": 8990}, True),
        ({"old": 9000, "new": 99}, {"old": 8990}, False),
        # The recorder hears nobody.
        ({"old": 9000, "new": 900}, {}, False),
        # At 100 % there is nobody to compare with.
        ({"new": 900}, {}, True),
        ({}, {"old": 5, "new": 5}, False),
    ],
)
def test_who_is_told_of(invoked: dict[str, int], reported: dict[str, int], told: bool) -> None:
    said = told_of(invoked, reported, "old", "new")
    assert (said is not None) is told
    if said is not None:
        assert f"{invoked['new']:,}" in said


@dataclass
class Both:
    """Cloudflare and the recorder: a request a second of stable and two of the candidate, of which `heard` are reported."""

    heard: int = 0
    away: bool = False
    asked: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    name: str = "both"

    def invocations(self, since: float, until: float) -> Mapping[str, int]:
        if self.away:
            raise MetricsUnavailableError("away")
        self.asked.append((since, until))
        return {"old": int(until - since), "new": 2 * int(until - since)}

    def since(self, after: float) -> Reading:
        slices = tuple(
            Slice(
                at, at + 5, {"old": Counts(5), "new": Counts(self.heard * 3, probes=self.heard * 2)}
            )
            for at in range(int(after) + 1, int(NOW), 5)
        )
        return Reading(NOW, slices)


def test_it_looks_at_the_last_whole_minutes_that_no_longer_grow() -> None:
    both = Both()
    assert Unreported(both, both, "old", "new", NOW - 3600, lambda: NOW).look() is not None
    assert both.asked == [(NOW - 13 * MINUTE, NOW - 3 * MINUTE)]


def test_what_the_recorder_heard_later_is_not_counted() -> None:
    both = Both(heard=1)
    # Half of the invocations, requests and probes together: heard of enough, and no more.
    assert Unreported(both, both, "old", "new", NOW - 3600, lambda: NOW).look() is None
    both.heard = 0
    said = Unreported(both, both, "old", "new", NOW - 3600, lambda: NOW).look()
    assert said is not None
    assert "1,200 invocations" in said


def test_before_a_whole_minute_is_told_nothing_is_asked() -> None:
    both = Both()
    assert Unreported(both, both, "old", "new", NOW - 200, lambda: NOW).look() is None
    assert both.asked == []
    Unreported(both, both, "old", "new", NOW - 250, lambda: NOW).look()
    assert both.asked == [(NOW - 4 * MINUTE, NOW - 3 * MINUTE)]


def test_who_does_not_answer_says_nothing_of_the_candidate() -> None:
    both = Both(away=True)
    assert Unreported(both, both, "old", "new", NOW - 3600, lambda: NOW).look() is None
