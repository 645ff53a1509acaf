"""The r2.dev name of a bucket and its custom domains."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from tests.localcloud.refusals import answered, refusal


def test_the_managed_domain_is_off_until_it_is_switched_on(
    api: Cloudflare, account: str, bucket: str
) -> None:
    managed = api.r2.buckets.domains.managed
    first = managed.list(bucket, account_id=account)
    assert first.enabled is False
    assert re.fullmatch(r"pub-[0-9a-f]{32}\.r2\.dev", first.domain)
    changed = managed.update(bucket, account_id=account, enabled=True)
    assert (changed.domain, changed.enabled) == (first.domain, True)
    assert managed.list(bucket, account_id=account).enabled is True


def test_a_custom_domain_is_added_changed_and_removed(
    api: Cloudflare, account: str, zone: str, bucket: str
) -> None:
    custom = api.r2.buckets.domains.custom
    made = custom.create(
        bucket,
        account_id=account,
        domain="Files.example.com",
        enabled=True,
        zone_id=zone,
        min_tls="1.2",
    )
    assert (made.domain, made.enabled, made.min_tls) == ("files.example.com", True, "1.2")
    read = custom.get("files.example.com", account_id=account, bucket_name=bucket)
    assert (read.status.ownership, read.status.ssl) == ("active", "active")
    assert (read.zone_id, read.zone_name) == (zone, "example.com")
    custom.update(
        "files.example.com", account_id=account, bucket_name=bucket, enabled=False, min_tls="1.3"
    )
    (listed,) = custom.list(bucket, account_id=account).domains
    assert (listed.enabled, listed.min_tls) == (False, "1.3")
    custom.delete("files.example.com", account_id=account, bucket_name=bucket)
    gone = refusal(lambda: custom.get("files.example.com", account_id=account, bucket_name=bucket))
    assert gone[0] == 404


def test_a_domain_belongs_to_one_bucket_in_a_zone_of_the_account(
    http: httpx.Client, api: Cloudflare, account: str, zone: str, base: str
) -> None:
    api.r2.buckets.create(account_id=account, name="second")
    path = f"{base}/domains/custom"
    sent = {"domain": "files.example.com", "zoneId": zone, "enabled": True}
    assert answered(http.post(path, json=sent))[0] == 200
    other = path.replace("/uploads/", "/second/")
    assert answered(http.post(other, json=sent))[0] == 409
    assert answered(http.get(f"{other}/files.example.com"))[0] == 404
    for wrong in ("files.example.net", "notexample.com", ""):
        assert answered(http.post(path, json={**sent, "domain": wrong}))[0] == 400
    assert answered(http.post(path, json={**sent, "domain": "a.example.com", "zoneId": "f" * 32}))[0] == 400  # fmt: skip
    assert [d["domain"] for d in http.get(path).json()["result"]["domains"]] == ["files.example.com"]  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"minTLS": "2.0"}, {"minTLS": ["1.2"]}, {"enabled": "yes"}, {"ciphers": "all"}, {"ciphers": [1]}]
)  # fmt: skip
def test_settings_of_a_domain_are_checked(
    http: httpx.Client, base: str, zone: str, wrong: dict[str, Any]
) -> None:
    path = f"{base}/domains/custom"
    sent = {"domain": "files.example.com", "zoneId": zone}
    assert answered(http.post(path, json={**sent, **wrong})) == (400, [10040])
    assert http.get(path).json()["result"]["domains"] == []
    made = http.post(path, json=sent).json()["result"]
    assert answered(http.put(f"{path}/files.example.com", json=wrong)) == (400, [10040])
    assert http.get(f"{path}/files.example.com").json()["result"] == made


def test_the_managed_domain_is_switched_by_true_or_false(http: httpx.Client, base: str) -> None:
    for sent in (b"", b"{}", b'{"enabled": "yes"}', b"{no json"):
        assert answered(http.put(f"{base}/domains/managed", content=sent)) == (400, [10040])
    assert http.get(f"{base}/domains/managed").json()["result"]["enabled"] is False


def test_a_bucket_has_at_most_fifty(http: httpx.Client, base: str, zone: str) -> None:
    path = f"{base}/domains/custom"
    for number in range(50):
        sent = {"domain": f"f{number}.example.com", "zoneId": zone}
        assert http.post(path, json=sent).status_code == 200
    assert http.post(path, json={"domain": "one-more.example.com", "zoneId": zone}).status_code == 400  # fmt: skip


def test_domains_go_with_their_bucket_and_with_their_zone(
    http: httpx.Client, api: Cloudflare, account: str, zone: str, base: str, bucket: str
) -> None:
    path = f"{base}/domains/custom"
    second = add_zone_of(api, account)
    for domain, id in (("files.example.com", zone), ("files.other.example", second)):
        assert http.post(path, json={"domain": domain, "zoneId": id}).status_code == 200
    api.zones.delete(zone_id=second)
    assert [d["domain"] for d in http.get(path).json()["result"]["domains"]] == ["files.example.com"]  # fmt: skip
    api.r2.buckets.delete(bucket, account_id=account)
    api.r2.buckets.create(account_id=account, name=bucket)
    assert http.get(path).json()["result"]["domains"] == []
    assert http.post(path, json={"domain": "files.example.com", "zoneId": zone}).status_code == 200


def add_zone_of(api: Cloudflare, account: str) -> str:
    made = api.zones.create(account={"id": account}, name="other.example")
    assert made is not None
    return made.id
