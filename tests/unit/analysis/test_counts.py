"""What a recorder counted: added up, and read from its JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.analysis.counts import NOTHING, Counts, Slice

N = st.integers(0, 10**6)
NAMES = st.sampled_from(["cache.requests", "cache.failures", "security", "of-its-own"])
COUNTS = st.builds(
    Counts,
    N,
    N,
    st.dictionaries(st.integers(0, 200), N),
    st.dictionaries(NAMES, N),
    st.dictionaries(st.sampled_from(["route:GET /", "continent:EU"]), st.tuples(N, N)),
    N,
    N,
)
TOLD: dict[str, Any] = {
    "requests": 10,
    "errors": 2,
    "latency": {"3": 4, "57": 6},
    "counters": {"cache.requests": 8, "cache.failures": 1, "database.requests": 5},
    "segments": {"route:POST /flags": [3, 2]},
    "probes": {"requests": 7, "errors": 1},
}


def test_a_recorders_answer_is_read() -> None:
    read = Counts.from_json(TOLD)
    assert read == Counts(
        requests=10,
        errors=2,
        latency={3: 4, 57: 6},
        counters={"cache.requests": 8, "cache.failures": 1, "database.requests": 5},
        segments={"route:POST /flags": (3, 2)},
        probes=7,
        probe_errors=1,
    )
    names = ("requests", "errors", "cache.failures", "database.failures")
    assert [read.count(name) for name in names] == [10, 2, 1, 0]


def test_only_requests_and_errors_are_needed() -> None:
    assert Counts.from_json({"requests": 3, "errors": 1}) == Counts(3, 1)
    assert Counts.from_json({**TOLD, "probes": None, "segments": None}).probes == 0


@pytest.mark.parametrize(
    "change",
    [
        {"requests": None},
        {"errors": "many"},
        {"latency": {"fast": 1}},
        {"segments": {"route:GET /": [1]}},
        {"counters": {"security": []}},
    ],
)
def test_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        Counts.from_json({**TOLD, **change})


def test_what_is_missing_is_refused() -> None:
    with pytest.raises(LookupError):
        Counts.from_json({"errors": 1})


@given(COUNTS, COUNTS, COUNTS)
def test_counts_add_up_in_any_order(a: Counts, b: Counts, c: Counts) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + NOTHING == a == NOTHING + a
    both = a + b
    assert sum(both.latency.values()) == sum(a.latency.values()) + sum(b.latency.values())
    for name in ("requests", "errors", "cache.failures", "unheard-of"):
        assert both.count(name) == a.count(name) + b.count(name)
    assert both.probe_errors == a.probe_errors + b.probe_errors


@given(COUNTS, COUNTS)
def test_adding_changes_neither(a: Counts, b: Counts) -> None:
    before = json.dumps([a.to_json(), b.to_json()])
    assert a + b + b
    assert json.dumps([a.to_json(), b.to_json()]) == before


@given(COUNTS)
def test_counts_are_the_same_after_json(counted: Counts) -> None:
    assert Counts.from_json(json.loads(json.dumps(counted.to_json()))) == counted


def test_a_version_that_a_slice_does_not_know_counted_nothing() -> None:
    one = Slice(0, 5, {"a": Counts(1)})
    assert one.of("a").requests == 1
    assert one.of("b") == NOTHING
