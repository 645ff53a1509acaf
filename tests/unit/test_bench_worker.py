"""Figures of what the Worker costs: what is asked for, how sure a quantile is, the rows of the tables."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from itertools import islice

import pytest

from bench.quantiles import interval
from bench.read_mix import Read, reads
from bench.worker_costs import Spent, by_kind, start_table
from bench.worker_start import Start

PITCHES = [f"p{number}" for number in range(200)]
OWN = "/api/dashboards/investor"


def test_the_mix_is_the_same_each_time_and_most_want_what_most_want() -> None:
    asked = list(islice(reads(PITCHES, OWN, seed=1), 4000))
    assert asked == list(islice(reads(PITCHES, OWN, seed=1), 4000))
    kinds = Counter(read.kind for read in asked)
    assert kinds["a pitch"] == pytest.approx(2000, rel=0.1)
    assert kinds["one's own"] == pytest.approx(400, rel=0.25)
    assert {read.path for read in asked if read.own} == {OWN}
    wanted = Counter(read.path for read in asked if read.kind == "a pitch")
    assert wanted["/api/pitches/p0"] == pytest.approx(10 * wanted["/api/pitches/p9"], rel=0.5)


@pytest.mark.parametrize("percent", [50, 99])
def test_an_interval_holds_the_true_quantile_nineteen_times_in_twenty(percent: int) -> None:
    chance = random.Random(percent)  # noqa: S311 (no secret)
    true = statistics.NormalDist().inv_cdf(percent / 100)
    held = 0
    for _ in range(400):
        low, high = interval([chance.gauss(0, 1) for _ in range(600)], percent)
        held += low <= true <= high
    assert 0.93 * 400 <= held < 400


def test_an_interval_of_too_few_is_all_of_them() -> None:
    assert interval([3.0, 1.0, 2.0], 99) == (2.0, 3.0)
    assert interval([5.0], 50) == (5.0, 5.0)


def test_the_mix_is_one_row_and_what_no_request_is_without_stands_apart() -> None:
    def spent(kind: str, verdict: str, milliseconds: float) -> Spent:
        return Spent(Read(kind, "/"), verdict, milliseconds)

    hits = [spent("a pitch", "hit", 1.0)] * 3
    table = by_kind([*hits, spent("a pitch", "miss", 5.0), spent("/version", "", 0.5)])
    assert [row[:4] for row in table.rows] == [
        ["the read mix", 4, 2.0, 1.0],
        ["a pitch hit", 3, 1.0, 1.0],
        ["a pitch miss", 1, 5.0, 5.0],
        ["/version", 1, 0.5, 0.5],
    ]
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_start_is_held_against_the_empty_one_of_its_own_round() -> None:
    starts = {
        "empty": [Start(20.0, 10.0), Start(100.0, 11.0), Start(30.0, 12.0)],
        "bundle": [Start(45.0, 20.0), Start(120.0, 21.0), Start(60.0, 22.0)],
        "api": [Start(70.0, 40.0), Start(150.0, 41.0), Start(80.0, 42.0)],
    }
    table = start_table(starts)
    assert [row[1:4] for row in table.rows] == [
        [30.0, 11.0, 0.0],
        [60.0, 21.0, 25.0],
        [80.0, 41.0, 50.0],
    ]
