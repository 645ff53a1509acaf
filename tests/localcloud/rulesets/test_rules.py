"""Rules of a ruleset: added, moved, changed and deleted one by one; what each phase takes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare, NotFoundError

from tests.localcloud.rulesets.test_rulesets import (
    BLOCK,
    FIREWALL,
    HEADERS,
    Rule,
    header_rule,
    shown,
)
from tests.localcloud.workers.test_scripts import codes


@pytest.fixture
def ruleset(http: httpx.Client, zone: str) -> str:
    """The path of a ruleset with the rules a, b and c (by ref)."""
    rules = [{**BLOCK, "ref": ref} for ref in "abc"]
    made = http.put(f"/zones/{zone}/rulesets/phases/{FIREWALL}/entrypoint", json={"rules": rules})
    return f"/zones/{zone}/rulesets/{made.json()['result']['id']}"


def rules_of(http: httpx.Client, ruleset: str) -> list[Rule]:
    return http.get(ruleset).json()["result"]["rules"]


def order(rules: list[Rule]) -> str:
    return "".join(rule["ref"] for rule in rules)


POSITIONS: list[tuple[Rule | None, str]] = [
    (None, "abcx"),
    ({"index": 1}, "xabc"),
    ({"index": 3}, "abxc"),
    ({"index": 4}, "abcx"),
    ({"before": ""}, "xabc"),
    ({"before": "b"}, "axbc"),
    ({"after": "b"}, "abxc"),
    ({"after": ""}, "abcx"),
]


@pytest.mark.parametrize(("position", "wanted"), POSITIONS)
def test_a_new_rule_goes_where_it_is_told(
    http: httpx.Client, ruleset: str, position: Rule | None, wanted: str
) -> None:
    ids = {rule["ref"]: rule["id"] for rule in rules_of(http, ruleset)}
    sent: Rule = {**BLOCK, "ref": "x"}
    if position is not None:
        sent["position"] = {key: ids.get(at, at) for key, at in position.items()}
    answer = http.post(ruleset + "/rules", json=sent).json()["result"]
    assert order(answer["rules"]) == wanted
    assert answer["version"] == "2"
    assert rules_of(http, ruleset) == answer["rules"]


@pytest.mark.parametrize(
    "position",
    [{"index": 0}, {"index": 6}, {"index": "1"}, {"above": "x"}, {}, {"before": "x" * 32}],
)
def test_a_place_that_does_not_exist_is_refused(
    http: httpx.Client, ruleset: str, position: Rule
) -> None:
    answer = http.post(ruleset + "/rules", json={**BLOCK, "position": position})
    assert answer.status_code in {400, 404}
    assert order(rules_of(http, ruleset)) == "abc"


def test_a_rule_is_moved_without_being_changed(http: httpx.Client, ruleset: str) -> None:
    before = rules_of(http, ruleset)
    path = f"{ruleset}/rules/{before[0]['id']}"
    moved = http.patch(path, json={"position": {"after": before[2]["id"]}}).json()["result"]
    assert moved["rules"] == [before[1], before[2], before[0]]


def test_a_changed_rule_stays_in_its_place_and_becomes_what_is_sent(
    http: httpx.Client, ruleset: str
) -> None:
    before = rules_of(http, ruleset)
    path = f"{ruleset}/rules/{before[1]['id']}"
    sent = {**BLOCK, "action": "log", "description": "watch"}
    after = http.patch(path, json=sent).json()["result"]["rules"]
    assert order(after) == "abc"
    assert (after[1]["id"], after[1]["version"]) == (before[1]["id"], "2")
    assert (after[1]["action"], after[1]["description"]) == ("log", "watch")
    replaced = http.patch(path, json=BLOCK).json()["result"]["rules"][1]
    assert (replaced["action"], "description" in replaced) == ("block", False)
    assert http.patch(path, json={"enabled": False}).status_code == 400


def test_a_rule_is_deleted_through_the_sdk(api: Cloudflare, zone: str) -> None:
    made = shown(api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK]))
    id, first = made["id"], made["rules"][0]["id"]
    added = api.rulesets.rules.create(
        id, zone_id=zone, action="block", expression='http.host eq "x"', ref="x"
    )
    assert order(shown(added)["rules"][1:]) == "x"
    edited = api.rulesets.rules.edit(
        first, zone_id=zone, ruleset_id=id, action="log", expression="true"
    )
    assert shown(edited)["rules"][0]["action"] == "log"
    left = api.rulesets.rules.delete(first, zone_id=zone, ruleset_id=id)
    assert order(shown(left)["rules"]) == "x"
    with pytest.raises(NotFoundError) as refusal:
        api.rulesets.rules.delete(first, zone_id=zone, ruleset_id=id)
    assert codes(refusal) == [10001]


def limited(**fields: Any) -> Rule:
    limit: Rule = {
        "characteristics": ["cf.colo.id", "ip.src"],
        "period": 60,
        "requests_per_period": 100,
    }
    limit |= fields
    ratelimit = {key: value for key, value in limit.items() if value is not None}
    return {"action": "block", "expression": "true", "ratelimit": ratelimit}


def parameters(action: str, **given: Any) -> Rule:
    return {"action": action, "expression": "true", "action_parameters": given}


def header(name: str = "X-A", **change: Any) -> Rule:
    return parameters("rewrite", headers={name: change})


RESPONSE = {"status_code": 429, "content": "{}", "content_type": "application/json"}
GOOD: list[tuple[str, Rule]] = [
    (FIREWALL, BLOCK),
    (FIREWALL, parameters("block", response={**RESPONSE, "status_code": 403})),
    (FIREWALL, {**BLOCK, "action": "managed_challenge"}),
    (FIREWALL, parameters("skip", ruleset="current")),
    (FIREWALL, parameters("skip", phases=["http_ratelimit"], products=["waf", "bic"])),
    (FIREWALL, {**BLOCK, "expression": '(http.host eq "a\\"(b") and not ssl', "logging": {"enabled": True}}),
    ("http_request_firewall_managed", parameters("execute", id="efb7b8c949ac4650a09736fc376e9aee")),
    ("http_ratelimit", limited()),
    ("http_ratelimit", limited(mitigation_timeout=0, requests_to_origin=True, counting_expression="")),
    ("http_ratelimit", limited(requests_per_period=None, score_per_period=5, score_response_header_name="x-cost")),
    ("http_ratelimit", {**limited(), "action_parameters": {"response": RESPONSE}}),
    (HEADERS, header(operation="set", value="DENY")),
    (HEADERS, header(operation="add", expression="cf.ray_id")),
    (HEADERS, header(operation="remove")),
    ("http_request_late_transform", header(operation="set", value="1")),
    ("http_request_late_transform", header("Cloudflare-Workers-Version-Key", operation="set", expression='http.request.cookies["v"][0]')),
    ("http_request_late_transform", header(operation="set", expression="uuidv4(cf.random_seed)")),
    ("http_request_late_transform", header(operation="set", expression='concat("uuidv4(x)-", uuidv4( cf.random_seed ))')),
    (HEADERS, header(operation="add", expression="uuidv4(cf.random_seed)")),
    ("http_request_transform", parameters("rewrite", uri={"query": {"expression": 'concat("id=", uuidv4(cf.random_seed))'}})),
    (FIREWALL, {**BLOCK, "expression": 'http.request.uri.path contains "uuidv4(cf.random_seed)"'}),
    ("http_request_late_transform", header("CF-Connecting-IP", operation="remove")),
    ("http_request_transform", parameters("rewrite", uri={"path": {"value": "/new"}})),
    ("http_request_dynamic_redirect", parameters("redirect", from_value={"target_url": {"expression": "http.host"}, "status_code": 301, "preserve_query_string": True})),
    ("http_config_settings", parameters("set_config", automatic_https_rewrites=True, ssl="strict")),
    ("http_request_cache_settings", parameters("set_cache_settings", cache=True, edge_ttl={"mode": "override_origin", "default": 60})),
    ("http_request_origin", parameters("route", host_header="a.example.com", origin={"port": 8443})),
    ("http_response_compression", parameters("compress_response", algorithms=[{"name": "brotli"}])),
    ("http_custom_errors", parameters("serve_error", content="gone", content_type="text/plain", status_code=500)),
]  # fmt: skip


@pytest.mark.parametrize(("phase", "rule"), GOOD)
def test_each_phase_takes_its_rules_and_gives_them_back(
    http: httpx.Client, zone: str, phase: str, rule: Rule
) -> None:
    path = f"/zones/{zone}/rulesets/phases/{phase}/entrypoint"
    answer = http.put(path, json={"rules": [rule]})
    assert answer.status_code == 200, answer.text
    (kept,) = http.get(path).json()["result"]["rules"]
    assert {key: kept[key] for key in rule} == rule


BAD: list[tuple[str, Rule, int]] = [
    (FIREWALL, {"action": "allow", "expression": "true"}, 20016),
    (FIREWALL, {"expression": "true"}, 20016),
    (FIREWALL, {"action": "block"}, 20016),
    (FIREWALL, {"action": "block", "expression": " "}, 20016),
    (FIREWALL, {"action": "block", "expression": "(ssl"}, 20016),
    (FIREWALL, {"action": "block", "expression": "ssl) or (ssl"}, 20016),
    (FIREWALL, {"action": "block", "expression": 'http.host eq "a'}, 20016),
    (FIREWALL, {"action": "block", "expression": "x" * 4097}, 20016),
    (FIREWALL, header_rule("X-A", "1"), 20016),
    (FIREWALL, {**BLOCK, "colour": "red"}, 10014),
    (FIREWALL, {**BLOCK, "enabled": "yes"}, 10014),
    (FIREWALL, parameters("block", ruleset="current"), 10014),
    (FIREWALL, parameters("block", response={**RESPONSE, "status_code": 200}), 20120),
    (FIREWALL, parameters("block", response={"status_code": 403}), 20120),
    (FIREWALL, parameters("skip", ruleset="other"), 20120),
    (FIREWALL, parameters("skip", products=["everything"]), 20120),
    (FIREWALL, {**BLOCK, "ratelimit": limited()["ratelimit"]}, 20155),
    ("http_config_settings", {"action": "set_config", "expression": "true"}, 20113),
    ("http_request_firewall_managed", parameters("execute", overrides={}), 20120),
    (HEADERS, header(operation="replace", value="1"), 20120),
    (HEADERS, header(operation="set"), 20120),
    (HEADERS, header(operation="set", value="1", expression="ssl"), 20120),
    (HEADERS, header(operation="remove", value="1"), 20120),
    (HEADERS, parameters("rewrite", uri={"path": {"value": "/"}}), 20120),
    ("http_request_transform", header(operation="remove"), 20120),
    ("http_request_late_transform", header("cf-ray", operation="set", value="1"), 20120),
    ("http_request_late_transform", header("X-CF-Any", operation="remove"), 20120),
    ("http_request_late_transform", header("cf-connecting-ip", operation="set", value="1"), 20120),
    ("http_request_late_transform", header(operation="set", expression="uuidv4()"), 20120),
    ("http_request_late_transform", header(operation="set", expression="uuidv4(http.host)"), 20120),
    ("http_request_late_transform", header(operation="set", expression="concat(uuidv4(cf.random_seed), uuidv4(lower(cf.random_seed)))"), 20120),
    ("http_request_late_transform", header(operation="set", expression='concat("a"'), 20120),
    ("http_request_late_transform", {**header(operation="set", value="1"), "expression": 'uuidv4(cf.random_seed) ne ""'}, 20016),
    (FIREWALL, {**BLOCK, "expression": 'uuidv4(cf.random_seed) contains "a"'}, 20016),
    ("http_request_dynamic_redirect", parameters("redirect", from_value={"target_url": {"expression": 'concat("https://x/", uuidv4(cf.random_seed))'}}), 20120),
    ("http_request_dynamic_redirect", parameters("redirect", from_value={}), 20120),
    ("http_request_dynamic_redirect", parameters("redirect", from_value={"target_url": {"value": "/"}, "status_code": 200}), 20120),
    ("http_request_origin", parameters("route", origin={"port": 0}), 20120),
    ("http_ratelimit", BLOCK, 20155),
    ("http_ratelimit", limited(characteristics=["ip.src"]), 20155),
    ("http_ratelimit", limited(characteristics=[]), 20155),
    ("http_ratelimit", limited(characteristics=["cf.colo.id", "ip.src", "cf.unique_visitor_id"]), 20155),
    ("http_ratelimit", limited(period=30), 20155),
    ("http_ratelimit", limited(mitigation_timeout=30), 20155),
    ("http_ratelimit", limited(requests_per_period=0), 20155),
    ("http_ratelimit", limited(requests_per_period=None), 20155),
    ("http_ratelimit", limited(score_per_period=5), 20155),
    ("http_ratelimit", limited(rate=5), 10014),
]  # fmt: skip


@pytest.mark.parametrize(("phase", "rule", "code"), BAD)
def test_a_rule_that_makes_no_sense_is_refused(
    http: httpx.Client, zone: str, phase: str, rule: Rule, code: int
) -> None:
    path = f"/zones/{zone}/rulesets/phases/{phase}/entrypoint"
    answer = http.put(path, json={"rules": [rule]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert http.get(path).status_code == 404


def test_a_ref_is_there_once(http: httpx.Client, ruleset: str) -> None:
    before = http.get(ruleset).json()["result"]
    twice = [{**BLOCK, "ref": "x"}, {**BLOCK, "ref": "x"}]
    assert http.put(ruleset, json={"rules": twice}).status_code == 400
    assert http.post(ruleset + "/rules", json={**BLOCK, "ref": "a"}).status_code == 400
    assert http.get(ruleset).json()["result"] == before


def test_a_small_plan_counts_over_short_periods_only(http: httpx.Client, zone: str) -> None:
    http.post(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "free"}})
    path = f"/zones/{zone}/rulesets/phases/http_ratelimit/entrypoint"
    refused = http.put(path, json={"rules": [limited(period=60)]}).json()["errors"][0]
    assert refused["message"] == (
        "not entitled to use the period 60, can only use a period among [10]"
    )
    assert http.put(path, json={"rules": [limited(period=10)]}).status_code == 200
