"""A rate against a fixed bound."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.statistics.against_bound import BoundEvidence, Direction

from .traffic import binomial, seeded


@pytest.mark.parametrize("trials", [1, 4, 15])
@pytest.mark.parametrize("bound", [0.001, 0.02, 0.3, 0.8])
@pytest.mark.parametrize("direction", ["above", "below"])
def test_no_growth_can_be_expected_on_the_right_side_of_the_bound(
    trials: int, bound: float, direction: Direction
) -> None:
    for past in ((0, 50), (3, 50), (45, 50), (1, 1)):
        evidence = BoundEvidence.start().observe(*past, bound, direction)
        for part in (0.0, 0.3, 1.0):
            rate = bound * (1 - part) if direction == "above" else bound + (1 - bound) * part
            expected = math.fsum(
                math.comb(trials, k)
                * rate**k
                * (1 - rate) ** (trials - k)
                * math.exp(evidence.observe(k, trials, bound, direction).log_e - evidence.log_e)
                for k in range(trials + 1)
            )
            assert expected <= 1 + 1e-12


def reached(seed: int, rate: float, bound: float, direction: Direction, alpha: float) -> int:
    """Of 200 bakes of half an hour at 50 req/s, looked at every 5 s, how many ever reach the level."""
    source = seeded(seed)
    count = 0
    for _ in range(200):
        evidence = BoundEvidence.start()
        for i in range(360):
            if i % 24 == 23:
                evidence = evidence.restart()
            evidence = evidence.observe(binomial(source, 250, rate), 250, bound, direction)
            if evidence.log_e >= math.log(1 / alpha):
                count += 1
                break
    return count


def test_a_rate_at_the_bound_seldom_crosses_it() -> None:
    assert reached(1, 0.02, 0.02, "above", 0.05) < 21
    assert reached(2, 0.02, 0.02, "below", 0.05) < 21


def test_a_rate_beyond_the_bound_is_found() -> None:
    assert reached(3, 0.03, 0.02, "above", 0.002) == 200
    assert reached(4, 0.01, 0.02, "below", 0.002) == 200


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="no count"):
        BoundEvidence.start().observe(3, 2, 0.1, "above")
    with pytest.raises(ValueError, match="between 0 and 1"):
        BoundEvidence.start().observe(1, 2, 0.0, "above")


@given(
    st.lists(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))),
    st.floats(1e-9, 1 - 1e-9),
    st.sampled_from(["above", "below"]),
)
def test_any_history_gives_a_number_and_survives_being_written_down(
    history: list[tuple[int, int]], bound: float, direction: Direction
) -> None:
    evidence = BoundEvidence.start()
    for counts in history:
        evidence = evidence.observe(*counts, bound, direction).restart()
        assert math.isfinite(evidence.log_e)
    assert (evidence.events1, evidence.trials1) == (
        sum(events for events, _ in history),
        sum(trials for _, trials in history),
    )
    assert BoundEvidence.from_json(json.loads(json.dumps(evidence.to_json()))) == evidence
