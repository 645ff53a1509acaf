"""Numbers say what was counted, by whom, and leave out what was not."""

from __future__ import annotations

from delivery.notifications.measured import Measured, Served, judged

NOBODY = Served(0, 0)


def verdict(metric: str) -> dict[str, object]:
    return {
        "metric": metric,
        "outcome": "fail",
        "said": f"{metric} is worse",
        "candidate": 0.12,
        "stable": 0.001,
        "requests": 900,
        "stable_requests": 8100,
        "evidence": 24.0,
        "limit": 20.0,
    }


def test_a_verdict_of_the_ledger_keeps_each_of_its_numbers() -> None:
    [one] = judged([verdict("error rate")])
    assert one.to_json() == {
        "metric": "error rate",
        "outcome": "fail",
        "said": "error rate is worse",
        "candidate": 0.12,
        "stable": 0.001,
        "requests": 900,
        "stableRequests": 8100,
        "evidence": 24.0,
        "limit": 20.0,
    }
    assert judged(["no verdict", 3, verdict("p95")])[0].metric == "p95"


def test_people_read_six_verdicts_at_most_and_machines_all() -> None:
    verdicts = judged([verdict(f"errors of /{n}") for n in range(30)])
    told = Measured(1.0, NOBODY, NOBODY, verdicts=verdicts)
    assert [name for name in told.rows() if name.startswith("Verdict on ")] == [
        f"Verdict on errors of /{n}" for n in range(6)
    ]
    assert len(told.to_json()["verdicts"]) == 30


def test_what_was_not_counted_is_not_told_as_none_at_fault() -> None:
    assert Measured(3.0, NOBODY, NOBODY).summary() == ""
    assert Measured(3.0, NOBODY, NOBODY).rows() == {"Since the start": "3 s"}
    mine = Measured(3.0, Served(50, 1), NOBODY)
    assert mine.rows()["Errors so far"] == "candidate 2 % of 50 requests, stable served nobody"
    assert mine.summary() == "errors 2 % of 50"
    assert NOBODY.to_json()["errorRate"] is None
    half = Measured(3.0, Served(50, 1, 12.0), Served(500, 0))
    assert half.rows()["p95 so far"] == "candidate 12 ms, stable unknown"
