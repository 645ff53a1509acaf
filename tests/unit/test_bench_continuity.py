"""What a bench says of writes, by what their writers were told and what the database has."""

from __future__ import annotations

import pytest

from bench.continuity.writes import Outcome, Row, Written, outcome_of

ID = "pitch-1"
Changes = list[tuple[str, Outcome]]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, "made"),
        (200, "made"),
        (429, "refused"),
        (412, "refused"),
        (503, "unknown"),
        (0, "unknown"),
    ],
)
def test_an_answer_says_what_became_of_a_write(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


@pytest.mark.parametrize(
    ("outcome", "times", "fault"),
    [
        ("made", 1, None),
        ("made", 0, "word is lost"),
        ("made", 2, "word was made 2 times"),
        ("unknown", 0, None),
        ("unknown", 1, None),
        ("unknown", 2, "word was made 2 times"),
        ("refused", 0, None),
        ("refused", 1, "word was refused, and made"),
    ],
)
def test_what_was_acknowledged_is_there_once(
    outcome: Outcome, times: int, fault: str | None
) -> None:
    written = Written(made={"word": outcome})
    assert list(written.faults({"word": times}, {})) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("changes", "word", "revision", "faults"),
    [
        ([("a", "made"), ("b", "made")], "b", 3, []),
        ([("a", "made"), ("b", "made")], "b", 2, ["has lost 1 changes"]),
        ([("a", "made"), ("b", "made")], "b", 4, ["was changed 1 times too often"]),
        ([("a", "made"), ("b", "made")], "a", 3, ["says a, not b"]),
        ([("a", "made"), ("b", "unknown")], "a", 2, []),
        ([("a", "made"), ("b", "unknown")], "b", 3, []),
        ([("a", "made"), ("b", "unknown"), ("c", "made")], "c", 3, []),
        ([("a", "made"), ("b", "unknown"), ("c", "made")], "b", 4, ["says b, not c"]),
        ([("a", "made"), ("b", "refused")], "b", 2, ["says b, not a"]),
        ([("a", "refused")], "as it was", 1, []),
    ],
)
def test_changes_of_a_pitch_are_all_there_and_in_their_order(
    changes: Changes, word: str, revision: int, faults: list[str]
) -> None:
    written = Written(changes={ID: changes})
    found = list(written.faults({}, {ID: Row(word, revision)}))
    assert found == [f"pitch {ID} {fault}" for fault in faults]


def test_a_changed_pitch_that_is_gone_is_lost() -> None:
    written = Written(changes={ID: [("a", "made")]})
    assert list(written.faults({}, {})) == [f"pitch {ID} is lost"]


def test_only_what_was_acknowledged_counts_as_written() -> None:
    written = Written({"a": "made", "b": "unknown"}, {ID: [("c", "made"), ("d", "refused")]})
    assert written.acknowledged == 2
