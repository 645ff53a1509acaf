"""An incident's record is complete, in both forms, and never overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import FailedError
from delivery.incidents import Incident, Moment, incident_of, write_incident
from delivery.rollout.events import Event, Kind


def incident(reason: str = "checkout fails") -> Incident:
    return Incident(
        "staging", "worker", "bad", "good", reason, "ann", True, 1.25, [Moment(1.0, "asked for")]
    )


def test_the_record_says_what_when_and_why(tmp_path: Path) -> None:
    path = write_incident(tmp_path, [incident()], 1_800_000_000.5)
    assert path.name == "20270115T080000500Z-staging.json"
    assert json.loads(path.read_text())["incidents"][0]["after"] == "good"
    text = path.with_suffix(".md").read_text()
    assert "checkout fails" in text
    assert "verified at the edge, 1.2 s" in text


def test_a_reason_cannot_make_a_heading(tmp_path: Path) -> None:
    path = write_incident(tmp_path, [incident("x\n# y")], 1.0)
    assert "\n# y" not in path.with_suffix(".md").read_text()


def test_an_earlier_record_stays(tmp_path: Path) -> None:
    write_incident(tmp_path, [incident()], 1.0)
    with pytest.raises(FailedError, match="not written down"):
        write_incident(tmp_path, [incident()], 1.0)


STARTED = {"stack": "staging", "candidate": "bad", "stable": "good", "worker": "api"}
ERRORS = "error rate 12 % of 900 requests, stable 0.1 % of 8,100"
SLOW = "p95 latency 900 ms, stable 200 ms"


def returning(cause: str = "error rate", why: str = ERRORS, *said: str) -> Event:
    verdicts = [
        {"metric": said_.partition(" 1")[0], "outcome": "fail", "said": said_} for said_ in said
    ]
    return Event(Kind.RETURNING, {"cause": cause, "why": why, "verdicts": verdicts})


def returned(why: str = "error rate", **more: Any) -> Event:
    return Event(Kind.RETURNED, {"deployment": "d7", "why": why, **more})


def test_a_rollout_s_own_return_is_an_incident(tmp_path: Path) -> None:
    events = [
        (100.0, Event(Kind.SHIFT, {"share": "20", "step": 0, "why": "the first step"})),
        (104.0, Event(Kind.SHIFTED, {"share": "20", "deployment": "d6"})),
        (109.0, Event(Kind.OBSERVED, {})),
        (110.0, returning()),
        (111.5, returned()),
    ]
    made = incident_of(STARTED, events, "ann@laptop (process 7)")
    assert made is not None
    assert (made.component, made.before, made.after) == ("worker", "bad", "good")
    assert made.reason == ERRORS
    assert made.by == "ann@laptop (process 7)"
    assert (made.verified, made.seconds) == (True, 1.5)
    assert [moment.at for moment in made.timeline] == [100.0, 104.0, 110.0, 111.5]
    assert made.timeline[2].what.startswith("returning: ")
    text = write_incident(tmp_path, [made], 110.0).with_suffix(".md").read_text()
    assert "verified at the edge, 1.5 s after it was decided" in text


def test_its_reason_has_the_cause_and_the_numbers_of_all_that_failed() -> None:
    made = incident_of(STARTED, [(1.0, returning("error rate", ERRORS, ERRORS, SLOW))], "ann")
    assert made is not None
    assert made.reason == f"{ERRORS}; {SLOW}"
    made = incident_of(STARTED, [(1.0, returning("abort", "asked by ann"))], "ann")
    assert made is not None
    assert made.reason == "abort: asked by ann"


def test_a_return_that_was_not_seen_to_succeed_is_not_called_verified() -> None:
    events = [(100.0, returning()), (130.0, Event(Kind.OBSERVED, {}))]
    made = incident_of(STARTED, events, "ann")
    assert made is not None
    assert (made.verified, made.seconds) == (False, 30.0)


def test_a_rollout_that_did_not_decide_to_return_makes_no_incident() -> None:
    by_hand = returned("stable was put back by somebody else", deployment=None)
    assert incident_of(STARTED, [(1.0, by_hand)], "ann") is None
    assert incident_of(STARTED, [(1.0, Event(Kind.FINISHED, {"why": "well"}))], "ann") is None
    assert incident_of(STARTED, [], "ann") is None
