"""Rulesets: made, read, replaced, deleted; entrypoints, versions, trials, and who may do what."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, NotFoundError, PermissionDeniedError
from cloudflare.types.rulesets.phase import Phase
from pydantic import BaseModel

from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.rulesets.phases import PHASES
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes

FIREWALL = "http_request_firewall_custom"
HEADERS = "http_response_headers_transform"
Rule = Any
"""As JSON has it; the SDK has a type for each action."""
BLOCK: Rule = {"action": "block", "expression": 'http.host eq "bad.example.com"'}


def shown(result: object) -> dict[str, Any]:
    """The SDK gives what it has read as models, and what it has written as plain objects (a trial answers null)."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    assert isinstance(result, dict)
    return cast("dict[str, Any]", result)


def header_rule(name: str, value: str, **fields: Any) -> Rule:
    change = {"operation": "set", "value": value}
    return {
        "action": "rewrite",
        "expression": "true",
        "action_parameters": {"headers": {name: change}},
        **fields,
    }


def test_every_official_phase_is_known() -> None:
    assert set(Phase.__args__) == set(PHASES)


def test_a_ruleset_reads_back_as_it_was_made(
    api: Cloudflare, zone: str, http: httpx.Client
) -> None:
    off: Rule = {**BLOCK, "ref": "second", "enabled": False, "description": "off"}
    made = shown(
        api.rulesets.create(
            zone_id=zone,
            kind="zone",
            name="Block the bad",
            description="by host",
            phase=FIREWALL,
            rules=[BLOCK, off],
        )
    )
    assert (made["name"], made["kind"], made["phase"], made["version"]) == (
        "Block the bad",
        "zone",
        FIREWALL,
        "1",
    )
    path = f"/zones/{zone}/rulesets/{made['id']}"
    kept = http.get(path).json()["result"]
    first, second = kept["rules"]
    assert (first["ref"], first["enabled"], first["version"]) == (first["id"], True, "1")
    assert (second["ref"], second["enabled"], second["description"]) == ("second", False, "off")
    again = http.put(path, json=kept).json()["result"]
    assert again["rules"] == kept["rules"]
    assert {k: v for k, v in again.items() if k not in {"version", "last_updated"}} == {
        k: v for k, v in kept.items() if k not in {"version", "last_updated"}
    }
    assert http.get(path).json()["result"] == again
    api.rulesets.delete(made["id"], zone_id=zone)
    with pytest.raises(NotFoundError) as refusal:
        api.rulesets.get(made["id"], zone_id=zone)
    assert codes(refusal) == [10000]


def test_deleting_answers_without_a_body(http: httpx.Client, zone: str) -> None:
    made = http.put(f"/zones/{zone}/rulesets/phases/{FIREWALL}/entrypoint", json={"rules": []})
    answer = http.delete(f"/zones/{zone}/rulesets/{made.json()['result']['id']}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_zone_has_one_ruleset_a_phase(http: httpx.Client, api: Cloudflare, zone: str) -> None:
    body: Rule = {"kind": "zone", "name": "default", "phase": FIREWALL, "rules": []}
    assert http.post(f"/zones/{zone}/rulesets", json=body).status_code == 200
    second = http.post(f"/zones/{zone}/rulesets", json=body)
    assert second.status_code == 400
    assert second.json()["errors"] == [
        {
            "code": 20217,
            "message": f"'zone' is not a valid value for kind because exceeded maximum number of zone rulesets for phase {FIREWALL}",
        }
    ]
    api.rulesets.create(zone_id=zone, kind="zone", name="default", phase=HEADERS, rules=[])
    assert [r.phase for r in api.rulesets.list(zone_id=zone)] == [FIREWALL, HEADERS]


BAD_RULESETS: list[dict[str, Any]] = [
    {"phase": "no_such_phase"},
    {"phase": "magic_transit"},
    {"kind": "root"},
    {"kind": "managed"},
    {"name": ""},
    {"rules": "none"},
    {"rules": [1]},
    {"unknown": 1},
]


@pytest.mark.parametrize("change", BAD_RULESETS)
def test_a_ruleset_that_makes_no_sense_is_refused(
    http: httpx.Client, zone: str, change: dict[str, Any]
) -> None:
    body: Rule = {"kind": "zone", "name": "default", "phase": FIREWALL, "rules": [], **change}
    answer = http.post(f"/zones/{zone}/rulesets", json=body)
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert http.get(f"/zones/{zone}/rulesets").json()["result"] == []


def test_an_entrypoint_is_missing_until_its_phase_is_used(
    api: Cloudflare, zone: str, http: httpx.Client
) -> None:
    with pytest.raises(NotFoundError) as refusal:
        api.rulesets.phases.get(FIREWALL, zone_id=zone)
    assert codes(refusal) == [10003]
    assert FIREWALL in refusal.value.errors[0].message  # pyright: ignore[reportOperatorIssue]
    written = shown(api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK]))
    assert (written["kind"], written["version"]) == ("zone", "1")
    assert shown(api.rulesets.phases.get(FIREWALL, zone_id=zone))["id"] == written["id"]
    changed = shown(api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[], name="mine"))
    assert (changed["id"], changed["version"], changed["rules"], changed["name"]) == (
        written["id"],
        "2",
        [],
        "mine",
    )
    for field in ("kind", "phase"):
        path = f"/zones/{zone}/rulesets/phases/{FIREWALL}/entrypoint"
        refused = http.put(path, json={"rules": [], field: "zone"})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["message"] == f'invalid JSON: unknown field "{field}"'


def test_a_put_replaces_the_whole_list_and_keeps_what_did_not_change(
    http: httpx.Client, zone: str
) -> None:
    path = f"/zones/{zone}/rulesets/phases/{FIREWALL}/entrypoint"
    a, b = {**BLOCK, "ref": "a"}, {**BLOCK, "ref": "b"}
    before = http.put(path, json={"rules": [a, b]}).json()["result"]["rules"]
    changed_b = {**b, "action": "log"}
    after = http.put(path, json={"rules": [changed_b, a, BLOCK]}).json()["result"]["rules"]
    assert [rule["id"] for rule in after[:2]] == [before[1]["id"], before[0]["id"]]
    assert (after[0]["version"], after[0]["action"]) == ("2", "log")
    assert after[1] == before[0]
    assert after[2]["id"] not in {before[0]["id"], before[1]["id"]}
    emptied = http.put(path, json={"rules": []}).json()["result"]
    assert emptied["rules"] == []


def test_former_versions_stay_readable(api: Cloudflare, zone: str, http: httpx.Client) -> None:
    made = shown(api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK]))
    api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[])
    api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK, BLOCK])
    kept = [row.version for row in api.rulesets.versions.list(made["id"], zone_id=zone)]
    assert kept == ["3", "2", "1"]
    first = shown(api.rulesets.versions.get("1", zone_id=zone, ruleset_id=made["id"]))
    assert len(first["rules"]) == 1
    third = shown(api.rulesets.phases.versions.get("3", zone_id=zone, ruleset_phase=FIREWALL))
    assert len(third["rules"]) == 2
    assert len(list(api.rulesets.phases.versions.list(FIREWALL, zone_id=zone))) == 3
    api.rulesets.versions.delete("1", zone_id=zone, ruleset_id=made["id"])
    with pytest.raises(NotFoundError):
        api.rulesets.versions.get("1", zone_id=zone, ruleset_id=made["id"])
    latest = http.delete(f"/zones/{zone}/rulesets/{made['id']}/versions/3")
    assert latest.status_code == 400


def test_a_trial_checks_and_keeps_nothing(
    api: Cloudflare, zone: str, http: httpx.Client, edge: RecordingDataPlane
) -> None:
    path = f"/zones/{zone}/rulesets/phases/{FIREWALL}/entrypoint?dry_run=true"
    applied = len(edge.applied)
    answer = http.put(path, json={"rules": [BLOCK]})
    assert (answer.status_code, answer.json()["result"]) == (200, None)
    assert list(api.rulesets.list(zone_id=zone)) == []
    assert len(edge.applied) == applied
    refused = http.put(path, json={"rules": [{"action": "block"}]})
    assert refused.status_code == 400
    made = shown(api.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK]))
    removed = http.delete(f"/zones/{zone}/rulesets/{made['id']}?dry_run=true")
    assert removed.status_code == 204
    assert shown(api.rulesets.get(made["id"], zone_id=zone))["version"] == "1"


def test_the_list_is_paged_by_cursor_and_has_no_rules(
    api: Cloudflare, zone: str, http: httpx.Client
) -> None:
    phases = (FIREWALL, HEADERS, "http_request_transform")
    for phase in phases:
        api.rulesets.phases.update(phase, zone_id=zone, rules=[])
    assert [r.phase for r in api.rulesets.list(zone_id=zone, per_page=1)] == list(phases)
    page = http.get(f"/zones/{zone}/rulesets?per_page=2").json()
    assert len(page["result"]) == 2
    assert all("rules" not in row for row in page["result"])
    rest = http.get(f"/zones/{zone}/rulesets?cursor={page['result_info']['cursor']}").json()
    assert [row["phase"] for row in rest["result"]] == [phases[2]]
    assert rest["result_info"]["cursor"] == ""


def test_header_rules_reach_the_edge_in_their_order(
    api: Cloudflare, zone: str, edge: RecordingDataPlane
) -> None:
    rules: Any = [
        header_rule("X-Frame-Options", "DENY"),
        header_rule("X-Off", "1", enabled=False),
        {
            **header_rule("X-Powered-By", ""),
            "action_parameters": {"headers": {"X-Powered-By": {"operation": "remove"}}},
            "expression": 'http.host eq "api.example.com"',
        },
    ]
    made = shown(api.rulesets.phases.update(HEADERS, zone_id=zone, rules=rules))

    def applied() -> list[tuple[str, str, str, str | None]]:
        found = edge.applied[-1].zones[0].header_rules
        return [(r.expression, r.operation, r.header, r.value) for r in found]

    assert applied() == [
        ("true", "set", "X-Frame-Options", "DENY"),
        ('http.host eq "api.example.com"', "remove", "X-Powered-By", None),
    ]
    first = made["rules"][0]["id"]
    api.rulesets.rules.delete(first, zone_id=zone, ruleset_id=made["id"])
    assert [header for _, _, header, _ in applied()] == ["X-Powered-By"]
    api.rulesets.delete(made["id"], zone_id=zone)
    assert applied() == []


def test_an_account_has_entrypoints_and_custom_rulesets(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    custom = shown(
        api.rulesets.create(
            account_id=account, kind="custom", name="shared", phase=FIREWALL, rules=[BLOCK]
        )
    )
    more = shown(
        api.rulesets.create(
            account_id=account, kind="custom", name="more", phase=FIREWALL, rules=[]
        )
    )
    root: Any = [{"action": "execute", "expression": "true", "action_parameters": {"id": custom["id"]}}]  # fmt: skip
    entry = shown(api.rulesets.phases.update(FIREWALL, account_id=account, rules=root))
    assert entry["kind"] == "root"
    assert [r.id for r in api.rulesets.list(account_id=account)] == [
        custom["id"],
        more["id"],
        entry["id"],
    ]
    with pytest.raises(BadRequestError) as refusal:
        api.rulesets.phases.update(FIREWALL, account_id=account, rules=[BLOCK])
    message = refusal.value.errors[0].message
    assert message is not None
    assert message.endswith(
        "the block action in a ruleset with phase http_request_firewall_custom and kind root"
    )
    second = {"kind": "root", "name": "x", "phase": FIREWALL}
    answer = http.post(f"/accounts/{account}/rulesets", json=second)
    assert answer.json()["errors"][0]["code"] == 20217


def test_each_phase_has_a_permission_of_its_own(served: ServedCloud, zone: str) -> None:
    admin = served.client()
    admin.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[])
    headers = shown(admin.rulesets.phases.update(HEADERS, zone_id=zone, rules=[]))
    firewall = served.client(served.token_with("Zone WAF Write"))
    assert [r.phase for r in firewall.rulesets.list(zone_id=zone)] == [FIREWALL]
    firewall.rulesets.phases.update(FIREWALL, zone_id=zone, rules=[BLOCK])
    for attempt in (
        lambda: firewall.rulesets.phases.update(HEADERS, zone_id=zone, rules=[]),
        lambda: firewall.rulesets.phases.get(HEADERS, zone_id=zone),
        lambda: firewall.rulesets.get(headers["id"], zone_id=zone),
        lambda: firewall.rulesets.delete(headers["id"], zone_id=zone),
        lambda: firewall.rulesets.create(
            zone_id=zone, kind="zone", name="x", phase="http_request_origin", rules=[]
        ),
    ):
        with pytest.raises(PermissionDeniedError):
            attempt()
    reader = served.client(served.token_with("Transform Rules Read"))
    assert shown(reader.rulesets.get(headers["id"], zone_id=zone))["phase"] == HEADERS
    with pytest.raises(PermissionDeniedError):
        reader.rulesets.phases.update(HEADERS, zone_id=zone, rules=[])
    with pytest.raises(PermissionDeniedError):
        list(served.client(served.token_with("DNS Write")).rulesets.list(zone_id=zone))


def test_either_name_of_a_permission_is_good(served: ServedCloud, zone: str) -> None:
    phase = "http_request_dynamic_redirect"
    for name in ("Single Redirect Write", "Dynamic URL Redirects Write"):
        client = served.client(served.token_with(name))
        assert shown(client.rulesets.phases.update(phase, zone_id=zone, rules=[]))["phase"] == phase
