"""News of a rollout carry its numbers: what both versions served, what decided, and how long it took."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from delivery.notifications import Notification, Severity
from delivery.notifications import State as Told
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout
from delivery.rollout.measurements import Verb
from delivery.rollout.news import begun, news_of
from delivery.rollout.state import State
from tests.unit.report.made_up import BEGAN, BROKEN, HEALTHY, Ledger, Traffic

API = "https://api.example.test"


@cache
def ended(traffic: Traffic) -> Ledger:
    return Ledger(traffic).run()


def heard(ledger: Ledger) -> list[tuple[Event, State, Notification]]:
    """What whoever leads it would have sent, entry by entry, with its event and the state after that."""
    known: Rollout | None = None
    decided: float | None = None
    found: list[tuple[Event, State, Notification]] = []
    for entry in ledger.entries:
        if known is None:
            known = replace(ledger.rollout(), state=State("stable", "candidate"))
            continue
        if entry.kind not in set(Kind):
            continue
        known = known.after(entry)
        event = Event.from_json(entry.kind, entry.body)
        if event.kind is Kind.RETURNING:
            decided = entry.at
        made = news_of(known, known.state, event, entry.at, decided=decided, address=API)
        if made is not None:
            found.append((event, known.state, made))
    return found


def only(ledger: Ledger, kind: Kind) -> tuple[State, Notification]:
    ((state, made),) = [(state, made) for event, state, made in heard(ledger) if event.kind is kind]
    return state, made


def test_a_return_tells_what_both_served_and_what_decided() -> None:
    ledger = ended(BROKEN)
    state, made = only(ledger, Kind.RETURNING)
    counted = state.judgement
    assert (made.severity, made.state, made.share) == (Severity.ERROR, Told.RETURNED, 5.0)
    assert made.measured is not None
    mine, theirs = made.measured.candidate, made.measured.stable
    assert (mine.requests, mine.errors) == (counted.candidate.requests, counted.candidate.errors)
    assert (theirs.requests, theirs.errors) == (counted.stable.requests, counted.stable.errors)
    assert mine.requests > 100
    assert mine.p95 == pytest.approx(40 * 2.27, rel=0.3)  # of a log-normal with sigma 0.5
    assert theirs.p95 == pytest.approx(40 * 2.27, rel=0.1)
    numbers = made.numbers
    assert numbers["Errors so far"].endswith(f"of {theirs.requests:,} requests")
    assert f"of {mine.requests:,} requests, stable" in numbers["Errors so far"]
    assert "worse by more than 0.3 points" in numbers["Verdict on error rate"]
    assert numbers["Verdict on error rate"].startswith("fail: error rate ")
    assert f"{made.measured.seconds:.0f}" == f"{ledger.now - BEGAN:.0f}"
    assert numbers["Since the start"] != "0 s"
    assert made.measured.verdicts[0].evidence is not None
    assert made.address == API


def test_that_stable_is_back_is_told_too_with_the_seconds_it_took() -> None:
    rollout = ended(BROKEN).rollout()
    back = Event(Kind.RETURNED, {"deployment": "d", "why": "error rate"})
    made = news_of(rollout, rollout.state, back, BEGAN + 102.5, decided=BEGAN + 100)
    assert made is not None
    assert made.title == "pitchey-api-staging: stable has every request again"
    assert (made.severity, made.state, made.share) == (Severity.WARNING, Told.RETURNED, 0.0)
    assert made.numbers["Decided until stable had every request"] == "2.5 s"
    found = news_of(rollout, rollout.state, back, BEGAN + 102.5)
    assert found is not None
    assert "Decided until stable had every request" not in found.numbers


def test_a_passed_step_tells_each_verdict_and_the_bake_what_the_candidate_serves_alone() -> None:
    ledger = ended(HEALTHY)
    passed = [made for event, _, made in heard(ledger) if event.kind is Kind.PASSED]
    assert len(passed) == 2
    assert {"Verdict on error rate", "Verdict on p95 latency"} <= set(passed[0].numbers)
    assert passed[0].numbers["Verdict on error rate"].startswith("pass: ")
    for event, state, made in heard(ledger):
        if event.kind is Kind.PASSED and made.measured is not None:
            before, now = state.judgement.candidate_before, state.judgement.candidate
            assert made.measured.candidate.requests == before.requests + now.requests
            assert (before.requests > 0) == (state.step > 0)
    counts = [made.measured.candidate.requests for made in passed if made.measured is not None]
    assert 0 < counts[0] < counts[1]
    state, made = only(ledger, Kind.FINISHED)
    alone = state.bake.evidence["error rate"]
    assert made.numbers["Errors since 100 %"].endswith(f"of {alone.trials1:,} requests")
    assert f"of {alone.trials1:,}" in made.headline
    assert made.severity is Severity.INFO


def test_each_has_an_id_of_its_own_that_does_not_depend_on_when_it_is_told() -> None:
    ledger = ended(BROKEN)
    ids = [made.id for _, _, made in heard(ledger)]
    assert len(set(ids)) == len(ids)
    rollout = ledger.rollout()
    event = Event(Kind.RETURNING, {"cause": "error rate", "why": "w", "verdicts": []})
    early, late = (news_of(rollout, rollout.state, event, at) for at in (BEGAN, BEGAN + 9))
    assert early is not None
    assert late is not None
    assert early.id == late.id


def test_the_start_is_told_before_anything_was_counted() -> None:
    ledger = Ledger()
    made = begun(ledger.rollout(), BEGAN + 3, API)
    assert (made.state, made.numbers) == (Told.STARTED, {"Since the start": "3 s"})
    assert made.headline == "info: pitchey-api-staging: rollout started; 0 %"
    assert made.address == API


def test_what_somebody_asked_for_is_told_as_aborted_to_its_end() -> None:
    ledger = Ledger().run(100)
    ledger.ask(Verb.ABORT, "wrong version")
    made = [
        made
        for event, _, made in heard(ledger.run())
        if event.kind in {Kind.RETURNING, Kind.RETURNED}
    ]
    assert [one.state for one in made] == [Told.ABORTED, Told.ABORTED]


def test_verdicts_of_another_shape_are_passed_over() -> None:
    rollout = ended(BROKEN).rollout()
    body = {"cause": "x", "why": "w", "verdicts": None}
    made = news_of(rollout, rollout.state, Event(Kind.RETURNING, body), BEGAN)
    assert made is not None
    assert made.measured is not None
    assert made.measured.verdicts == ()
