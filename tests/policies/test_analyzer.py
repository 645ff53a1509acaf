"""The pack as the engine sees it: what it is told of resources, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto

from policies.analyzer import NAME, SAY_PENDING, Analyzer
from policies.judging import KEEP_WAIVERS_VALID, Judge
from policies.properties import Property
from policies.registry import RULES
from policies.resources import Resource
from policies.rule import Context, Finding, Rule, Where
from policies.waivers import Waiver
from tests.policies.building import PRODUCTION, STAGING, TODAY, token

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ODD: list[Mapping[str, Any]] = [{}, {"value": None}, {"value": [[[]]]}, {"settingId": 7}]
SSL = {"zoneId": "z", "settingId": "ssl", "value": "strict"}


def analyzer(
    context: Context = PRODUCTION, waivers: Sequence[Waiver] = (), rules: Sequence[Rule] = RULES
) -> Analyzer:
    def judge(stack: str) -> Judge:
        assert stack == context.stack
        return Judge(rules, context, waivers)

    return Analyzer(judge, context.stack)


def request(
    kind: str, inputs: Mapping[str, Any], *, protect: bool = True, stack: str = "production"
) -> Any:
    properties = struct_pb2.Struct()
    properties.update(inputs)
    type = token(kind)
    return proto.AnalyzeRequest(
        type=type,
        urn=f"urn:pulumi:{stack}::shop::{type}::thing",
        name="thing",
        properties=properties,
        options=proto.AnalyzerResourceOptions(protect=protect),
    )


def told(of: Analyzer, kind: str, inputs: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    answer = of.Analyze(request(kind, inputs, **options), None)
    return {d.policyName: d for d in answer.diagnostics}


def whole(of: Analyzer, *requests: Any) -> dict[str, Any]:
    resources = [
        proto.AnalyzerResource(type=r.type, urn=r.urn, name=r.name, properties=r.properties)
        for r in requests
    ]
    answer = of.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None)
    return {d.policyName: d for d in answer.diagnostics}


def test_a_grave_violation_is_mandatory_on_production_and_carries_its_mend() -> None:
    found = told(analyzer(), "ZoneSetting", {**SSL, "value": "flexible"})["require-strict-tls"]
    assert found.enforcementLevel == proto.MANDATORY
    assert found.severity == proto.POLICY_SEVERITY_CRITICAL
    (rule,) = (rule for rule in RULES if rule.name == "require-strict-tls")
    assert found.message.endswith(f"; {rule.mend}")
    assert found.policyPackName == NAME
    assert "require-strict-tls" not in told(analyzer(), "ZoneSetting", SSL)


def test_hardening_only_warns_on_staging() -> None:
    found = told(analyzer(STAGING), "ZoneSetting", {**SSL, "value": "flexible"}, stack="staging")
    assert found["require-strict-tls"].enforcementLevel == proto.ADVISORY


def test_secretness_reaches_the_rules() -> None:
    seen: list[Property] = []

    def look(resource: Resource, _context: Context) -> list[Finding]:
        seen.append(resource.inputs["value"])
        return []

    rule = replace(RULES[0], kinds=("ZoneSetting",), check=look, check_stack=None)
    of = analyzer(rules=[rule])
    of.Analyze(request("ZoneSetting", {**SSL, "value": {**SECRET, "value": "strict"}}), None)
    of.Analyze(request("ZoneSetting", SSL), None)
    assert [(p.is_secret, p.text) for p in seen] == [(True, "strict"), (False, "strict")]


def test_a_secret_that_is_at_fault_is_not_told() -> None:
    of = analyzer(rules=[_quoting_rule()])
    canary = "drawn-for-this-test-9f2c"
    answer = of.Analyze(request("ZoneSetting", {**SSL, "value": {**SECRET, "value": canary}}), None)
    assert len(answer.diagnostics) == 1
    assert canary not in str(answer)


def _quoting_rule() -> Any:
    """A careless rule, which quotes what it reads."""

    def quote(resource: Resource, _context: Context) -> list[Finding]:
        return [Finding(f"it is {resource.inputs['value'].text}")]

    return replace(RULES[0], kinds=("ZoneSetting",), check=quote, check_stack=None)


def test_what_is_not_known_yet_is_said_to_be_pending_and_judged_when_it_is() -> None:
    of = analyzer()
    ask = request("ZoneSetting", {**SSL, "value": UNKNOWN})
    assert "require-strict-tls" not in {d.policyName for d in of.Analyze(ask, None).diagnostics}
    pending = whole(of, ask)[SAY_PENDING]
    assert "thing: value" in pending.message
    assert pending.enforcementLevel == proto.ADVISORY
    later = told(analyzer(), "ZoneSetting", {**SSL, "value": "off"})
    assert later["require-strict-tls"].enforcementLevel == proto.MANDATORY


def test_nothing_pending_is_not_mentioned() -> None:
    of = analyzer()
    ask = request("ZoneSetting", SSL)
    of.Analyze(ask, None)
    assert SAY_PENDING not in whole(of, ask)


def test_a_waived_violation_is_told_and_does_not_stop() -> None:
    waiver = Waiver(
        "require-strict-tls", "thing", "the origin moves in March", "ops@shop.example",
        TODAY + timedelta(days=30),
    )  # fmt: skip
    found = told(analyzer(waivers=[waiver]), "ZoneSetting", {**SSL, "value": "flexible"})
    assert found["require-strict-tls"].enforcementLevel == proto.ADVISORY
    assert "waived until 2026-12-25 by ops@shop.example" in found["require-strict-tls"].message


def test_an_expired_waiver_lets_nothing_pass_and_is_a_violation_itself() -> None:
    waiver = Waiver(
        "require-strict-tls", "thing", "the origin moves in March", "ops@shop.example",
        TODAY - timedelta(days=1),
    )  # fmt: skip
    of = analyzer(waivers=[waiver])
    ask = request("ZoneSetting", {**SSL, "value": "flexible"})
    first = {d.policyName: d for d in of.Analyze(ask, None).diagnostics}
    assert first["require-strict-tls"].enforcementLevel == proto.MANDATORY
    assert whole(of, ask)[KEEP_WAIVERS_VALID].enforcementLevel == proto.MANDATORY


def test_a_policy_pack_config_raises_a_level_and_lowers_none() -> None:
    of = analyzer()
    off = proto.PolicyConfig(enforcementLevel=proto.DISABLED)
    of.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"require-strict-tls": off}), None)
    found = told(of, "ZoneSetting", {**SSL, "value": "flexible"})["require-strict-tls"]
    assert found.enforcementLevel == proto.MANDATORY
    warns = analyzer(STAGING)
    stop = proto.PolicyConfig(enforcementLevel=proto.MANDATORY)
    warns.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"require-strict-tls": stop}), None)
    ask = {**SSL, "value": "flexible"}
    found = told(warns, "ZoneSetting", ask, stack="staging")["require-strict-tls"]
    assert found.enforcementLevel == proto.MANDATORY


def test_the_engine_is_told_of_every_rule_that_it_judges_and_of_no_other() -> None:
    info = analyzer().GetAnalyzerInfo(None, None)
    listed = {policy.name for policy in info.policies}
    wanted = {r.name for r in RULES if r.where is Where.PACK and r.is_for(PRODUCTION)}
    assert listed == wanted | {KEEP_WAIVERS_VALID, SAY_PENDING}
    assert all(p.description and p.remediation_steps and p.url for p in info.policies)


@pytest.mark.parametrize("inputs", ODD)
def test_odd_inputs_are_answered(inputs: Mapping[str, Any]) -> None:
    answer = analyzer().Analyze(request("ZoneSetting", inputs), None)
    assert all("could not be checked" not in d.message for d in answer.diagnostics)


@pytest.mark.parametrize(("stack", "level"), [("production", "MANDATORY"), ("staging", "ADVISORY")])
@pytest.mark.parametrize("told_before", [True, False])
def test_the_stack_is_taken_from_the_engine_or_from_the_urn(
    stack: str, level: str, *, told_before: bool
) -> None:
    contexts = {"production": PRODUCTION, "staging": STAGING}
    of = Analyzer(lambda name: Judge(RULES, contexts.get(name, STAGING)))
    if told_before:
        of.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack=stack), None)
        info = of.GetAnalyzerInfo(None, None)
        (listed,) = (p for p in info.policies if p.name == "require-strict-tls")
        assert listed.enforcementLevel == getattr(proto, level)
    found = told(of, "ZoneSetting", {**SSL, "value": "flexible"}, stack=stack)
    assert found["require-strict-tls"].enforcementLevel == getattr(proto, level)
