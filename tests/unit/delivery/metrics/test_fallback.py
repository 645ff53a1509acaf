"""The first source that answers is taken, and named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from delivery.metrics.fallback import FallbackSource
from delivery.metrics.source import MetricsUnavailableError, Reading


@dataclass
class Given:
    name: str
    answers: bool = True

    def since(self, after: float) -> Reading:
        if not self.answers:
            raise MetricsUnavailableError(f"{self.name} is down")
        return Reading(after + 1, ())


def test_the_second_is_asked_while_the_first_is_down_and_the_first_again_afterwards() -> None:
    first, second = Given("recorder"), Given("analytics")
    source = FallbackSource([first, second])
    assert (source.since(3).through, source.name) == (4, "recorder")
    first.answers = False
    assert (source.since(3).through, source.name) == (4, "analytics")
    first.answers = True
    source.since(3)
    assert source.name == "recorder"


def test_when_nobody_answers_each_is_told() -> None:
    source = FallbackSource([Given("recorder", answers=False), Given("analytics", answers=False)])
    with pytest.raises(MetricsUnavailableError, match="recorder is down; analytics is down"):
        source.since(3)
