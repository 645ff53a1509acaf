"""A zone serves over HTTPS only, and its records say who may send mail and issue certificates."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.dns import Record, ZoneRecords, ZoneRecordsArgs
from components.worker_domain import WorkerDomain, WorkerDomainArgs
from components.zone import SecureZone, SecureZoneArgs
from tests.unit.components.cloud_mocks import ACCOUNT, CloudflareError, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack, ProtectedError
from tests.unit.components.examples import WORKER, ZONE, version_in, zone_in
from tests.unit.components.registrations import Run

SECURE = SecureZoneArgs(account_id=ACCOUNT, name=ZONE)


def records_up(stack: MockedStack, *records: Record, **changes: Any) -> Run:
    def program() -> None:
        args = ZoneRecordsArgs(
            zone_id=zone_in(stack.cloud),
            zone_name=ZONE,
            certificate_authorities=["letsencrypt.org"],
            records=records,
        )
        ZoneRecords("dns", dataclasses.replace(args, **changes))

    return stack.up(program)


def texts(stack: MockedStack, name: str) -> set[str]:
    return {
        record["content"]
        for record in stack.cloud.things["DnsRecord"].values()
        if record["type"] == "TXT" and record["name"] == name
    }


def test_a_zone_takes_https_only_with_strict_tls_and_remembers_it() -> None:
    run = MockedStack().up(lambda: SecureZone("zone", SECURE))
    settings = {found.inputs["settingId"]: found.inputs["value"] for found in run.of("ZoneSetting")}
    assert settings["ssl"] == "strict"
    assert settings["always_use_https"] == "on"
    assert settings["min_tls_version"] == "1.2"
    assert settings["tls_1_3"] == "on"
    hsts = settings["security_header"]["strict_transport_security"]
    assert hsts["enabled"]
    assert hsts["max_age"] == 31_536_000
    assert hsts["include_subdomains"]
    assert run.one("ZoneDnssec").inputs["status"] == "active"


def test_a_zone_limits_what_one_address_may_ask_but_not_its_health_checks() -> None:
    args = dataclasses.replace(SECURE, requests_per_period=50)
    run = MockedStack().up(lambda: SecureZone("zone", args))
    (rules,) = (r.inputs["rules"] for r in run.of("Ruleset") if "rate" in r.name)
    assert rules[0]["action"] == "block"
    assert rules[0]["ratelimit"]["requestsPerPeriod"] == 50
    assert "ip.src" in rules[0]["ratelimit"]["characteristics"]
    assert '"/health"' in rules[0]["expression"]


def test_every_answer_carries_the_security_headers() -> None:
    run = MockedStack().up(lambda: SecureZone("zone", SECURE))
    (rules,) = (r.inputs["rules"] for r in run.of("Ruleset") if "headers" in r.name)
    assert rules[0]["expression"] == "true"
    headers = rules[0]["actionParameters"]["headers"]
    assert {name: header["value"] for name, header in headers.items()} == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


def test_a_zone_that_exists_is_used_and_not_made() -> None:
    stack = MockedStack()
    id = stack.cloud.add_zone(ZONE)
    run = stack.up(lambda: SecureZone("zone", dataclasses.replace(SECURE, existing_id=id)))
    assert run.of("Zone") == []
    assert {found.inputs["zoneId"] for found in run.resources.values() if found.custom} == {id}


def test_another_domain_does_not_take_the_zone_away() -> None:
    stack = MockedStack()
    stack.up(lambda: SecureZone("zone", SECURE))
    other = dataclasses.replace(SECURE, name="other.example")
    for run in (stack.preview, stack.up):
        with pytest.raises(ProtectedError, match=r"zone-zone cannot be replaced.*name"):
            run(lambda: SecureZone("zone", other))
    assert stack.cloud.names("Zone") == {ZONE}


def test_a_zone_that_somebody_has_is_refused_in_cloudflares_words() -> None:
    stack = MockedStack()
    stack.cloud.add_zone(ZONE)
    with pytest.raises(CloudflareError, match=f"1061 {ZONE} already exists"):
        stack.up(lambda: SecureZone("zone", SECURE))


def test_a_domain_sends_no_mail_until_it_is_told_to() -> None:
    stack = MockedStack()
    records_up(stack, report_address=f"dmarc@{ZONE}")
    assert texts(stack, ZONE) == {'"v=spf1 -all"'}
    assert texts(stack, f"_dmarc.{ZONE}") == {
        f'"v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@{ZONE}"'
    }
    assert texts(stack, f"*._domainkey.{ZONE}") == {'"v=DKIM1; p="'}


def test_ones_own_policy_takes_the_place_of_that() -> None:
    stack = MockedStack()
    records_up(
        stack,
        Record(ZONE, "TXT", "v=spf1 include:mail.example -all"),
        Record(f"_dmarc.{ZONE}", "TXT", '"v=DMARC1; p=none"'),
    )
    assert texts(stack, ZONE) == {"v=spf1 include:mail.example -all"}
    assert texts(stack, f"_dmarc.{ZONE}") == {'"v=DMARC1; p=none"'}
    assert texts(stack, f"*._domainkey.{ZONE}") == {'"v=DKIM1; p="'}


def test_a_proof_of_ownership_does_not_open_the_domain_for_anybodys_mail() -> None:
    stack = MockedStack()
    records_up(stack, Record(ZONE, "TXT", "site-verification=abc"))
    assert texts(stack, ZONE) == {"site-verification=abc", '"v=spf1 -all"'}


def test_only_the_named_authorities_may_issue_certificates() -> None:
    stack = MockedStack()
    run = records_up(stack, certificate_authorities=["letsencrypt.org", "pki.goog"])
    authorities = [r.inputs for r in run.of("DnsRecord") if r.inputs["type"] == "CAA"]
    assert [authority["name"] for authority in authorities] == [ZONE, ZONE]
    assert [authority["data"] for authority in authorities] == [
        {"flags": 0, "tag": "issue", "value": "letsencrypt.org"},
        {"flags": 0, "tag": "issue", "value": "pki.goog"},
    ]


A, B, C = (Record(f"{host}.{ZONE}", "A", "192.0.2.1") for host in "abc")


@pytest.mark.parametrize("records", [[A, B, C], [C, B, A], [B, C]])
def test_a_record_more_or_less_leaves_the_others_alone(records: list[Record]) -> None:
    stack = MockedStack()
    records_up(stack, B, C)
    run = records_up(stack, *records)
    assert {what for what, _ in run.steps} <= {"same", "create"}
    assert len(run.done("create")) == len(records) - 2


def test_a_host_that_moves_is_changed_without_a_clash() -> None:
    stack = MockedStack()
    www = f"www.{ZONE}"
    records_up(stack, Record(www, "CNAME", "one.example"), Record(ZONE, "A", "192.0.2.1"))
    run = records_up(stack, Record(www, "CNAME", "two.example"), Record(ZONE, "A", "192.0.2.2"))
    assert run.done("update") == ["dns-cname-www"]
    addresses = {(r["name"], r.get("content")) for r in stack.cloud.things["DnsRecord"].values()}
    assert {(www, "two.example"), (ZONE, "192.0.2.2")} <= addresses
    assert (ZONE, "192.0.2.1") not in addresses


def test_several_addresses_of_one_host_are_several_records() -> None:
    run = records_up(MockedStack(), *(Record(ZONE, "A", f"192.0.2.{n}") for n in (1, 2, 3)))
    assert len([r for r in run.of("DnsRecord") if r.inputs["type"] == "A"]) == 3


def domain_up(stack: MockedStack, *routes: str) -> Run:
    def program() -> None:
        version_in(stack.cloud)
        WorkerDomain(
            "domain",
            WorkerDomainArgs(ACCOUNT, WORKER, f"api.{ZONE}", zone_in(stack.cloud), routes),
        )

    return stack.up(program)


def test_a_worker_has_its_domain_and_its_routes() -> None:
    run = domain_up(MockedStack(), f"{ZONE}/api/*", f"{ZONE}/health", f"{ZONE}/health")
    domain = run.one("WorkersCustomDomain").inputs
    assert (domain["hostname"], domain["service"]) == (f"api.{ZONE}", WORKER)
    patterns = {route.inputs["pattern"]: route.inputs["script"] for route in run.of("WorkersRoute")}
    assert patterns == {f"{ZONE}/api/*": WORKER, f"{ZONE}/health": WORKER}
    (own,) = (found for found in run.resources.values() if found.name == "domain")
    assert own.outputs == {"url": f"https://api.{ZONE}"}


def test_a_route_that_is_dropped_leaves_the_others_alone() -> None:
    stack = MockedStack()
    domain_up(stack, f"{ZONE}/a/*", f"{ZONE}/b/*")
    run = domain_up(stack, f"{ZONE}/b/*")
    assert {what for what, _ in run.steps} == {"same", "delete"}
    assert stack.cloud.names("WorkersRoute", "pattern") == {f"{ZONE}/b/*"}


def test_a_host_that_a_worker_has_cannot_be_a_record_as_well() -> None:
    cloud = MockedCloudflare()
    domain_up(MockedStack(cloud=cloud))
    with pytest.raises(CloudflareError, match="81062"):
        records_up(MockedStack("other", cloud), Record(f"api.{ZONE}", "A", "192.0.2.1"))
