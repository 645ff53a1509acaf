"""DNSSEC of a zone, and purges of its cache."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, PermissionDeniedError

from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes


def test_dnssec_is_off_until_it_is_turned_on_and_stays_the_same(
    api: Cloudflare, http: httpx.Client, zone: str
) -> None:
    off = api.dns.dnssec.get(zone_id=zone)
    assert off is not None
    assert (off.status, off.ds, off.key_tag) == ("disabled", None, None)
    on = api.dns.dnssec.edit(zone_id=zone, status="active")
    assert on is not None
    assert on.status == "active"
    first = http.get(f"/zones/{zone}/dnssec").json()["result"]
    assert first == http.get(f"/zones/{zone}/dnssec").json()["result"]
    assert first["ds"] == f"example.com. 3600 IN DS {first['key_tag']} 13 2 {first['digest']}"
    api.dns.dnssec.delete(zone_id=zone)
    again = http.get(f"/zones/{zone}/dnssec").json()["result"]
    assert again["status"] == "disabled"
    api.dns.dnssec.edit(zone_id=zone, status="active")
    assert http.get(f"/zones/{zone}/dnssec").json()["result"]["ds"] == first["ds"]


def test_the_ds_record_is_the_digest_of_the_key(http: httpx.Client, zone: str) -> None:
    shown = http.patch(f"/zones/{zone}/dnssec", json={"status": "active"}).json()["result"]
    rdata = bytes([1, 1, 3, 13]) + base64.b64decode(shown["public_key"])
    owner = b"\x07example\x03com\x00"
    assert shown["digest"] == hashlib.sha256(owner + rdata).hexdigest().upper()
    words = [int.from_bytes(rdata[i : i + 2].ljust(2, b"\0"), "big") for i in range(0, len(rdata), 2)]  # fmt: skip
    assert shown["key_tag"] == (sum(words) + (sum(words) >> 16)) & 0xFFFF


def test_options_change_without_turning_dnssec_on(api: Cloudflare, zone: str) -> None:
    changed = api.dns.dnssec.edit(zone_id=zone, dnssec_use_nsec3=True)
    assert changed is not None
    assert (changed.status, changed.dnssec_use_nsec3) == ("disabled", True)
    on = api.dns.dnssec.edit(zone_id=zone, status="active")
    assert on is not None
    assert (on.status, on.dnssec_use_nsec3) == ("active", True)


def test_an_unknown_status_is_refused(http: httpx.Client, zone: str) -> None:
    for body in ({"status": "on"}, {"dnssec_presigned": "yes"}):
        answer = http.patch(f"/zones/{zone}/dnssec", json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == 1004


def test_dnssec_belongs_to_dns(served: ServedCloud, zone: str) -> None:
    reader = served.client(served.token_with("DNS Read"))
    assert reader.dns.dnssec.get(zone_id=zone) is not None
    with pytest.raises(PermissionDeniedError):
        reader.dns.dnssec.edit(zone_id=zone, status="active")


@pytest.mark.parametrize(
    "asked",
    [
        {"purge_everything": True},
        {"files": ["https://example.com/a.css"]},
        {"files": [{"url": "https://example.com/", "headers": {"CF-Device-Type": "mobile"}}]},
        {"tags": ["shop"]},
        {"hosts": ["api.example.com"]},
        {"prefixes": ["example.com/images"]},
    ],
)
def test_a_purge_reaches_the_edge(
    served: ServedCloud, api: Cloudflare, zone: str, asked: dict[str, Any]
) -> None:
    purged = api.cache.purge(zone_id=zone, **asked)
    assert purged is not None
    assert len(purged.id) == 32
    ((kind, wanted),) = asked.items()
    if kind == "purge_everything":
        assert served.edge.purged == [(zone, "everything", ())]
    else:
        plain = tuple(one if isinstance(one, str) else one["url"] for one in wanted)
        assert served.edge.purged == [(zone, kind, plain)]


BAD_PURGES: list[tuple[dict[str, Any], int]] = [
    ({}, 1012),
    ({"purge_everything": False}, 1012),
    ({"purge_everything": True, "tags": ["a"]}, 1012),
    ({"files": []}, 1012),
    ({"files": "https://example.com/"}, 1014),
    ({"files": ["/a.css"]}, 1014),
    ({"files": [{"headers": {}}]}, 1014),
    ({"tags": [1]}, 1014),
    ({"tags": ["t"] * 101}, 1014),
    ({"files": ["https://example.com/"] * 501}, 1014),
]


@pytest.mark.parametrize(("asked", "code"), BAD_PURGES)
def test_a_purge_is_checked(
    served: ServedCloud, api: Cloudflare, zone: str, asked: dict[str, Any], code: int
) -> None:
    with pytest.raises(BadRequestError) as refusal:
        api.cache.purge(zone_id=zone, **asked)
    assert codes(refusal) == [code]
    assert served.edge.purged == []


def test_purging_has_a_permission_of_its_own(served: ServedCloud, zone: str) -> None:
    assert served.client(served.token_with("Cache Purge")).cache.purge(
        zone_id=zone, purge_everything=True
    )
    with pytest.raises(PermissionDeniedError):
        served.client(served.token_with("Zone Write")).cache.purge(
            zone_id=zone, purge_everything=True
        )
