"""Lists of records with every filter of the SDK, batches, and BIND files out and in."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, NotFoundError

from tests.localcloud.workers.test_scripts import codes

RECORDS: list[dict[str, Any]] = [
    {"type": "A", "name": "www", "content": "192.0.2.1", "ttl": 300, "comment": "Shop front", "tags": ["team:web", "tier:1"]},
    {"type": "AAAA", "name": "www", "content": "2001:db8::1", "ttl": 1, "proxied": True, "tags": ["team:ops"]},
    {"type": "CNAME", "name": "api", "content": "pitchey.workers.dev", "ttl": 1, "proxied": True},
    {"type": "TXT", "name": "@", "content": "v=spf1 -all", "ttl": 600, "comment": "mail"},
]  # fmt: skip


@pytest.fixture
def records(api: Cloudflare, zone: str) -> list[str]:
    """Ids of `RECORDS`."""
    made = [api.dns.records.create(zone_id=zone, **record) for record in RECORDS]
    return [record.id for record in made if record is not None]


CHOSEN: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3]),
    ({"name": {"exact": "WWW.example.com"}}, [0, 1]),
    ({"name": {"startswith": "a"}}, [2]),
    ({"name": {"contains": "w.ex"}}, [0, 1]),
    ({"name": {"endswith": "example.com"}}, [0, 1, 2, 3]),
    ({"name": {"exact": "www"}}, []),
    ({"content": {"exact": "192.0.2.1"}}, [0]),
    ({"content": {"contains": "workers"}}, [2]),
    ({"content": {"startswith": "V=SPF"}}, [3]),
    ({"type": "AAAA"}, [1]),
    ({"proxied": True}, [1, 2]),
    ({"proxied": False}, [0, 3]),
    ({"comment": {"present": "true"}}, [0, 3]),
    ({"comment": {"absent": "true"}}, [1, 2]),
    ({"comment": {"contains": "FRONT"}}, [0]),
    ({"comment": {"exact": "mail"}}, [3]),
    ({"tag": {"present": "Team"}}, [0, 1]),
    ({"tag": {"absent": "team"}}, [2, 3]),
    ({"tag": {"exact": "team:web"}}, [0]),
    ({"tag": {"startswith": "team:o"}}, [1]),
    ({"tag": {"exact": "team:ops", "present": "tier"}}, []),
    ({"tag": {"exact": "team:ops", "present": "tier"}, "tag_match": "any"}, [0, 1]),
    ({"type": "TXT", "proxied": True}, []),
    ({"type": "TXT", "proxied": True, "match": "any"}, [1, 2, 3]),
    ({"search": "SPF"}, [3]),
    ({"order": "content"}, [0, 1, 2, 3]),
    ({"order": "type", "direction": "desc"}, [3, 2, 1, 0]),
    ({"order": "ttl"}, [1, 2, 0, 3]),
    ({"per_page": 1}, [0, 1, 2, 3]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted"), CHOSEN)
def test_the_list_holds_what_was_asked_for(
    api: Cloudflare, zone: str, records: list[str], query: dict[str, Any], wanted: list[int]
) -> None:
    found = [record.id for record in api.dns.records.list(zone_id=zone, **query)]
    assert found == [records[index] for index in wanted]


@pytest.mark.usefixtures("records")
def test_plain_name_and_type_filter_too(http: httpx.Client, zone: str) -> None:
    page = http.get(f"/zones/{zone}/dns_records?name=www.example.com&type=A&per_page=5").json()
    assert [record["content"] for record in page["result"]] == ["192.0.2.1"]
    assert page["result_info"]["total_count"] == 1


def test_a_batch_deletes_patches_puts_and_posts_in_this_order(
    api: Cloudflare, zone: str, records: list[str]
) -> None:
    answer = api.dns.records.batch(
        zone_id=zone,
        deletes=[{"id": records[2]}],
        patches=[{"id": records[0], "type": "A", "name": "www", "ttl": 60}],
        puts=[{"id": records[3], "type": "TXT", "name": "@", "content": "changed", "ttl": 1}],
        posts=[{"type": "A", "name": "api", "content": "192.0.2.9", "ttl": 1}],
    )
    assert answer is not None
    assert answer.deletes is not None
    assert [record.id for record in answer.deletes] == [records[2]]
    left = {record.name: record for record in api.dns.records.list(zone_id=zone) if record.type != "AAAA"}  # fmt: skip
    assert left["www.example.com"].ttl == 60
    assert left["www.example.com"].content == "192.0.2.1"
    assert left["example.com"].content == "changed"
    assert left["api.example.com"].content == "192.0.2.9"


def test_a_batch_is_all_or_nothing(api: Cloudflare, zone: str, records: list[str]) -> None:
    with pytest.raises(BadRequestError) as refusal:
        api.dns.records.batch(
            zone_id=zone,
            deletes=[{"id": records[0]}],
            posts=[{"type": "CNAME", "name": "www", "content": "a.net", "ttl": 1}],
        )
    assert codes(refusal) == [81053]
    with pytest.raises(NotFoundError) as missing:
        api.dns.records.batch(zone_id=zone, deletes=[{"id": records[0]}, {"id": "0" * 32}])
    assert codes(missing) == [81044]
    assert [record.id for record in api.dns.records.list(zone_id=zone)] == records


@pytest.mark.usefixtures("records")
def test_an_export_is_a_zone_file_that_can_be_imported_again(
    api: Cloudflare, account: str, zone: str
) -> None:
    data: Any = {"priority": 10, "weight": 5, "port": 5060, "target": "sip.example.net"}
    api.dns.records.create(zone_id=zone, type="SRV", name="_sip._tcp", ttl=60, data=data)
    api.dns.records.create(zone_id=zone, type="MX", name="@", ttl=60, content="m.a.net", priority=5)
    https: Any = {"priority": 1, "target": ".", "value": 'alpn="h3,h2" port=8443'}
    api.dns.records.create(zone_id=zone, type="HTTPS", name="@", ttl=1, data=https)
    text = api.dns.records.export(zone_id=zone)
    lines = text.splitlines()
    assert "www.example.com.\t300\tIN\tA\t192.0.2.1 ; cf_tags=cf-proxied:false" in lines
    assert "api.example.com.\t1\tIN\tCNAME\tpitchey.workers.dev. ; cf_tags=cf-proxied:true" in lines
    assert 'example.com.\t600\tIN\tTXT\t"v=spf1 -all"' in lines
    assert "_sip._tcp.example.com.\t60\tIN\tSRV\t10 5 5060 sip.example.net." in lines
    assert "example.com.\t60\tIN\tMX\t5 m.a.net." in lines

    again = api.dns.records.import_(zone_id=zone, file=text)
    assert again is not None
    assert (again.recs_added, again.total_records_parsed) == (0, 7)
    before = {(r.name, r.type, r.content, r.ttl, r.proxied) for r in api.dns.records.list(zone_id=zone)}  # fmt: skip
    api.zones.delete(zone_id=zone)
    anew = api.zones.create(account={"id": account}, name="example.com")
    assert anew is not None
    added = api.dns.records.import_(zone_id=anew.id, file=text)
    assert added is not None
    assert added.recs_added == 7
    after = {(r.name, r.type, (r.content or "").strip('"'), r.ttl, r.proxied) for r in api.dns.records.list(zone_id=anew.id)}  # fmt: skip
    assert after == before


ZONE_FILE = """\
$ORIGIN example.com.
$TTL 1h
@       IN SOA ns1 hostmaster ( 1 ; serial
                2h 30m 4w 1h )
        IN NS  ns1.example.net.
www     300 IN A 192.0.2.1
        IN AAAA 2001:db8::1
mail    IN MX 10 mx
$ORIGIN dev.example.com.
@       IN CNAME www.example.com. ; the old one
txt     TXT "a; b" "c"
"""


def test_a_file_of_another_provider_is_imported(http: httpx.Client, zone: str) -> None:
    files = {"file": ("zone.txt", ZONE_FILE.encode(), "text/plain"), "proxied": (None, "true")}
    answer = http.post(f"/zones/{zone}/dns_records/import", files=files)
    assert answer.json()["result"] == {"recs_added": 5, "total_records_parsed": 5}
    rows = http.get(f"/zones/{zone}/dns_records").json()["result"]
    assert [(r["name"], r["type"], r["content"], r["ttl"], r["proxied"]) for r in rows] == [
        ("www.example.com", "A", "192.0.2.1", 1, True),
        ("www.example.com", "AAAA", "2001:db8::1", 1, True),
        ("mail.example.com", "MX", "mx.example.com", 3600, False),
        ("dev.example.com", "CNAME", "www.example.com", 1, True),
        ("txt.dev.example.com", "TXT", '"a; b" "c"', 3600, False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "www IN A 192.0.2.1\nwww IN A not-an-address\n",
        "www IN A 192.0.2.1\nwhat is this\n",
        "www IN A ( 192.0.2.1\n",
        "www IN\n",
    ],
)
def test_a_file_with_a_bad_line_adds_nothing(http: httpx.Client, zone: str, text: str) -> None:
    answer = http.post(f"/zones/{zone}/dns_records/import", files={"file": text.encode()})
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert http.get(f"/zones/{zone}/dns_records").json()["result"] == []


def test_an_import_without_a_form_is_refused(http: httpx.Client, zone: str) -> None:
    answer = http.post(f"/zones/{zone}/dns_records/import", content=b"www IN A 192.0.2.1\n")
    assert answer.status_code == 400
