"""What a pipe is given: plain lines, or JSON, one value a line."""

from __future__ import annotations

import json
import re

from delivery.rollout.state import Phase
from delivery.rollout.view.lines import (
    event_json,
    event_line,
    numbers_line,
    snapshot_json,
    trouble_line,
)
from tests.unit.rollout_view.ledgers import CANDIDATE, World, strategy


def watched(looks: int = 4) -> World:
    world = World(strategy(10, 50, 100))
    world.until(Phase.WATCHING)
    for _ in range(looks):
        world.look()
    return world


def test_an_event_is_one_plain_line_with_its_time() -> None:
    lines = [event_line(event) for event in watched().picture().events]
    assert all(re.match(r"\d\d:\d\d:\d\d [a-z]+ +\S", line) for line in lines)
    assert not [line for line in lines if "\n" in line or "\x1b" in line]
    assert lines[1].endswith(" shift      to 10 %, step 1: the first step")


def test_the_numbers_of_both_and_what_comes_next_are_one_line() -> None:
    line = numbers_line(watched().picture())
    assert (
        " numbers    watching at 10 %: candidate 250 requests, errors 0 % (0-2.5 %), p95 " in line
    )
    assert "; stable 2,750 requests, " in line
    assert "; in 40 s step 1 (10 %) is decided: " in line
    assert "\n" not in line


def test_trouble_and_its_end_are_told() -> None:
    assert trouble_line(watched().picture(troubles=("it is away",))).endswith(
        "trouble    it is away"
    )
    assert trouble_line(watched().picture()).endswith("over: all answer again")


def test_json_is_for_machines() -> None:
    world = watched()
    told = json.loads(json.dumps(snapshot_json(world.picture()), allow_nan=False))
    assert told["type"] == "snapshot"
    assert (told["phase"], told["share"], told["wanted"]) == ("watching", 10, None)
    assert told["candidate"]["version"] == CANDIDATE
    assert told["candidate"]["errors"]["trials"] == 250
    assert {"name", "outcome", "toPass", "toFail"} <= set(told["metrics"][0])
    assert told["outlook"]["seconds"] == 40
    entry = world.entries[1]
    event = json.loads(json.dumps(event_json(entry, "to 10 %")))
    assert (event["type"], event["seq"], event["kind"], event["text"]) == (
        "event",
        2,
        "observed",
        "to 10 %",
    )
