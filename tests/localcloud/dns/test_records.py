"""DNS records: each type made, read, changed and deleted; what is refused, with Cloudflare's codes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import (
    APIStatusError,
    BadRequestError,
    Cloudflare,
    NotFoundError,
    PermissionDeniedError,
)

from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes

Body = dict[str, Any]
LOC: Body = {
    "lat_degrees": 37, "lat_minutes": 46, "lat_seconds": 46, "lat_direction": "N",
    "long_degrees": 122, "long_minutes": 23, "long_seconds": 35, "long_direction": "W",
    "altitude": 0, "size": 100, "precision_horz": 0, "precision_vert": 0,
}  # fmt: skip
TYPES: list[tuple[Body, str]] = [
    ({"type": "A", "content": "192.0.2.1"}, "192.0.2.1"),
    ({"type": "AAAA", "content": "2001:DB8:0:0::1"}, "2001:db8::1"),
    ({"type": "CNAME", "content": "target.example.net."}, "target.example.net"),
    ({"type": "TXT", "content": "v=spf1 -all"}, "v=spf1 -all"),
    ({"type": "MX", "content": "mail.example.net", "priority": 0}, "mail.example.net"),
    ({"type": "NS", "content": "ns1.example.net"}, "ns1.example.net"),
    ({"type": "PTR", "content": "host.example.net"}, "host.example.net"),
    ({"type": "OPENPGPKEY", "content": "mQENBFz="}, "mQENBFz="),
    ({"type": "SRV", "data": {"priority": 10, "weight": 5, "port": 5060, "target": "sip.example.net"}}, "5 5060 sip.example.net"),
    ({"type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}}, '0 issue "letsencrypt.org"'),
    ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": 'alpn="h3,h2"'}}, '1 . alpn="h3,h2"'),
    ({"type": "SVCB", "data": {"priority": 2, "target": "svc.example.net", "value": ""}}, "2 svc.example.net"),
    ({"type": "TLSA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "ab12"}}, "3 1 1 ab12"),
    ({"type": "SMIMEA", "data": {"usage": 3, "selector": 0, "matching_type": 0, "certificate": "ab12"}}, "3 0 0 ab12"),
    ({"type": "SSHFP", "data": {"algorithm": 4, "type": 2, "fingerprint": "cd34"}}, "4 2 cd34"),
    ({"type": "URI", "priority": 10, "data": {"weight": 1, "target": "https://example.net/"}}, '1 "https://example.net/"'),
    ({"type": "DS", "data": {"key_tag": 2371, "algorithm": 13, "digest_type": 2, "digest": "EF56"}}, "2371 13 2 EF56"),
    ({"type": "DNSKEY", "data": {"flags": 257, "protocol": 3, "algorithm": 13, "public_key": "mdss"}}, "257 3 13 mdss"),
    ({"type": "CERT", "data": {"type": 1, "key_tag": 0, "algorithm": 0, "certificate": "TUlJ"}}, "1 0 0 TUlJ"),
    ({"type": "NAPTR", "data": {"order": 100, "preference": 10, "flags": "S", "service": "SIP+D2T", "regex": "", "replacement": "_sip._tcp.example.net"}}, '100 10 "S" "SIP+D2T" "" _sip._tcp.example.net'),
    ({"type": "LOC", "data": LOC}, "37 46 46.000 N 122 23 35.000 W 0.00m 100.00m 0.00m 0.00m"),
]  # fmt: skip
IDS = [body["type"] for body, _ in TYPES]


@pytest.mark.parametrize(("body", "content"), TYPES, ids=IDS)
def test_every_type_reads_back_as_it_was_written(
    api: Cloudflare, zone: str, http: httpx.Client, body: Body, content: str
) -> None:
    made = api.dns.records.create(zone_id=zone, name="x.example.com", ttl=300, **body)
    assert made is not None
    assert (made.name, made.type, made.content, made.ttl) == (
        "x.example.com",
        body["type"],
        content,
        300,
    )
    path = f"/zones/{zone}/dns_records/{made.id}"
    shown = http.get(path).json()["result"]
    assert {key: shown[key] for key in body if key != "content"} == {
        key: value for key, value in body.items() if key != "content"
    }
    assert http.put(path, json=shown).json()["result"] == shown
    assert http.patch(path, json={"ttl": 300}).json()["result"] == shown
    deleted = api.dns.records.delete(made.id, zone_id=zone)
    assert deleted is not None
    assert deleted.id == made.id
    with pytest.raises(NotFoundError) as refusal:
        api.dns.records.get(made.id, zone_id=zone)
    assert codes(refusal) == [81044]


def test_the_list_of_types_is_complete() -> None:
    assert len(set(IDS)) == 21


WITH_DATA = [(body, content) for body, content in TYPES if "data" in body]


@pytest.mark.parametrize(("body", "content"), WITH_DATA, ids=[b["type"] for b, _ in WITH_DATA])
def test_content_in_zone_file_form_makes_the_same_record(
    http: httpx.Client, zone: str, body: Body, content: str
) -> None:
    path = f"/zones/{zone}/dns_records"
    sent = {"name": "x", "ttl": 60, "type": body["type"], "content": content}
    priority = body.get("priority", body["data"].get("priority"))
    if body["type"] in {"SRV", "URI"}:
        sent["priority"] = priority
    made = http.post(path, json=sent).json()["result"]
    assert (made["data"], made["content"]) == (body["data"], content)


REFUSED: list[tuple[Body, int]] = [
    ({"type": "A", "content": "2001:db8::1"}, 9005),
    ({"type": "A"}, 9005),
    ({"type": "A", "content": "999.0.0.1"}, 9005),
    ({"type": "AAAA", "content": "192.0.2.1"}, 9006),
    ({"type": "CNAME", "content": "not a host"}, 9007),
    ({"type": "CNAME", "content": "x.example.com"}, 9039),
    ({"type": "MX", "content": "mail.example.net"}, 9100),
    ({"type": "MX", "content": "mail.example.net", "priority": 70000}, 9008),
    ({"type": "MX", "content": "192.0.2.1", "priority": 1}, 9009),
    ({"type": "TXT", "content": ""}, 9007),
    ({"type": "TXT", "content": "x" * 2049}, 9007),
    ({"type": "SPF", "content": "v=spf1"}, 1004),
    ({"content": "192.0.2.1"}, 1004),
    ({"type": "A", "content": "192.0.2.1", "ttl": 29}, 9021),
    ({"type": "A", "content": "192.0.2.1", "ttl": 86401}, 9021),
    ({"type": "A", "content": "192.0.2.1", "ttl": "60"}, 9021),
    ({"type": "TXT", "content": "x", "proxied": True}, 9041),
    ({"type": "A", "content": "10.0.0.1", "proxied": True}, 9003),
    ({"type": "A", "content": "192.0.2.1", "proxied": "yes"}, 1004),
    ({"type": "A", "content": "192.0.2.1", "name": "a..b"}, 9000),
    ({"type": "A", "content": "192.0.2.1", "name": "a.*"}, 9000),
    ({"type": "A", "content": "192.0.2.1", "name": "a b"}, 9000),
    ({"type": "A", "content": "192.0.2.1", "name": None}, 9000),
    ({"type": "A", "content": "192.0.2.1", "comment": "x" * 501}, 1004),
    ({"type": "A", "content": "192.0.2.1", "tags": ["no blanks:x"]}, 1004),
    ({"type": "A", "content": "192.0.2.1", "tags": [f"t:{n}" for n in range(21)]}, 9300),
    ({"type": "A", "content": "192.0.2.1", "settings": {"other": True}}, 1004),
    ({"type": "SRV", "data": {"priority": 1, "weight": 1, "port": 1}}, 9101),
    ({"type": "SRV", "data": {"priority": 1, "weight": 1, "port": 65536, "target": "a.b"}}, 9101),
    ({"type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "x", "extra": 1}}, 9101),
    ({"type": "CAA", "content": '0 issue "unclosed'}, 9007),
    ({"type": "URI", "data": {"weight": 1, "target": "https://example.net/"}}, 9100),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_a_record_that_makes_no_sense_is_refused(
    http: httpx.Client, zone: str, body: Body, code: int
) -> None:
    path = f"/zones/{zone}/dns_records"
    answer = http.post(path, json={"name": "x", "ttl": 1, **body})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert http.get(path).json()["result"] == []


CLASHES: list[tuple[Body, Body, int]] = [
    ({"type": "A", "content": "192.0.2.1"}, {"type": "CNAME", "content": "a.net"}, 81053),
    ({"type": "CNAME", "content": "b.net"}, {"type": "CNAME", "content": "a.net"}, 81053),
    ({"type": "CNAME", "content": "a.net"}, {"type": "AAAA", "content": "::2"}, 81054),
    ({"type": "TXT", "content": "x"}, {"type": "NS", "content": "ns.a.net"}, 81055),
    ({"type": "NS", "content": "ns.a.net"}, {"type": "A", "content": "192.0.2.1"}, 81056),
    ({"type": "A", "content": "192.0.2.1"}, {"type": "A", "content": "192.0.2.1"}, 81058),
    ({"type": "AAAA", "content": "::2"}, {"type": "AAAA", "content": "0::2", "ttl": 60}, 81058),
    ({"type": "TXT", "content": "x"}, {"type": "TXT", "content": '"x"'}, 81058),
]


@pytest.mark.parametrize(("there", "new", "code"), CLASHES)
def test_records_that_cannot_stand_beside_each_other(
    http: httpx.Client, zone: str, there: Body, new: Body, code: int
) -> None:
    path = f"/zones/{zone}/dns_records"
    first = http.post(path, json={"name": "x", "ttl": 1, **there})
    assert first.status_code == 200
    answer = http.post(path, json={"name": "x", "ttl": 1, **new})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    elsewhere = http.post(path, json={"name": "y", "ttl": 1, **new}).json()["result"]
    moved = http.patch(f"{path}/{elsewhere['id']}", json={"name": "x"})
    assert moved.json()["errors"][0]["code"] == code
    assert http.get(f"{path}/{elsewhere['id']}").json()["result"] == elsewhere


def test_records_that_stand_beside_each_other(api: Cloudflare, zone: str) -> None:
    def make(**body: Any) -> None:
        assert api.dns.records.create(zone_id=zone, ttl=1, **body) is not None

    make(type="A", name="www", content="192.0.2.1")
    make(type="A", name="www", content="192.0.2.2")
    make(type="AAAA", name="www", content="::2")
    make(type="MX", name="www", content="m.a.net", priority=1)
    make(type="MX", name="www", content="m.a.net", priority=2)
    make(type="CNAME", name="*", content="a.net")
    make(type="TXT", name="*", content="x")
    make(type="NS", name="sub", content="ns.a.net")
    make(
        type="DS",
        name="sub",
        data={"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "EF"},
    )
    make(type="NS", name="@", content="ns.a.net")
    make(type="TXT", name="@", content="x")


def test_a_name_that_a_worker_answers_for_takes_no_address(
    http: httpx.Client, account: str, zone: str, store: Store
) -> None:
    store.insert("worker_domain", account, "d", {"hostname": "api.example.com"}, "api.example.com")
    path = f"/zones/{zone}/dns_records"
    answer = http.post(path, json={"type": "A", "name": "api", "content": "192.0.2.1", "ttl": 1})
    assert answer.json()["errors"][0]["code"] == 81062
    text = http.post(path, json={"type": "TXT", "name": "api", "content": "x", "ttl": 1})
    assert text.status_code == 200


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("@", "example.com"),
        ("", "example.com"),
        ("Example.com", "example.com"),
        ("www", "www.example.com"),
        ("WWW.example.com.", "www.example.com"),
        ("_dmarc", "_dmarc.example.com"),
        ("*", "*.example.com"),
        ("*.dev", "*.dev.example.com"),
        ("notexample.com", "notexample.com.example.com"),
        ("bücher", "xn--bcher-kva.example.com"),
    ],
)
def test_names_are_given_in_full(http: httpx.Client, zone: str, sent: str, name: str) -> None:
    path = f"/zones/{zone}/dns_records"
    made = http.post(path, json={"type": "TXT", "name": sent, "content": "x", "ttl": 1})
    assert made.json()["result"]["name"] == name


def test_a_proxied_record_has_an_automatic_ttl(api: Cloudflare, zone: str) -> None:
    made = api.dns.records.create(
        zone_id=zone, type="A", name="www", content="192.0.2.1", ttl=300, proxied=True
    )
    assert made is not None
    assert (made.ttl, made.proxied, made.proxiable) == (1, True, True)
    changed = api.dns.records.edit(
        made.id, zone_id=zone, type="A", name="www", ttl=300, proxied=False
    )
    assert changed is not None
    assert (changed.ttl, changed.proxied, changed.content) == (300, False, "192.0.2.1")


def test_put_replaces_the_record_and_patch_only_what_is_sent(http: httpx.Client, zone: str) -> None:
    path = f"/zones/{zone}/dns_records"
    body = {"type": "A", "name": "www", "content": "192.0.2.1", "ttl": 300, "comment": "mine"}
    made = http.post(path, json=body).json()["result"]
    one = f"{path}/{made['id']}"
    patched = http.patch(one, json={"content": "192.0.2.2"}).json()["result"]
    assert (patched["content"], patched["comment"], patched["ttl"]) == ("192.0.2.2", "mine", 300)
    assert patched["comment_modified_on"] == made["comment_modified_on"]
    assert patched["modified_on"] > made["modified_on"]
    put = http.put(one, json={"type": "A", "name": "www", "content": "192.0.2.3"}).json()["result"]
    assert (put["content"], put["comment"], put["ttl"]) == ("192.0.2.3", None, 1)
    assert put["created_on"] == made["created_on"]
    assert "comment_modified_on" not in put


def test_new_content_replaces_the_data_of_a_record(http: httpx.Client, zone: str) -> None:
    path = f"/zones/{zone}/dns_records"
    data = {"flags": 0, "tag": "issue", "value": "a.net"}
    made = http.post(path, json={"type": "CAA", "name": "@", "ttl": 1, "data": data})
    one = f"{path}/{made.json()['result']['id']}"
    changed = http.patch(one, json={"content": '0 issue "b.net"'}).json()["result"]
    assert changed["data"]["value"] == "b.net"
    turned = http.patch(one, json={"type": "TXT", "content": "x"}).json()["result"]
    assert turned["content"] == "x"
    assert "data" not in turned


def test_an_older_client_names_the_service_in_the_data_of_srv(
    http: httpx.Client, zone: str
) -> None:
    data = {"service": "_sip", "proto": "_tcp", "name": "example.com", "priority": 1, "weight": 2, "port": 3, "target": "a.net"}  # fmt: skip
    body = {"type": "SRV", "name": "_sip._tcp", "ttl": 1, "data": data}
    made = http.post(f"/zones/{zone}/dns_records", json=body).json()["result"]
    assert made["data"] == {"priority": 1, "weight": 2, "port": 3, "target": "a.net"}
    assert (made["content"], made["priority"]) == ("2 3 a.net", 1)


def test_the_plan_sets_the_quota_and_what_records_may_carry(
    http: httpx.Client, zone: str, store: Store
) -> None:
    path = f"/zones/{zone}/dns_records"
    http.post(f"/zones/{zone}/subscription", json={"rate_plan": {"id": "free"}})
    body: Body = {"type": "A", "name": "x", "content": "192.0.2.1", "ttl": 1}
    tagged = http.post(path, json={**body, "tags": ["team:dns"]}).json()
    assert tagged["errors"] == [
        {"code": 9300, "message": "DNS record has 1 tags, exceeding the quota of 0."}
    ]
    short = http.post(path, json={**body, "ttl": 30}).json()
    assert short["errors"][0]["code"] == 9021
    for number in range(200):
        store.insert("dns_record", zone, str(number), {"name": f"{number}.example.com"})
    full = http.post(path, json=body).json()
    assert full["errors"] == [{"code": 81045, "message": "The record quota has been exceeded."}]


def test_records_have_permissions_of_their_own(served: ServedCloud, zone: str) -> None:
    reader = served.client(served.token_with("DNS Read"))
    assert list(reader.dns.records.list(zone_id=zone)) == []
    with pytest.raises(PermissionDeniedError):
        reader.dns.records.create(zone_id=zone, type="A", name="a", content="192.0.2.1", ttl=1)
    with pytest.raises(APIStatusError):
        list(served.client(served.token_with("Zone Read")).dns.records.list(zone_id=zone))
    writer = served.client(served.token_with("DNS Write"))
    made = writer.dns.records.create(zone_id=zone, type="A", name="a", content="192.0.2.1", ttl=1)
    assert made is not None
    assert [record.id for record in reader.dns.records.list(zone_id=zone)] == [made.id]


def test_a_record_belongs_to_its_zone(
    api: Cloudflare, account: str, zone: str, http: httpx.Client
) -> None:
    made = api.dns.records.create(zone_id=zone, type="A", name="a", content="192.0.2.1", ttl=1)
    other = api.zones.create(account={"id": account}, name="other.example")
    assert made is not None
    assert other is not None
    with pytest.raises(NotFoundError):
        api.dns.records.get(made.id, zone_id=other.id)
    with pytest.raises(BadRequestError) as refusal:
        api.dns.records.get(made.id, zone_id="not-a-zone")
    assert codes(refusal) == [7003, 7000]
