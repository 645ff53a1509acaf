"""A state is folded from events, whoever reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from delivery.analysis.counts import Slice
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.state import NewerFormatError, Phase, evolve, fold

STARTED = Event(Kind.STARTED, {"format": FORMAT, "stable": "s", "candidate": "c"})
SHIFT = Event(Kind.SHIFT, {"share": "12.5", "step": 0, "why": "the first step"})
PAUSED = Event(Kind.PAUSED, {"cause": "asked", "why": "", "verdicts": []})
RESUMED = Event(Kind.RESUMED, {"by": "Ada"})


def test_entries_of_a_newer_program_are_refused() -> None:
    newer = Event(Kind.STARTED, {**STARTED.body, "format": FORMAT + 1})
    with pytest.raises(NewerFormatError, match=f"format {FORMAT + 1}"):
        fold([(newer, 0.0)])


@pytest.mark.parametrize("events", [[], [(SHIFT, 0.0)]])
def test_a_rollout_begins_with_its_start(events: list[tuple[Event, float]]) -> None:
    with pytest.raises(ValueError, match=r"without events|begins with started"):
        fold(events)


def test_a_share_keeps_its_hundredths_and_adds_up() -> None:
    shifted = Event(Kind.SHIFTED, {"share": "12.5", "deployment": "d"})
    state = fold([(STARTED, 0.0), (SHIFT, 1.0), (shifted, 2.0)])
    assert state.shares(state.share) == {"s": Decimal("87.5"), "c": Decimal("12.5")}
    assert state.shares(Decimal(0)) == {"s": Decimal(100)}


def test_a_pause_amid_a_shift_resumes_the_shift() -> None:
    state = fold([(STARTED, 0.0), (SHIFT, 1.0), (PAUSED, 2.0), (RESUMED, 3.0)])
    assert (state.phase, state.wanted) == (Phase.SHIFTING, Decimal("12.5"))


def test_a_pause_before_the_first_step_resumes_before_it() -> None:
    state = fold([(STARTED, 0.0), (PAUSED, 2.0), (RESUMED, 3.0)])
    assert (state.phase, state.step) == (Phase.READY, -1)


def test_a_return_forgets_what_was_being_applied() -> None:
    returning = Event(Kind.RETURNING, {"cause": "abort", "why": "w", "verdicts": []})
    state = evolve(fold([(STARTED, 0.0), (SHIFT, 1.0)]), returning, 2.0)
    assert (state.phase, state.wanted, state.cause) == (Phase.RETURNING, None, "abort")


def test_what_was_seen_of_one_split_is_not_held_against_the_next() -> None:
    seen = {"watched": 9.0, "through": 7.0, "stableFailedProbes": 0}
    observed = Event(
        Kind.OBSERVED,
        {**seen, "failedProbes": 2, "goodProbes": 3, "window": (Slice(0.0, 5.0, {}),)},
    )
    shifted = Event(Kind.SHIFTED, {"share": "12.5", "deployment": "d"})
    state = fold([(STARTED, 0.0), (SHIFT, 1.0), (observed, 2.0), (shifted, 3.0)])
    assert state.window == ()
    state = evolve(state, Event(Kind.CONVERGED, {"said": "agreed"}), 4.0)
    assert (state.watched, state.failed_probes, state.good_probes) == (0.0, 0, 0)


def test_what_is_returned_has_no_share() -> None:
    shifted = Event(Kind.SHIFTED, {"share": "12.5", "deployment": "d"})
    returned = Event(Kind.RETURNED, {"deployment": "d", "why": "w"})
    state = fold([(STARTED, 0.0), (SHIFT, 1.0), (shifted, 2.0), (returned, 3.0)])
    assert (state.share, state.previous, state.is_over) == (Decimal(0), Decimal("12.5"), True)
