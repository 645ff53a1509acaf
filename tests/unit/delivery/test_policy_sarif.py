"""`pitchey policy check --sarif`: what code scanning needs is there, and alerts stay the same between runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.policy import sarif
from delivery.policy.sarif import as_sarif, location_of
from policies.judging import Pending, Verdict, Violation, Waived
from policies.reference import EVERY_RULE
from policies.rule import Severity
from policies.waivers import Waiver
from tests.unit.delivery.policy_run import Run, runner, ssl, state, written

URN = "urn:pulumi:production::shop::cloudflare:index/zoneSetting:ZoneSetting::ssl"


def violation(
    place: str = "value", urn: str = URN, message: str = "value: not strict"
) -> Violation:
    return Violation(
        "require-strict-tls", "transport", Severity.CRITICAL, urn, message, "mend", True, place
    )


def run_of(verdict: Verdict) -> Any:
    document = as_sarif(verdict)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    return document["runs"][0]


def fingerprints(*violations: Violation) -> list[str]:
    results = run_of(Verdict(violations))["results"]
    return [result["partialFingerprints"]["pitcheyViolation/v1"] for result in results]


def test_each_rule_is_described() -> None:
    rules = run_of(Verdict())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in EVERY_RULE]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["helpUri"].startswith("https://")
        assert rule["helpUri"] in rule["help"]["text"]
        assert rule["helpUri"] in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert rule["properties"]["tags"][0] == "security"
        assert 0 < float(rule["properties"]["security-severity"]) <= 10


def test_a_result_says_what_and_where() -> None:
    run = run_of(Verdict([violation()]))
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] == "error"
    assert result["message"]["text"] == "ssl: value: not strict. To mend it: mend."
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "Pulumi.yaml"},
        "region": {"startLine": 1},
    }
    (logical,) = location["logicalLocations"]
    assert logical["fullyQualifiedName"] == URN
    assert run["automationDetails"]["id"] == "pitchey-policy/production/"


def test_an_alert_stays_the_same_whatever_else_is_wrong() -> None:
    (alone,) = fingerprints(violation())
    other = violation(urn=URN + "-2")
    assert fingerprints(other, violation(message="told otherwise"))[1] == alone
    twice = fingerprints(violation(), violation(), violation("other"), other)
    assert len(set(twice)) == 4


def test_waived_and_pending_raise_no_alert() -> None:
    until = datetime.now(UTC).date() + timedelta(days=9)
    waiver = Waiver("require-strict-tls", "ssl", "until the move", "ops", until)
    pending = Pending("require-hsts", URN, "value", "not known")
    run = run_of(Verdict([], [pending], [Waived(violation(), waiver)]))
    assert run["results"] == []
    said = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert said == [
        f"waived: require-strict-tls: ssl: waived until {until} by ops: until the move",
        "1 check pending: require-hsts",
    ]


def test_no_more_results_than_code_scanning_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MOST_RESULTS", 2)
    run = run_of(Verdict([violation(str(n)) for n in range(3)]))
    assert len(run["results"]) == 2
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == "1 results left out, the least grave ones"


def test_an_alert_is_shown_at_the_projects_file_or_else_at_the_one_that_was_judged(
    tmp_path: Path,
) -> None:
    assert location_of(Path("a b.json"), tmp_path) == "a%20b.json"
    assert location_of(Path("/elsewhere/x.json"), tmp_path) == "file:///elsewhere/x.json"
    assert location_of(None, tmp_path) == "Pulumi.yaml"
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    assert location_of(Path("x.json"), tmp_path) == "Pulumi.yaml"


def test_the_command_prints_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run: Run = runner(capsys, monkeypatch)
    written(tmp_path, state(ssl("off")), "state.json")
    done = run("check", "--sarif", "--state", "state.json")
    assert done.status == 1
    results = done.json["runs"][0]["results"]
    assert "require-strict-tls" in {result["ruleId"] for result in results}
    uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "state.json"
