"""A rollout's story: how it ended with the numbers that decided, whatever became of the ledger."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from delivery.report.aggregate import MOST_ROWS, rows
from delivery.report.figures import Figure
from delivery.report.outcome import Ending
from delivery.report.page import page
from delivery.report.story import Story, story
from delivery.rollout.ledger import Entry
from delivery.rollout.measurements import Verb
from delivery.rollout.state import Phase
from tests.unit.report.made_up import BEGAN, BROKEN, HEALTHY, SLOW, STRATEGY, Ledger, Traffic


def told(ledger: Ledger, entries: Sequence[Entry] | None = None) -> Story:
    return story(ledger.rollout(), ledger.entries if entries is None else entries, ledger.now)


def figure(story: Story, name: str) -> Figure:
    return next(one for one in story.figures if one.name == name)


@cache
def ended(traffic: Traffic) -> Ledger:
    return Ledger(traffic).run()


def test_a_finished_rollout_says_when_and_by_what_it_passed() -> None:
    ledger = ended(HEALTHY)
    known = told(ledger)
    assert known.outcome.ending is Ending.FINISHED
    assert known.outcome.ended == ledger.now
    assert known.outcome.sentence.startswith("The candidate serves everything after ")
    assert "at 25 % errors " in known.outcome.sentence
    assert [share for _, share in known.shares] == [0, 5, 25, 100]
    assert [one.kind for one in known.decided] == ["passed", "passed"]
    assert {verdict.outcome for one in known.decided for verdict in one.verdicts} == {"pass"}


def test_a_returned_rollout_says_why_with_the_numbers_that_decided() -> None:
    known = told(ended(BROKEN))
    assert known.outcome.ending is Ending.RETURNED
    assert known.outcome.cause == "error rate"
    assert "at 5 %: error rate" in known.outcome.sentence
    assert "worse by more than 0.3 points" in known.outcome.sentence
    last = known.decided[-1]
    assert (last.kind, last.verdicts[0].outcome) == ("returning", "fail")
    assert last.verdicts[0].said == "worse by more than 0.3 points"
    evidence, limit = last.verdicts[0].evidence, last.verdicts[0].limit
    assert evidence is not None
    assert limit is not None
    assert evidence > limit


def test_what_was_counted_between_looks_adds_up_to_what_was_judged() -> None:
    ledger = ended(BROKEN)
    known = told(ledger)
    judged = ledger.state.judgement
    assert sum(one.candidate.requests for one in known.intervals) == judged.candidate.requests
    assert sum(one.candidate.errors for one in known.intervals) == judged.candidate.errors
    stable = [one.stable for one in known.intervals if one.stable is not None]
    assert sum(one.requests for one in stable) == judged.stable.requests
    met = figure(known, "Users' requests that met an error by it")
    assert met.value == f"{judged.candidate.errors:,}"


def test_the_bake_counts_the_candidate_alone() -> None:
    ledger = ended(HEALTHY)
    known = told(ledger)
    baking = next(span for span in known.spans if span.phase is Phase.BAKING)
    baked = [one for one in known.intervals if one.start >= baking.start]
    assert all(one.stable is None for one in baked)
    evidence = ledger.state.bake.evidence["error rate"]
    assert sum(one.candidate.requests for one in baked) == evidence.trials1
    served = ledger.state.judgement.candidate_before + ledger.state.judgement.candidate
    total = served.requests + evidence.trials1
    assert figure(known, "Requests by the candidate").value == f"{total:,}"
    assert known.readings[-1].candidate.rate is not None
    assert known.bounds["error rate"].limit > 0


@pytest.mark.parametrize(("traffic", "began"), [(BROKEN, BEGAN + 65), (SLOW, BEGAN + 155)])
def test_the_harm_is_dated_no_later_than_it_began_and_close_to_it(
    traffic: Traffic, began: float
) -> None:
    known = told(ended(traffic))
    value = figure(known, "First harm until stable was back").value
    assert known.outcome.ended is not None
    least = known.outcome.ended - began
    minutes, _, rest = value.removeprefix("at most ").removesuffix(" s").rpartition(" min ")
    most = 60 * int(minutes or 0) + int(rest)
    assert least <= most <= least + 40


def back_later(entries: Sequence[Entry], **body: float) -> list[Entry]:
    return [
        replace(e, at=e.at + 60, body={**e.body, **body}) if e.kind == "returned" else e
        for e in entries
    ]


def test_how_long_a_return_took_from_its_decision_is_told_by_the_clock_of_whoever_led_it() -> None:
    ledger = ended(BROKEN)
    decided = next(e for e in ledger.entries if e.kind == "returning").body["decidedAt"]
    name = "Decided until stable had every request"
    led = told(ledger, back_later(ledger.entries, backAt=decided + 2.34))
    assert figure(led, name).value == "2.3 s"
    assert led.to_json()["outcome"]["back_after"] == pytest.approx(2.34)
    # Where somebody else found it returned, by the ledger's.
    assert figure(told(ledger, back_later(ledger.entries)), name).value == "60.0 s"
    for strange in (decided - 1, float("nan")):
        assert told(ledger, back_later(ledger.entries, backAt=strange)).outcome.back_after is None


def test_a_return_of_an_older_program_does_not_say_how_long_it_took() -> None:
    ledger = ended(BROKEN)
    bodies = [{k: v for k, v in e.body.items() if k != "decidedAt"} for e in ledger.entries]
    older = [replace(e, body=body) for e, body in zip(ledger.entries, bodies, strict=True)]
    known = told(ledger, older)
    assert known.outcome.ending is Ending.RETURNED
    assert not any(one.name.startswith("Decided until") for one in known.figures)


def test_no_harm_is_dated_where_somebody_stopped_it() -> None:
    ledger = Ledger().run(100)
    ledger.ask(Verb.ABORT, "wrong version")
    known = told(ledger.run())
    assert known.outcome.title == "Stopped on request"
    assert "grace@hopper asked for it: wrong version" in known.outcome.sentence
    assert not any(one.name.startswith("First harm") for one in known.figures)


def test_a_rollout_under_way_says_where_it_is() -> None:
    ledger = Ledger().run(60)
    known = told(ledger)
    assert known.outcome.ending is Ending.UNDER_WAY
    assert known.outcome.ended is None
    assert known.outcome.sentence == "Under way: step 1 of 3, watching at 5 %"
    assert figure(known, "Duration").note == "so far"


def test_a_paused_one_says_who_asked() -> None:
    ledger = Ledger().run(60)
    ledger.ask(Verb.PAUSE, "the desk asks")
    known = told(ledger.run(10))
    assert known.outcome.ending is Ending.PAUSED
    assert "grace@hopper asked for it: the desk asks" in known.outcome.sentence
    assert [one.kind for one in known.happened][-3:] == ["request", "asked", "paused"]


def test_another_controller_and_the_time_without_any_are_told() -> None:
    ledger = Ledger().run(60)
    died = ledger.now
    ledger.now += 90
    ledger.fence = 2
    known = told(ledger.run(60))
    change = next(one for one in known.happened if one.kind == "lease")
    assert "lease 2 after 1" in change.said
    [(start, end)] = known.unwritten
    assert died - 10 <= start <= died
    assert end >= died + 90
    assert sum(one.candidate.requests for one in known.intervals) > 0


def test_the_time_in_which_nobody_counted_is_told_and_has_no_numbers() -> None:
    ledger = Ledger().run(60)
    ledger.counting = False
    ledger.run(40)
    ledger.counting = True
    known = told(ledger.run(40))
    [(start, end)] = known.uncounted
    assert 35 <= end - start <= 45
    assert not [one for one in known.intervals if one.start > start and one.end < end]


def test_the_switch_that_put_stable_back_ends_it() -> None:
    ledger = Ledger().run(60)
    ledger.now += 30
    body = {"deployed": True, "detail": "stable serves everything", "tries": 1, "superseded": False}
    ledger.write("switched", body, 2)
    known = told(ledger)
    assert known.outcome.title == "Returned by the dead-man's switch"
    assert known.outcome.ended == ledger.now
    assert known.shares[-1] == (ledger.now, 0)
    assert known.happened[-1].said.startswith("the dead-man's switch put stable back")


def test_a_switch_that_stood_back_ends_nothing() -> None:
    ledger = Ledger().run(60)
    ledger.write("switched", {"superseded": True, "detail": "somebody took the lease"}, 2)
    assert told(ledger).outcome.ending is Ending.UNDER_WAY


def test_stable_put_back_by_somebody_else_is_no_decision_of_ours() -> None:
    ledger = Ledger().run(60)
    why = "stable was put back by somebody else: a rollback by hand, or the dead-man's switch"
    ledger.write("returned", {"why": why, "by": "somebody else", "deployment": None})
    known = told(ledger)
    assert known.outcome.title == "Returned by somebody else"
    assert known.outcome.sentence.endswith(why)


def test_entries_of_other_rollouts_and_doubled_ones_change_nothing() -> None:
    ledger = ended(BROKEN)
    other = [replace(entry, rollout="other") for entry in ended(HEALTHY).entries]
    mixed = [*other, *ledger.entries, *ledger.entries[3:9]]
    known, plain = told(ledger, mixed), told(ledger)
    assert replace(known, last=0) == replace(plain, last=0)


def test_it_is_told_of_any_part_of_a_ledger() -> None:
    """Cut off at any entry, and with any entry missing: a page is made, and counts never go beyond the whole."""
    ledger = ended(BROKEN)
    whole = told(ledger)
    most = sum(one.candidate.requests for one in whole.intervals)
    for cut in range(len(ledger.entries) + 1):
        parts = (
            ledger.entries[:cut],
            ledger.entries[cut:],
            ledger.entries[:cut] + ledger.entries[cut + 1 :],
        )
        for part in parts:
            known = told(ledger, part)
            assert sum(one.candidate.requests for one in known.intervals) <= most
            assert page(known)


def test_entries_that_make_no_sense_are_passed_over_and_counted() -> None:
    ledger = ended(BROKEN)
    source = random.Random(1)  # noqa: S311 - the same mistakes each time
    wrong: list[object] = [None, "x", -1, [], {}, 1e308, "NaN", True]
    for _ in range(40):
        entries = list(ledger.entries)
        for index in source.sample(range(1, len(entries)), 3):
            body = dict(entries[index].body)
            for key in source.sample(sorted(body), min(2, len(body))):
                body[key] = source.choice(wrong)
            entries[index] = replace(entries[index], body=body)
        known = told(ledger, entries)
        assert known.unreadable <= 3
        assert page(known)


def test_a_kind_that_a_newer_program_writes_is_listed() -> None:
    ledger = Ledger().run(60)
    ledger.write("weighed", {"why": "for a reason"})
    known = told(ledger)
    assert (known.happened[-1].kind, known.happened[-1].said) == ("weighed", "for a reason")
    assert known.unreadable == 0


def test_it_is_json_whole() -> None:
    known = told(ended(SLOW))
    read = json.loads(json.dumps(known.to_json(), allow_nan=False))
    assert read["outcome"]["ending"] == "returned"
    assert read["intervals"][-1]["candidate"]["requests"] > 0
    assert read["strategy"]["name"] == STRATEGY.name


@pytest.mark.parametrize("traffic", [HEALTHY, SLOW])
def test_the_table_behind_the_charts_adds_up_and_has_one_share_a_row(traffic: Traffic) -> None:
    known = told(ended(traffic))
    found = rows(known)
    assert len(found) <= MOST_ROWS + len(known.shares)
    assert sum(row.candidate.requests for row in found) == sum(
        one.candidate.requests for one in known.intervals
    )
    assert sum(row.candidate.errors for row in found) == sum(
        one.candidate.errors for one in known.intervals
    )
    assert [row.share for row in found] == sorted(row.share for row in found)
    assert {row.share for row in found} >= {5, 25}
    assert all(row.end > row.start for row in found)


def test_numbers_that_do_not_go_on_from_the_last_are_no_count() -> None:
    """As when somebody goes on from a ledger that had lost its newest entries."""
    ledger = Ledger().run(120)
    looks = [entry for entry in ledger.entries if entry.kind == "observed"]
    again = replace(looks[len(looks) // 2], seq=1000, at=ledger.now + 10)
    body = {**again.body, "through": ledger.now + 9}
    plain, known = told(ledger), told(ledger, [*ledger.entries, replace(again, body=body)])
    assert known.unreadable == 0
    assert known.intervals == plain.intervals
