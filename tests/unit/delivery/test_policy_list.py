"""`pitchey policy list` and `explain` say what the rules say of themselves; `told` and the terminal's report agree."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from delivery.policy.reports import show, told
from policies.judging import Verdict, Violation
from policies.reference import EVERY_RULE, families
from policies.rule import Severity
from tests.unit.delivery.policy_run import Run, runner

URN = "urn:pulumi:production::shop::cloudflare:index/zoneSetting:ZoneSetting::shop-zone-ssl"
VERDICT = Verdict(
    [
        Violation("require-hsts", "transport", Severity.HIGH, URN, "age: short", "mend it", True),
        Violation("require-strict-tls", "transport", Severity.CRITICAL, URN, "off", "set it", True),
    ]
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def test_every_rule_has_a_line_of_its_own_when_piped(run: Run) -> None:
    lines = run("list").out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.name for rule in EVERY_RULE]
    strict = next(line for line in lines if line.startswith("require-strict-tls "))
    assert re.split(r"  +", strict)[1:4] == ["critical", "pack, gate", "production"]


def test_the_json_has_every_fact(run: Run) -> None:
    told = run("list", "--json").json
    assert [each["name"] for each in told] == [rule.name for rule in EVERY_RULE]
    first = told[0]
    keys = {"family", "severity", "why", "reads", "judgedBy", "judgedOn", "mandatoryOn", "mend"}
    assert keys | {"name", "link"} == set(first)
    assert run("explain", first["name"], "--json").json == first


@pytest.mark.parametrize("family", families())
def test_a_family_alone(run: Run, family: str) -> None:
    told = run("list", "--json", "--family", family).json
    assert {each["family"] for each in told} == {family}


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.name)
def test_a_rule_is_explained(run: Run, rule: object) -> None:
    name, why, link = (getattr(rule, key) for key in ("name", "why", "link"))
    done = run("explain", name)
    assert done.status == 0
    assert done.out.splitlines()[0] == name
    assert why in done.out
    assert link in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "require-strict-tsl"), "did you mean require-strict-tls"),
        (("explain", "qqqqqq"), "`pitchey policy list` shows them all"),
        (("explain",), "Missing argument"),
        (("list", "--family", "transprot"), "the families are transport, "),
        (("lst",), "No such command"),
    ],
)
def test_an_unknown_name_is_one_line_with_what_may_be_meant(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert said in done.err


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_terminal_is_told_the_same(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    show(console, VERDICT)
    assert isinstance(console.file, io.StringIO)
    shown = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", console.file.getvalue())
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", told(VERDICT))


def test_the_gravest_is_told_first_and_what_stops_last() -> None:
    lines = told(VERDICT).splitlines()
    assert [line for line in lines if line.isupper()] == ["CRITICAL", "HIGH"]
    assert lines[-2:] == [
        "production: 2 violations (1 critical, 1 high)",
        "stops production: require-hsts, require-strict-tls",
    ]


def test_of_many_resources_with_one_fault_some_are_named_and_all_are_counted() -> None:
    many = [replace(VERDICT.violations[0], urn=f"{URN}-{n}") for n in range(1000)]
    lines = told(Verdict(many)).splitlines()
    assert sum("age: short" in line for line in lines) == 20
    assert "    and 980 more; --json names each" in lines
    assert "production: 1000 violations (1000 high)" in lines
