"""Latency histograms, and a quantile compared as one of two rates."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.statistics.latency import (
    LAST_BUCKET,
    Histogram,
    Ordered,
    bucket,
    count_above,
    exceed_counts,
    lower_edge,
    merge,
    quantile,
    quantile_of_all,
    thresholds,
    upper_edge,
)
from delivery.statistics.two_rates import Evidence, Side

from .traffic import seeded

SHARED = Path(__file__).parents[3] / "worker" / "rollouts" / "latency-buckets.json"


@pytest.mark.skipif(not SHARED.is_file(), reason="the recorder's cases are not written yet")
def test_buckets_are_the_recorders() -> None:
    cases: list[tuple[float, int]] = json.loads(SHARED.read_text("utf-8"))
    assert cases
    assert [(ms, bucket(ms)) for ms, _ in cases] == [(ms, index) for ms, index in cases]


@given(st.floats(0, 100_000))
def test_a_duration_lies_between_its_buckets_edges(ms: float) -> None:
    index = bucket(ms)
    assert lower_edge(index) * (1 - 1e-12) <= ms <= upper_edge(index) * (1 + 1e-12)


def test_buckets_at_the_ends() -> None:
    assert [bucket(ms) for ms in (-1, 0, 0.2, 1, 1.01, 20, 20.01, 21, 21.01)] == [
        0,
        0,
        1,
        1,
        2,
        20,
        21,
        21,
        22,
    ]
    assert bucket(1e9) == bucket(math.inf) == LAST_BUCKET


def histogram_of(
    source: random.Random, count: int, sigma: float, slower: float = 1
) -> dict[int, int]:
    histogram: dict[int, int] = {}
    for _ in range(count):
        index = bucket(80 * slower * source.lognormvariate(0, sigma))
        histogram[index] = histogram.get(index, 0) + 1
    return histogram


def test_histograms_add_up() -> None:
    one, other = {3: 2, 40: 1}, {40: 4, 5: 1}
    assert merge([one, other]) == {3: 2, 5: 1, 40: 5}
    assert merge([]) == {}
    assert (count_above(one, 3), count_above(one, 2), count_above(one, 40)) == (1, 3, 0)


def test_a_quantile_is_its_buckets_upper_edge() -> None:
    assert quantile({10: 95, 50: 5}, 0.95) == 10
    assert quantile({10: 94, 50: 6}, 0.95) == upper_edge(50)
    assert quantile({10: 19, 50: 2}, 0.95) == upper_edge(50)
    assert quantile({7: 1}, 0.5) == 7
    with pytest.raises(ValueError, match="holds 0 requests"):
        quantile({}, 0.5)


def test_a_quantile_of_many_is_that_of_all_counted_together() -> None:
    source = seeded(3)
    for count in (1, 7, 400):
        histograms = [histogram_of(source, count, 0.5, slower) for slower in (1, 1.5, 4)]
        for p in (0.0, 0.5, 0.95, 1.0):
            together = quantile_of_all([Ordered(one) for one in histograms], p)
            assert together == quantile(merge(histograms), p)
    with pytest.raises(ValueError, match="hold 0 requests"):
        quantile_of_all([Ordered({})], 0.5)


def test_thresholds_are_the_margin_apart() -> None:
    past = {60: 900, 80: 100}
    q, c = thresholds(past, 0.95, 0.15, 0, "worse") or (0, 0)
    assert q == 80
    assert upper_edge(c) >= 1.15 * upper_edge(q) > upper_edge(c - 1)
    q, c = thresholds(past, 0.95, 0.15, 0, "not_worse") or (0, 0)
    assert upper_edge(c) <= 1.15 * upper_edge(q) < upper_edge(c + 1)


def test_an_absolute_floor_spares_fast_answers() -> None:
    assert thresholds({2: 1000}, 0.95, 0.15, 10, "worse") == (2, 12)
    assert thresholds({2: 1000}, 0.95, 0.15, 10, "not_worse") == (1, 11)


def test_an_edge_hit_exactly_is_taken() -> None:
    assert thresholds({40: 1000}, 0.5, 1.05**2 - 1, 0, "worse") == (40, 42)
    assert thresholds({40: 1000}, 0.5, 1.05**2 - 1, 0, "not_worse") == (39, 41)


def test_too_little_past_and_too_slow_a_past_give_no_thresholds() -> None:
    assert thresholds({40: 99}, 0.95, 0.15, 0, "worse") is None
    assert thresholds({}, 0.5, 0.15, 0, "worse") is None
    assert thresholds({LAST_BUCKET: 1000}, 0.5, 0.15, 0, "worse") is None


def rollout(source: random.Random, sigma: float, slower: float, slices: int) -> int | None:
    """The slice after which p95 is said to be over +15 %, at 50 req/s and a share of 10 %."""
    past: Histogram = {}
    evidence = Evidence.start()
    for i in range(slices):
        stable = histogram_of(source, 225, sigma)
        candidate = histogram_of(source, 25, sigma, slower)
        found = thresholds(past, 0.95, 0.15, 0, "worse")
        if found is not None:
            evidence = evidence.observe(*exceed_counts(stable, candidate, *found), 0.0, "worse")
        if evidence.log_e >= math.log(500):
            return i
        past = merge([past, stable])
    return None


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_half_as_slow_again_is_found_within_ten_minutes(sigma: float) -> None:
    source = seeded(11)
    times = [rollout(source, sigma, 1.5, 120) for _ in range(60)]
    assert len([time for time in times if time is not None]) >= 57


def test_a_difference_within_the_margin_stops_nothing() -> None:
    source = seeded(12)
    assert [rollout(source, 0.5, 1.1, 60) for _ in range(20)] == [None] * 20


def shown(source: random.Random, slower: float, side: Side, margin: float) -> bool:
    """Whether ten minutes of p95 ever bring 20 to 1: latencies rise and fall by half for both alike, and now and then stop for a slice."""
    past: Histogram = {}
    evidence = Evidence.of(side)
    for i in range(120):
        weather = math.exp(0.4 * math.sin(i / 15)) * (6 if source.random() < 0.08 else 1)
        stable = histogram_of(source, 90, 0.5, weather)
        candidate = histogram_of(source, 10, 0.5, weather * slower)
        cut = thresholds(past, 0.95, margin, 0, side)
        if cut is not None:
            evidence = evidence.observe(*exceed_counts(stable, candidate, *cut), 0.0, side)
        if evidence.log_e >= math.log(20):
            return True
        if i % 24 == 23:
            evidence = evidence.restart()
        past = merge([past, stable])
    return False


def test_latencies_that_drift_and_stop_for_both_show_a_healthy_one_to_be_so() -> None:
    source = seeded(13)
    assert [shown(source, 1.0, "not_worse", 1.0) for _ in range(30)] == [True] * 30


@pytest.mark.parametrize(("side", "margin"), [("not_worse", 1.0), ("worse", 0.15)])
def test_whatever_the_weather_few_at_the_margin_are_misjudged(side: Side, margin: float) -> None:
    """5 % may be: of 60, eleven or more would come with a chance below 0.1 %."""
    source = seeded(14)
    assert sum(shown(source, 1 + margin, side, margin) for _ in range(60)) < 11
