"""The comparison of two rates: never too much evidence where there is nothing, enough where there is something."""

from __future__ import annotations

import itertools
import json
import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delivery.statistics.two_rates import Evidence, Side, difference_band, projection

from .references import REFERENCES
from .traffic import Rate, seeded, slices

LEVEL = math.log(500)  # 1 % shared by five metrics


def chances(trials: int, rate: float) -> list[float]:
    return [math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]


def expectation(
    past: Evidence,
    trials0: int,
    trials1: int,
    rates: tuple[float, float],
    margin: float,
    side: Side,
) -> float:
    """The expected growth of the evidence over one block, from each of its outcomes."""
    before = past.log_e
    return math.fsum(
        chance0
        * chance1
        * math.exp(past.observe(k0, trials0, k1, trials1, margin, side).log_e - before)
        for (k0, chance0), (k1, chance1) in itertools.product(
            enumerate(chances(trials0, rates[0])), enumerate(chances(trials1, rates[1]))
        )
    )


PASTS = [
    (0, 40, 6, 20),
    (3, 40, 15, 20),
    (2, 200, 0, 30),
    (30, 40, 1, 20),
    (0, 5, 0, 0),
    (9, 10, 10, 10),
]


@pytest.mark.parametrize("side", ["worse", "not_worse"])
@pytest.mark.parametrize("margin", [0.0, 0.005, 0.1, 0.4])
@pytest.mark.parametrize("trials", [(1, 1), (5, 1), (1, 5), (7, 4), (12, 3)])
def test_no_growth_can_be_expected_under_the_null_hypothesis(
    side: Side, margin: float, trials: tuple[int, int]
) -> None:
    grid = [0.0, 0.003, 0.02, 0.1, 0.35, 0.6, 0.9, 1.0]
    nulls = [(p, p + margin) for p in grid if p + margin <= 1]
    nulls += [
        (p0, p1)
        for p0, p1 in itertools.product(grid, grid)
        if (p1 <= p0 + margin if side == "worse" else p1 >= p0 + margin)
    ]
    for past in PASTS:
        evidence = (
            Evidence.start()
            .observe(*past, margin, side)
            .restart()
            .observe(1, 9, 2, 6, margin, side)
        )
        for rates in nulls:
            assert expectation(evidence, *trials, rates, margin, side) <= 1 + 1e-12


def test_growth_is_expected_where_the_null_hypothesis_is_false() -> None:
    worse = Evidence.start().observe(1, 100, 4, 40, 0.005, "worse")
    assert expectation(worse, 12, 6, (0.01, 0.1), 0.005, "worse") > 1.01
    as_good = Evidence.start().observe(4, 100, 2, 60, 0.2, "not_worse")
    assert expectation(as_good, 12, 6, (0.04, 0.04), 0.2, "not_worse") > 1.01


@pytest.mark.parametrize("case", REFERENCES["projections"])
def test_the_nearest_point_of_the_null_hypothesis_is_the_references(
    case: tuple[float, float, int, int, float, float],
) -> None:
    a0, a1, trials0, trials1, margin, reference = case
    q0 = projection(a0, a1, trials0, trials1, margin)
    assert q0 == pytest.approx(reference, rel=1e-6)


@example(1 - 1e-6, 1 - 1e-6, 1, 9279, 0.0)
@given(
    st.floats(1e-6, 1 - 1e-6),
    st.floats(1e-6, 1 - 1e-6),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.floats(0, 0.9),
)
def test_nearest_is_where_the_distance_stops_falling(
    a0: float, a1: float, trials0: int, trials1: int, margin: float
) -> None:
    if a0 >= 1 - margin and a1 < margin:
        return
    q0 = projection(a0, a1, trials0, trials1, margin)
    q1 = q0 + margin
    assert 0 < q0 < 1
    assert q1 < 1
    weight0, weight1 = trials0 / (q0 * (1 - q0)), trials1 / (q1 * (1 - q1))
    pull0, pull1 = weight0 * (q0 - a0), weight1 * (q1 - a1)
    # One rounding of q0 moves each pull by its weight.
    rounded = 4 * sys.float_info.epsilon * (weight0 + weight1)
    assert abs(pull0 + pull1) <= 1e-6 * (abs(pull0) + abs(pull1)) + rounded


def false_alarms(side: Side, margin: float, share: float, rate0: Rate, rate1: Rate) -> int:
    """Of 200 rollouts of half an hour, looked at every 5 s, how many ever reach evidence 20."""
    source = seeded(f"{side} {share}")
    alarms = 0
    for _ in range(200):
        evidence = Evidence.start()
        for i, counts in enumerate(slices(source, 360, 250, share, rate0, rate1)):
            if i % 24 == 23:
                evidence = evidence.restart()
            evidence = evidence.observe(*counts, margin, side)
            if evidence.log_e >= math.log(20):
                alarms += 1
                break
    return alarms


def steady(_: int) -> float:
    return 0.02


def drifting(i: int) -> float:
    return 0.02 + 0.015 * math.sin(i / 40)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("rate", [steady, drifting])
def test_two_equal_versions_raise_few_alarms_however_often_one_looks(
    share: float, rate: Rate
) -> None:
    """5 % is guaranteed: of 200, 21 or more would come with a chance below 0.1 %."""
    assert false_alarms("worse", 0.0, share, rate, rate) < 21


def test_a_candidate_worse_by_the_tolerance_is_seldom_called_as_good() -> None:
    assert false_alarms("not_worse", 0.01, 0.1, drifting, lambda i: drifting(i) + 0.01) < 21


def test_a_handful_of_errors_does_not_outweigh_hundreds_of_good_answers() -> None:
    """1.4 % of 430 where 5.4 % were too much: whoever expects as few errors as stable's loses it all to six of them."""
    evidence = Evidence.of("not_worse")
    for i in range(8):
        evidence = evidence.observe(1, 270, 3 if i in {1, 3} else 0, 54, 0.05, "not_worse")
    assert evidence.log_e >= math.log(20)


def test_a_bad_beginning_is_forgiven_by_the_next_bet() -> None:
    begun = Evidence.of("not_worse").observe(1, 270, 0, 30, 0.05, "not_worse")
    for _ in range(3):
        begun = begun.observe(1, 270, 27, 30, 0.05, "not_worse")
    forgiven, held = begun.restart(), begun
    for _ in range(12):
        forgiven = forgiven.observe(1, 270, 0, 30, 0.05, "not_worse")
        held = held.observe(1, 270, 0, 30, 0.05, "not_worse")
    assert held.log_e < 0
    assert forgiven.log_e >= math.log(20)


@pytest.mark.parametrize("side", ["worse", "not_worse"])
def test_a_time_that_is_bad_for_both_takes_nothing_from_what_was_won(side: Side) -> None:
    candidate = 16 if side == "worse" else 1
    evidence = Evidence.of(side)
    for _ in range(8):
        evidence = evidence.observe(90, 900, candidate, 100, 0.0, side)
    won = evidence.log_e
    assert won > math.log(2)
    assert evidence.observe(900, 900, 100, 100, 0.0, side).log_e == pytest.approx(won, abs=1e-9)


def found(
    seed: int, rates: tuple[float, Rate], margin: float, *, slices_of: int = 120
) -> list[int]:
    """When, in slices of 5 s at 50 req/s and a share of 10 %, each of 200 candidates was found to be worse."""
    source = seeded(seed)
    times: list[int] = []
    for _ in range(200):
        evidence = Evidence.start()
        for i, counts in enumerate(
            slices(source, slices_of, 250, 0.1, lambda _: rates[0], rates[1])
        ):
            if i % 24 == 23:
                evidence = evidence.restart()
            evidence = evidence.observe(*counts, margin, "worse")
            if evidence.log_e >= LEVEL:
                times.append(i)
                break
    return times


def test_two_points_more_errors_are_found_within_ten_minutes() -> None:
    assert len(found(1, (0.01, lambda _: 0.03), 0.003)) >= 194


def test_a_tail_as_of_half_as_slow_again_is_found_within_ten_minutes() -> None:
    """p95 of a wide log-normal (sigma 1) +50 %, judged at +15 %: 8.4 % exceed where 5 % should."""
    assert len(found(2, (0.05, lambda _: 0.084), 0.0)) >= 194


def test_harm_that_begins_after_half_an_hour_is_found_soon_after() -> None:
    times = found(3, (0.01, lambda i: 0.01 if i < 360 else 0.1), 0.003, slices_of=390)
    assert len([time for time in times if time >= 360]) >= 194


def test_a_difference_that_does_not_matter_stops_nothing() -> None:
    assert len(found(4, (0.01, lambda _: 0.013), 0.003)) <= 4


def test_counts_of_one_version_alone_are_remembered_and_say_nothing() -> None:
    evidence = Evidence.start().observe(1, 10, 0, 0, 0.0, "worse").observe(0, 0, 9, 9, 0.0, "worse")
    assert evidence.log_e == pytest.approx(0, abs=1e-12)
    assert (evidence.events0, evidence.trials0, evidence.events1, evidence.trials1) == (1, 10, 9, 9)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="are not counts"):
        Evidence.start().observe(11, 10, 0, 5, 0.0, "worse")
    with pytest.raises(ValueError, match="are not counts"):
        Evidence.start().observe(0, 10, 0, -5, 0.0, "worse")


count_pairs = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(
    st.lists(st.tuples(count_pairs, count_pairs, st.booleans()), max_size=40),
    st.sampled_from([0.0, 0.003, 0.3, 0.99]),
    st.sampled_from(["worse", "not_worse"]),
)
def test_any_history_gives_a_number_and_survives_being_written_down(
    history: list[tuple[tuple[int, int], tuple[int, int], bool]], margin: float, side: Side
) -> None:
    evidence = Evidence.start()
    for stable, candidate, again in history:
        evidence = evidence.observe(*stable, *candidate, margin, side)
        evidence = evidence.restart() if again else evidence
        assert math.isfinite(evidence.log_e)
        assert evidence.log_e >= max(track.log_stake for track in evidence.tracks) - 1e-9
    assert evidence.trials1 == sum(candidate[1] for _, candidate, _ in history)
    assert Evidence.from_json(json.loads(json.dumps(evidence.to_json()))) == evidence


def test_the_order_of_versions_matters() -> None:
    """More errors of the candidate speak against it; the same errors of stable do not."""
    harmed, helped = Evidence.start(), Evidence.start()
    for _ in range(20):
        harmed = harmed.observe(1, 100, 8, 100, 0.003, "worse")
        helped = helped.observe(8, 100, 1, 100, 0.003, "worse")
    assert harmed.log_e > LEVEL
    assert helped.log_e <= 0


def test_a_difference_lies_within_its_band() -> None:
    low, high = difference_band(100, 10_000, 300, 10_000, 0.01)
    assert 0 < low < 0.02 < high < 0.04
    assert difference_band(0, 0, 0, 0, 0.01) == (-1, 1)
