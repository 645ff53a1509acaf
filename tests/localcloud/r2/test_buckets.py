"""Buckets: made, found, changed and gone; their names, jurisdictions and whose they are."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.refusals import FORBIDDEN, OTHER_ACCOUNT, answered, refusal


def names(api: Cloudflare, account: str, **query: Any) -> list[str | None]:
    found = api.r2.buckets.list(account_id=account, **query)
    return [bucket.name for bucket in found.buckets or ()]


def test_a_bucket_is_made_read_changed_and_deleted(api: Cloudflare, account: str) -> None:
    made = api.r2.buckets.create(account_id=account, name="uploads", location_hint="enam")
    assert (made.name, made.location, made.storage_class, made.jurisdiction) == (
        "uploads",
        "ENAM",
        "Standard",
        "default",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(made.creation_date))
    read = api.r2.buckets.get("uploads", account_id=account)
    assert read == made
    changed = api.r2.buckets.edit("uploads", account_id=account, storage_class="InfrequentAccess")
    assert changed.storage_class == "InfrequentAccess"
    assert api.r2.buckets.get("uploads", account_id=account) == changed
    api.r2.buckets.delete("uploads", account_id=account)
    assert names(api, account) == []
    assert refusal(lambda: api.r2.buckets.get("uploads", account_id=account)) == (404, [10006])


def test_a_name_is_used_once_in_an_account(api: Cloudflare, account: str, store: Store) -> None:
    create_account(store, "Other account", OTHER_ACCOUNT)
    api.r2.buckets.create(account_id=account, name="uploads")
    taken = refusal(lambda: api.r2.buckets.create(account_id=account, name="uploads"))
    assert taken == (409, [10004])
    api.r2.buckets.create(account_id=OTHER_ACCOUNT, name="uploads")
    assert names(api, account) == ["uploads"]


@pytest.mark.parametrize("name", ["abc", "a-b", "0" * 63, "1x2"])
def test_a_good_name(api: Cloudflare, account: str, name: str) -> None:
    assert api.r2.buckets.create(account_id=account, name=name).name == name


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 64, "-ab", "ab-", "Upper", "under_score", "dot.dot", "a b", "ä", None, 7]
)  # fmt: skip
def test_a_bad_name_is_refused(http: httpx.Client, account: str, name: object) -> None:
    path = f"/accounts/{account}/r2/buckets"
    assert answered(http.post(path, json={"name": name})) == (400, [10005])
    assert http.get(path).json()["result"]["buckets"] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "uploads", "storageClass": "Frozen"}',
        b'{"name": "uploads", "storageClass": ["Standard"]}',
        b'{"name": "uploads", "locationHint": "moon"}',
        b'{"name": "uploads", "locationHint": 7}',
        b"{no json",
    ],
)
def test_what_r2_does_not_have_is_refused(http: httpx.Client, account: str, body: bytes) -> None:
    path = f"/accounts/{account}/r2/buckets"
    assert answered(http.post(path, content=body)) == (400, [10040])
    assert http.get(path).json()["result"]["buckets"] == []


def test_the_list_is_filtered_sorted_and_goes_on_by_cursor(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    for name in ("logs-b", "uploads", "logs-a"):
        api.r2.buckets.create(account_id=account, name=name)
    assert names(api, account) == ["logs-a", "logs-b", "uploads"]
    assert names(api, account, direction="desc") == ["uploads", "logs-b", "logs-a"]
    assert names(api, account, name_contains="logs") == ["logs-a", "logs-b"]
    assert names(api, account, start_after="logs-a") == ["logs-b", "uploads"]
    path = f"/accounts/{account}/r2/buckets"
    first = http.get(f"{path}?per_page=2").json()
    assert [bucket["name"] for bucket in first["result"]["buckets"]] == ["logs-a", "logs-b"]
    cursor = first["result_info"]["cursor"]
    rest = http.get(path, params={"per_page": 2, "cursor": cursor}).json()
    assert [bucket["name"] for bucket in rest["result"]["buckets"]] == ["uploads"]
    assert rest["result_info"]["cursor"] == ""


def test_a_bucket_of_a_jurisdiction_is_found_only_there(api: Cloudflare, account: str) -> None:
    made = api.r2.buckets.create(account_id=account, name="uploads", cf_r2_jurisdiction="eu")
    assert made.jurisdiction == "eu"
    assert refusal(lambda: api.r2.buckets.get("uploads", account_id=account)) == (404, [10006])
    assert names(api, account) == []
    assert names(api, account, cf_r2_jurisdiction="eu") == ["uploads"]
    found = api.r2.buckets.get("uploads", account_id=account, cf_r2_jurisdiction="eu")
    assert found == made
    nowhere: Any = "moon"
    status, _ = refusal(lambda: names(api, account, cf_r2_jurisdiction=nowhere))
    assert status == 400


def test_a_bucket_with_objects_is_not_deleted(
    http: httpx.Client, api: Cloudflare, account: str, base: str
) -> None:
    http.put(f"{base}/objects/a", content=b"x")
    refused = http.delete(base)
    assert answered(refused) == (409, [10008])
    assert refused.json()["errors"][0]["message"] == f"The bucket you tried to delete (uploads) is not empty (account {account})"  # fmt: skip
    assert http.get(f"{base}/objects/a").content == b"x"
    http.delete(f"{base}/objects/a")
    api.r2.buckets.delete("uploads", account_id=account)


def test_a_new_bucket_of_an_old_name_is_empty_and_has_no_rules(
    http: httpx.Client, base: str, bucket: str
) -> None:
    rules = [{"allowed": {"methods": ["GET"], "origins": ["*"]}}]
    assert http.put(f"{base}/cors", json={"rules": rules}).status_code == 200
    assert http.delete(base).status_code == 200
    http.post(base.rsplit("/", 1)[0], json={"name": bucket})
    assert answered(http.get(f"{base}/cors")) == (404, [10059])


def test_a_token_reads_or_writes_as_far_as_its_permission_goes(
    served: ServedCloud, http: httpx.Client, account: str, base: str
) -> None:
    http.put(f"{base}/objects/a", content=b"x")
    reader = served.plain(served.token_with("Workers R2 Storage Read"))
    reads = ("", "/lifecycle", "/lock", "/objects", "/objects/a", "/domains/managed", "/domains/custom")  # fmt: skip
    writes = (
        ("PATCH", ""),
        ("DELETE", ""),
        ("PUT", "/cors"),
        ("DELETE", "/cors"),
        ("PUT", "/lifecycle"),
        ("PUT", "/lock"),
        ("PUT", "/objects/a"),
        ("DELETE", "/objects/a"),
        ("PUT", "/domains/managed"),
        ("POST", "/domains/custom"),
    )
    for path in reads:
        assert reader.get(base + path).status_code == 200
    for method, path in writes:
        assert answered(reader.request(method, base + path, json={})) == FORBIDDEN
    assert answered(reader.post(f"/accounts/{account}/r2/buckets", json={})) == FORBIDDEN
    stranger = served.plain(served.token_with("Workers KV Storage Write"))
    for path in reads:
        assert answered(stranger.get(base + path)) == FORBIDDEN
    assert http.get(f"{base}/objects/a").content == b"x"


def test_another_account_does_not_reach_it(
    served: ServedCloud, http: httpx.Client, base: str, account: str, bucket: str
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    http.put(f"{base}/objects/a", content=b"x")
    other = served.plain(served.token_with("Workers R2 Storage Write", accounts=(OTHER_ACCOUNT,)))
    theirs = base.replace(account, OTHER_ACCOUNT)
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/objects/a"), ("PUT", "/objects/a")):
        assert answered(other.request(method, base + path)) == FORBIDDEN
        assert answered(other.request(method, theirs + path)) == (404, [10006])
    other.post(f"/accounts/{OTHER_ACCOUNT}/r2/buckets", json={"name": bucket})
    assert answered(other.get(f"{theirs}/objects/a")) == (404, [10007])
    assert http.get(f"{base}/objects/a").content == b"x"
