"""The strategy for little traffic: what is harmless gets through, and what is harmful does not."""

from __future__ import annotations

from pathlib import Path

from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.faults import Fault
from delivery.simulation.many import many
from delivery.simulation.tables import summary
from delivery.simulation.traffic import Traffic


def test_at_a_few_requests_a_second_it_tells_good_from_bad() -> None:
    strategy = read_strategy("low-traffic", Path())
    good = summary(list(many(strategy, Traffic(rate=5), range(20))))
    assert (good.finished, good.returned) == (20, 0)
    bad = summary(list(many(strategy, Traffic(rate=5, faults=(Fault(errors=0.05),)), range(20))))
    assert bad.returned == 20
