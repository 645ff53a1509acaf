"""Bands that hold at all times together."""

from __future__ import annotations

import math
from bisect import insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.statistics.bands import quantile_band, quantile_ranks, rate_band
from delivery.statistics.latency import bucket, lower_edge, upper_edge

from .references import REFERENCES
from .traffic import binomial, seeded


@pytest.mark.parametrize("case", REFERENCES["bands"])
def test_a_rates_band_is_the_references(case: tuple[int, int, float, float, float]) -> None:
    events, trials, alpha, low, high = case
    assert rate_band(events, trials, alpha) == pytest.approx((low, high), rel=1e-9, abs=1e-300)


@given(
    st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.floats(1e-6, 0.5),
)
def test_a_rates_band_holds_what_was_seen(counts: tuple[int, int], alpha: float) -> None:
    events, trials = counts
    low, high = rate_band(events, trials, alpha)
    assert 0 <= low <= events / trials <= high <= 1
    mirrored_low, mirrored_high = rate_band(trials - events, trials, alpha)
    assert (1 - mirrored_high, 1 - mirrored_low) == pytest.approx((low, high), abs=1e-8)


def test_nothing_seen_says_nothing() -> None:
    assert rate_band(0, 0, 0.05) == (0, 1)
    assert quantile_ranks(0.95, 0, 0.05) == (0, 1)
    assert quantile_band({}, 0.95, 0.05) == (0, 0, math.inf)


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_a_rates_band_holds_the_rate_at_all_times(rate: float) -> None:
    """5 % may miss: of 300, 31 or more would come with a chance below 0.1 %."""
    source = seeded(5)
    missed = 0
    for _ in range(300):
        events = trials = 0
        for look in range(150):
            block = 1 + look
            events += binomial(source, block, rate)
            trials += block
            low, high = rate_band(events, trials, 0.05)
            if not low <= rate <= high:
                missed += 1
                break
    assert missed < 31


@pytest.mark.parametrize("p", [0.5, 0.95])
def test_a_quantiles_band_holds_the_quantile_at_all_times(p: float) -> None:
    """Uniform samples, looked at after each: their quantile is p itself."""
    source = seeded(6)
    missed = 0
    for _ in range(100):
        below = 0
        for trials in range(1, 1500):
            below += source.random() <= p
            low_p, high_p = quantile_ranks(p, trials, 0.05)
            if not low_p * trials <= below <= high_p * trials:
                missed += 1
                break
    assert missed <= 12


def test_ranks_are_those_of_the_closed_form() -> None:
    """By hand for p = 0.95, n = 10,000, alpha = 0.05: log log 21,000 = 2.29789, l = 8.5154e-4."""
    low_p, high_p = quantile_ranks(0.95, 10_000, 0.05)
    assert (high_p - 0.95, 0.95 - low_p) == pytest.approx((0.010222, 0.010222), abs=5e-6)


def test_a_quantiles_band_is_of_the_buckets_around_it() -> None:
    source = seeded(7)
    histogram: dict[int, int] = {}
    samples: list[float] = []
    for _ in range(5000):
        ms = 100 * source.lognormvariate(0, 0.5)
        insort(samples, ms)
        histogram[bucket(ms)] = histogram.get(bucket(ms), 0) + 1
    low, value, high = quantile_band(histogram, 0.95, 0.05)
    low_p, high_p = quantile_ranks(0.95, 5000, 0.05)
    assert value == upper_edge(bucket(samples[4749]))
    assert low == lower_edge(bucket(samples[int(low_p * 5000) - 1]))
    assert high == upper_edge(bucket(samples[int(high_p * 5000)]))
    assert low < 100 * math.exp(0.5 * 1.645) < high


def test_few_samples_leave_a_quantile_open_above() -> None:
    low, value, high = quantile_band({30: 40}, 0.95, 0.05)
    assert (low, value, high) == (lower_edge(30), upper_edge(30), math.inf)
