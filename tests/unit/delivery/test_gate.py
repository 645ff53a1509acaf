"""The gate's verdict: what it read itself and what packs said in the engine, each once, and none of it lost."""

from __future__ import annotations

from dataclasses import replace

from delivery.engine import Result
from delivery.events import Event, Violation
from delivery.policy.gate import together, warned
from policies import judging
from policies.properties import HIDDEN, UNKNOWN
from policies.registry import RULES, rule_named
from policies.rule import Severity

URN = "urn:pulumi:production::pitchey::cloudflare:index/zoneSetting:ZoneSetting::ssl"
RULE = next(rule for rule in RULES if rule.name == "require-strict-tls")
TOLD = Violation(RULE.name, "checklist", "mandatory", f"value: is off; {RULE.mend}", URN)
READ = judging.Violation(
    RULE.name, RULE.family, RULE.severity, URN, "value: is off", RULE.mend, mandatory=True
)


def test_what_both_saw_is_told_once() -> None:
    verdict = together(judging.Verdict([READ]), [TOLD])
    assert verdict.violations == [READ]


def test_what_only_the_pack_saw_stops_too_and_its_mend_is_told_apart() -> None:
    verdict = together(judging.Verdict(), [TOLD])
    assert verdict.violations == [READ]
    assert verdict.stops


def test_what_only_warns_does_not_stop() -> None:
    verdict = together(judging.Verdict(), [replace(TOLD, level="advisory")])
    assert [v.mandatory for v in verdict.violations] == [False]


def test_another_packs_mandatory_violation_is_not_lost() -> None:
    other = Violation("no-big-machines", "acme", "mandatory", "too big", URN)
    (violation,) = together(judging.Verdict(), [other]).violations
    assert (violation.rule, violation.family, violation.severity) == (
        "no-big-machines",
        "acme",
        Severity.HIGH,
    )
    assert violation.mandatory
    assert together(judging.Verdict(), [replace(other, level="advisory")]).violations == []


def test_what_the_pack_could_read_is_pending_no_more() -> None:
    hidden = judging.Pending(RULE.name, URN, "value", HIDDEN.value)
    unknown = judging.Pending(RULE.name, URN, "value", UNKNOWN.value)
    only_gate = next(rule for rule in RULES if rule.where.value == "gate")
    kept = judging.Pending(only_gate.name, URN, "value", HIDDEN.value)
    verdict = together(judging.Verdict(pending=[hidden, unknown, kept]), [])
    assert verdict.pending == [unknown, kept]


def test_rules_that_warned_are_named_once() -> None:
    events: list[Event] = [replace(TOLD, level="advisory"), replace(TOLD, level="advisory")]
    pending = Violation("say-what-is-pending", "checklist", "advisory", "not known yet", URN)
    assert rule_named("say-what-is-pending") is None
    assert warned(Result(0, "", [*events, pending])) == [RULE.name]
