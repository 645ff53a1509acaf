"""Made-up counts follow the distributions that they are said to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from statistics import mean, variance

import pytest

from delivery.simulation.drawing import SLICE_SECONDS, Drawn, Draws
from delivery.simulation.fault_words import read_faults
from delivery.simulation.faults import Fault
from delivery.simulation.traffic import CANDIDATE, SEGMENTS, STABLE, Traffic
from delivery.statistics.latency import merge, quantile

_SLICES = 2000


def drawn(traffic: Traffic, share: int, slices: int = _SLICES, served: float = 0.0) -> list[Drawn]:
    draws = Draws(traffic, 1)
    return [draws.next(i * SLICE_SECONDS, Decimal(share), served) for i in range(slices)]


def fits(values: Sequence[float], centre: float, spread: float) -> None:
    """Mean and variance within five standard errors."""
    assert abs(mean(values) - centre) < 5 * math.sqrt(spread / len(values))
    assert abs(variance(values) - spread) < 5 * spread * math.sqrt(3 / len(values))


def test_requests_are_poisson_and_split_by_share() -> None:
    seen = drawn(Traffic(rate=50), 10)
    mine = [one.candidate.counts.requests for one in seen]
    theirs = [one.stable.counts.requests for one in seen]
    fits(mine, 25, 25)
    fits(theirs, 225, 225)
    together = sum((a - 25) * (b - 225) for a, b in zip(mine, theirs, strict=True)) / len(mine)
    assert abs(together) < 5 * math.sqrt(25 * 225 / len(mine))


def test_errors_and_uses_are_binomial_of_the_requests() -> None:
    seen = [one.stable.counts for one in drawn(Traffic(rate=100, errors=0.1), 50)]
    rate, requests = 0.1, 250
    fits([one.errors for one in seen], requests * rate, requests * rate)
    uses = sum(one.count("cache.requests") for one in seen)
    assert uses == pytest.approx(sum(one.requests for one in seen) * 0.4, rel=0.01)
    assert sum(one.count("cache.failures") for one in seen) == pytest.approx(uses * 0.01, rel=0.1)
    assert sum(one.count("database.failures") for one in seen) > 0


def test_each_request_is_in_one_segment_of_each_kind_and_in_one_bucket() -> None:
    for one in drawn(Traffic(rate=200, errors=0.2), 50, slices=50):
        counts = one.stable.counts
        assert sum(counts.latency.values()) == counts.requests
        for kind in ("route", "visitor", "continent"):
            of_kind = [pair for name, pair in counts.segments.items() if name.startswith(kind)]
            assert sum(pair[0] for pair in of_kind) == counts.requests
            assert sum(pair[1] for pair in of_kind) == counts.errors
        assert set(counts.segments) <= set(SEGMENTS)


def test_latencies_are_as_described() -> None:
    seen = merge(one.stable.counts.latency for one in drawn(Traffic(rate=1000), 50, slices=100))
    assert quantile(seen, 0.5) == pytest.approx(40, rel=0.06)
    assert quantile(seen, 0.95) == pytest.approx(40 * 2.276, rel=0.06)


def test_a_seed_gives_the_same_counts_and_another_seed_others() -> None:
    def counts(seed: int) -> list[Drawn]:
        draws = Draws(Traffic(), seed)
        return [draws.next(0.0, Decimal(10), 0.0) for _ in range(30)]

    assert counts(7) == counts(7)
    assert counts(7) != counts(8)


def test_a_fault_begins_at_its_share_and_time() -> None:
    late = Traffic(rate=1000, errors=0.0, faults=(Fault(1.0, from_share=50, from_second=30),))
    draws = Draws(late, 1)
    for share, served, broken in ((20, 60, False), (50, 20, False), (50, 30, True)):
        seen = draws.next(0.0, Decimal(share), served).candidate
        assert seen.counts.errors == seen.harmed == (seen.counts.requests if broken else 0)


def faulty(*words: str, served: float = 0.0) -> Drawn:
    return drawn(Traffic(rate=1000, errors=0.0, faults=read_faults(words)), 50, 1, served)[0]


@pytest.mark.parametrize(
    ("word", "segments"),
    [
        ("route=POST /counter", {"route:POST /counter"}),
        ("route=/counter", {"route:GET /counter", "route:POST /counter"}),
        ("method=POST", {"route:POST /counter"}),
        ("new-visitors=100", {"visitor:new"}),
        ("continent=AS", {"continent:AS"}),
    ],
)
def test_a_fault_of_a_part_fails_that_part_alone(word: str, segments: set[str]) -> None:
    seen = faulty(word).candidate.counts
    kind = next(iter(segments)).partition(":")[0]
    for name, (requests, errors) in seen.segments.items():
        if name.startswith(kind):
            assert errors == (requests if name in segments else 0)
    assert 0 < seen.errors < seen.requests


def test_a_leak_grows_by_the_minute() -> None:
    rates = [
        (one := faulty("leak=10", served=served).candidate.counts).errors / one.requests
        for served in (59.0, 60.0, 300.0)
    ]
    assert rates == [0, pytest.approx(0.1, abs=0.03), pytest.approx(0.5, abs=0.05)]


def test_slower_answers_are_slower_and_harm() -> None:
    seen = faulty("slower=50")
    ratio = quantile(seen.candidate.counts.latency, 0.5) / quantile(seen.stable.counts.latency, 0.5)
    assert ratio == pytest.approx(1.5, rel=0.1)
    assert seen.candidate.harmed == seen.candidate.counts.requests


@pytest.mark.parametrize(("word", "name"), [("cache=50", "cache"), ("database=50", "database")])
def test_failures_behind_the_candidate(word: str, name: str) -> None:
    counts = faulty(word).candidate.counts
    failures = counts.count(f"{name}.failures")
    assert failures == pytest.approx(0.5 * counts.count(f"{name}.requests"), rel=0.15)


def test_what_nobody_is_told() -> None:
    silent, gone = faulty("silent"), faulty("recorder")
    assert silent.seen is not None
    assert silent.seen.of(CANDIDATE).requests == 0 < silent.candidate.counts.requests
    assert silent.seen.of(STABLE).requests > 0
    assert gone.seen is None
    assert gone.candidate.counts.requests > 0


def test_traffic_stops_and_grows_for_both_and_trouble_is_shared() -> None:
    assert faulty("stops").stable.counts.requests == 0
    assert faulty("surge=10").stable.counts.requests == pytest.approx(25_000, rel=0.05)
    both = faulty("both=20").stable.counts
    assert both.errors == pytest.approx(0.2 * both.requests, rel=0.2)
    assert faulty("errors=20").stable.counts.errors == 0
