"""The strategy for rehearsals lets a healthy version pass at a rehearsal's traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.rollout.state import Phase
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.running import simulate
from delivery.simulation.traffic import Traffic


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_version_finishes_at_60_requests_a_second(seed: int) -> None:
    outcome = simulate(read_strategy("fast", Path()), Traffic(rate=60, median=5), seed)
    assert outcome.phase is Phase.FINISHED
    assert outcome.seconds < 240
