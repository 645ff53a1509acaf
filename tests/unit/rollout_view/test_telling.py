"""Each event of a rollout as one line: what was decided, with its numbers, readable and not endless."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.rollout.durations import duration, with_durations
from delivery.rollout.events import Event, Kind
from delivery.rollout.measurements import Verb
from delivery.rollout.state import Phase
from delivery.rollout.telling import line_of, told
from tests.unit.rollout_view.ledgers import World, strategy


def lines(world: World, kind: str) -> list[str]:
    return [told(entry.kind, entry.body) for entry in world.entries if entry.kind == kind]


def ran(until: Phase = Phase.FINISHED, **changed: Any) -> World:
    world = World(strategy(10, 50, 100, **changed.pop("strategy", {})), **changed)
    world.until(until)
    return world


def test_a_pass_has_the_numbers_of_each_metric_and_the_weakest_evidence() -> None:
    first, second = lines(ran(rate=60, theirs=0.004, mine=0.003), "passed")
    assert first == (
        "step 1 passed: errors 0 % of 390 (stable 0.367 % of 3,810), cache 0 % (0 %), "
        "p50 39.6 ms (39.6 ms), p95 86.4 ms (86.4 ms); over a million to 1 or more, 20 decide"
    )
    assert second.startswith("step 2 passed: errors ")


def test_a_shift_does_not_tell_the_numbers_of_the_pass_above_it_again() -> None:
    assert lines(ran(), "shift") == [
        "to 10 %, step 1: the first step",
        "to 50 %, step 2: step 1 passed",
        "to 100 %, step 3: step 2 passed",
    ]


def test_a_promotion_tells_who_wanted_it() -> None:
    world = ran(Phase.WATCHING)
    world.look(Verb.PROMOTE)
    assert lines(world, "shift")[-1] == "to 100 %, step 3: promoted: ada@laptop asked for it"


def test_an_extension_names_each_reason_once() -> None:
    few = World(strategy(10, 50, 100), rate=10)
    few.until(Phase.WATCHING)
    for _ in range(13):
        few.look()
    (line,) = lines(few, "extended")
    assert line == (
        "step 1 goes on, extension 1: errors, p50 and 2 more: "
        "65 requests are fewer than the 100 that the step asks for"
    )


def test_what_cannot_be_told_yet_has_its_numbers_and_what_would_decide() -> None:
    line = told(
        "extended",
        {
            "step": 2,
            "times": 2,
            "why": "endless",
            "verdicts": [
                {
                    "metric": "p95 latency",
                    "outcome": "inconclusive",
                    "said": "p95 latency 43 ms of 300 requests, stable 41 ms of 900: it cannot be told yet (8.1 to 1, 20 decide)",
                    "candidate": 43.0,
                    "stable": 41.0,
                    "evidence": 8.1,
                    "limit": 20.0,
                },
                {"metric": "error rate", "outcome": "pass", "said": "fine"},
            ],
        },
    )
    assert line == (
        "step 3 goes on, extension 2: p95 43 ms (stable 41 ms) at 8.1 to 1 of 20: cannot be told yet"
    )


def test_reasons_are_told_from_their_data_not_from_sentences() -> None:
    few = {"because": "few", "counted": 65, "needed": 100}
    verdicts = [
        {"metric": "error rate", "outcome": "inconclusive", "said": "?", "reason": few},
        {"metric": "p95 latency", "outcome": "inconclusive", "said": "?", "reason": few},
        {
            "metric": "cache failures",
            "outcome": "no data",
            "said": "?",
            "reason": {"because": "no stable"},
        },
    ]
    assert told("extended", {"step": 0, "times": 1, "why": "?", "verdicts": verdicts}) == (
        "step 1 goes on, extension 1: errors, p95: 65 requests are fewer than the 100 that the step asks for; "
        "cache: stable served nobody to compare with"
    )


def test_a_return_has_the_verdict_that_decided_and_names_the_others() -> None:
    world = ran(Phase.RETURNING, mine=0.3, strategy={"triggers": {"errorRate": None}})
    (line,) = lines(world, "returning")
    assert line.startswith("back to stable: error rate 30 % of ")
    assert "worse by more than 0.3 points (" in line
    assert line.endswith("1,400 decide)")
    both = {
        "why": "p50 is worse",
        "verdicts": [{"metric": "p50 latency"}, {"metric": "p95 latency"}],
    }
    assert told("returning", both) == "back to stable: p50 is worse; also p95"


def test_a_bake_and_its_end_are_told_in_minutes() -> None:
    world = ran()
    assert lines(world, "baking") == ["100 %; watched for 10 min more, stable stays ready"]
    assert lines(world, "finished") == ["10 min at 100 % without harm"]


def test_what_was_asked_for_tells_who_and_whether_it_is_done() -> None:
    asked = {"verb": "pause", "by": "ada"}
    assert told("request", {**asked, "why": ""}) == "pause, asked by ada"
    assert told("request", {**asked, "why": "support"}) == "pause, asked by ada: support"
    refused = {**asked, "request": 3, "obeyed": False, "why": "it is paused already"}
    assert told("asked", refused) == (
        "pause, asked by ada; it cannot be done now: it is paused already"
    )


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"deployed": True, "detail": "stable serves everything", "tries": 1},
            "the dead-man's switch put stable back: stable serves everything",
        ),
        (
            {"deployed": True, "detail": "stable serves everything", "tries": 3},
            "the dead-man's switch put stable back: stable serves everything (3 tries)",
        ),
        (
            {"deployed": False, "detail": "stable serves everything", "tries": 1},
            "the dead-man's switch had nothing to do: stable serves everything",
        ),
        (
            {"deployed": False, "superseded": True, "detail": "", "tries": 1},
            "the dead-man's switch stood back for somebody who leads",
        ),
    ],
)
def test_the_switch_tells_what_it_did(body: dict[str, Any], line: str) -> None:
    assert told("switched", body) == line


def test_every_line_is_one_line_of_a_readable_length() -> None:
    worlds = [ran(), ran(Phase.RETURNING, mine=0.3), ran(Phase.RETURNING, slower=40)]
    for world in worlds:
        for entry in world.entries:
            if entry.kind != "observed":
                assert "\n" not in (line := told(entry.kind, entry.body))
                assert 0 < len(line) < 260, line


def test_numbers_as_they_come_are_for_nobody_to_read() -> None:
    assert line_of(Event(Kind.OBSERVED, {})) is None
    assert line_of(Event(Kind.HEARD, {"why": "the recorder answers"})) == "the recorder answers"


def test_what_a_newer_program_writes_is_told_as_far_as_it_can_be() -> None:
    assert told("celebrated", {}) == "celebrated"
    assert told("celebrated", {"why": "after 1800 s"}) == "after 30 min"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (250.2, "4 min 10 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90000, "1 d 1 h"),
        (float("inf"), "for ever"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_seconds_in_a_sentence_are_told_so_too() -> None:
    assert with_durations("nobody decided for 43200 s, 12 s late") == (
        "nobody decided for 12 h, 12 s late"
    )
    assert with_durations("v1800 s and 1,800 s") == "v1800 s and 1,800 s"
