"""Why a verdict is what it is: read from its data, whatever its sentence says; and from the sentence of a program that wrote no data."""

from __future__ import annotations

import json

import pytest

from delivery.analysis.reasons import Because, Reason, because, reason_of

WORDS = {
    Reason(Because.WORSE, 0.3, "points"): "worse by more than 0.3 points",
    Reason(Because.NOT_WORSE, 100.0, "%"): "not worse by 100 %",
    Reason(Because.UNTOLD): "it cannot be told yet",
    Reason(Because.FEW, counted=1065, needed=2000): (
        "1,065 requests are fewer than the 2,000 that the step asks for"
    ),
    Reason(Because.NO_CANDIDATE): "the candidate served nobody",
    Reason(Because.NO_STABLE): "stable served nobody to compare with",
    Reason(Because.ABOVE_STABLE, 0.0123): "stable had at most 1.23 %",
    Reason(Because.IN_A_ROW, counted=4, needed=3): "beyond its limit 4 times in a row, 3 decide",
}


def test_every_reason_has_words() -> None:
    assert {reason.because for reason in WORDS} == set(Because)


@pytest.mark.parametrize("reason", WORDS)
def test_a_reason_survives_the_ledger_and_is_told_from_its_data(reason: Reason) -> None:
    written = json.loads(json.dumps(reason.to_json()))
    verdict = {"said": "something: else (3 to 1, 20 decide)", "reason": written}
    assert reason_of(verdict) == reason
    assert because(verdict) == WORDS[reason]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "error rate 0 % of 59 requests, stable 0 % of 1,530: not worse by 15 points (7,210 to 1, 20 decide)",
            "not worse by 15 points",
        ),
        (
            "errors of route:GET /: 20 % of 50 requests, stable 1 % of 90 (3,000 to 1, 44,800 decide)",
            "20 % of 50 requests, stable 1 % of 90",
        ),
        (
            "error rate 9 % of 300 requests since 100 %, stable had at most 2 % (9,000 to 1, 1,400 decide)",
            "error rate 9 % of 300 requests since 100 %, stable had at most 2 % (9,000 to 1, 1,400 decide)",
        ),
        ("3 probes of the candidate answered", "3 probes of the candidate answered"),
        ("queue: three (times)", "queue: three (times)"),
        ("", ""),
    ],
)
def test_a_sentence_of_an_older_program_is_told_as_before(said: str, words: str) -> None:
    assert because({"said": said}) == words


@pytest.mark.parametrize(
    "written", [None, "worse", [], {}, {"because": "moonlight"}, {"because": "few", "counted": []}]
)
def test_what_a_newer_program_means_is_left_to_its_sentence(written: object) -> None:
    verdict = {"said": "p95 4 ms: moonlight (3 to 1, 20 decide)", "reason": written}
    assert reason_of(verdict) is None
    assert because(verdict) == "moonlight"
