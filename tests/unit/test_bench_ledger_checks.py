"""What a bench says of a ledger after a kill: a whole one is right, and each way of being wrong is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bench.ledger_checks import changed, fault_of_split, faults_of
from delivery.rollout.ledger import Entry
from delivery.rollout.state import Phase, State

Entries = list[Entry]


def entry(seq: int, kind: str, fence: int | None = 1, **body: Any) -> Entry:
    return Entry(seq, 1000.0 + seq, kind, "r1", fence, {"id": f"id-{seq}", **body})


WHOLE: Entries = [
    entry(1, "started"),
    entry(2, "shift", share="10"),
    entry(3, "request", None, verb="pause"),
    entry(4, "shifted", 2, share="10"),
    entry(5, "shift", 2, share="100"),
    entry(6, "shifted", 3, share="100"),
    entry(7, "finished", 3),
]


def test_a_whole_ledger_is_right_at_each_of_its_moments() -> None:
    for length in range(len(WHOLE) + 1):
        assert faults_of(WHOLE[:length]) == []
    assert faults_of([*WHOLE, entry(8, "request", None)]) == []


def without(number: int) -> Callable[[Entries], Entries]:
    return lambda entries: [one for one in entries if one.seq != number]


def with_entry(*more: Entry) -> Callable[[Entries], Entries]:
    return lambda entries: [*entries, *more]


def with_change(number: int, **changes: Any) -> Callable[[Entries], Entries]:
    return lambda entries: [
        replace(one, **changes) if one.seq == number else one for one in entries
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without(3), "not numbered"),
        (with_change(5, seq=4), "not numbered"),
        (with_change(6, fence=1), "has fence 1 after 2"),
        (with_change(5, body={"id": "id-2", "share": "100"}), "written 2 times"),
        (with_change(7, kind="started"), "started 2 times"),
        (with_change(1, kind="asked"), "started 0 times"),
        (with_entry(entry(8, "returned", 3)), "ended 2 times"),
        (with_entry(entry(8, "shift", 3, share="100")), "shift after its end"),
        (with_change(4, kind="observed", body={}), "shifts again while 10 %"),
        (with_change(5, kind="shifted", body={"share": "10"}), "shifted to 10 %, wanted None"),
        (with_change(6, body={"share": "50"}), "shifted to 50 %, wanted 100"),
    ],
)
def test_each_way_of_being_wrong_is_told(change: Callable[[Entries], Entries], said: str) -> None:
    assert said in " ".join(faults_of(change(WHOLE)))


def test_rollouts_are_looked_at_one_by_one() -> None:
    second = [replace(one, seq=one.seq + 7, rollout="r2", body={}, fence=4) for one in WHOLE[:1]]
    assert faults_of([*WHOLE, *second]) == []


def test_a_switch_that_stood_back_ends_nothing_and_one_that_went_off_does() -> None:
    def late(superseded: bool) -> Entries:
        switched = entry(6, "switched", 2, superseded=superseded)
        return [
            *WHOLE[:4],
            entry(5, "shift", 3, share="100"),
            switched,
            entry(7, "shifted", 3, share="100"),
        ]

    assert faults_of(late(superseded=True)) == []
    wrong = faults_of(late(superseded=False))
    assert "has fence 2 after 3" in wrong[0]
    assert "shifted after its end" in wrong[1]


def test_a_ledger_only_grows() -> None:
    assert changed(WHOLE[:3], WHOLE) == []
    assert "1 were changed" in changed(WHOLE, with_change(2, at=1.0)(WHOLE))[0]
    assert "2 were changed" in changed(WHOLE, WHOLE[:5])[0]


def test_the_reached_share_and_the_wanted_one_may_be_live_and_nothing_else() -> None:
    state = State("s", "c", phase=Phase.SHIFTING, share=Decimal(10), wanted=Decimal(50))
    split = {share: {"s": Decimal(100 - share), "c": Decimal(share)} for share in (10, 40, 50)}
    assert fault_of_split(state, split[10]) is None
    assert fault_of_split(state, split[50]) is None
    assert "c 40 %" in (fault_of_split(state, split[40]) or "")
    reached = replace(state, phase=Phase.WATCHING, wanted=None)
    assert fault_of_split(reached, split[50]) is not None
    assert fault_of_split(replace(reached, share=Decimal(0)), {"s": Decimal(100)}) is None
    assert fault_of_split(state, {}) is not None
