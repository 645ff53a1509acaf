"""Objects: any bytes under any key with their metadata, lists by prefix and folder, and the limits."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from tests.localcloud.refusals import answered, refusal


def put(http: httpx.Client, base: str, *keys: str) -> None:
    for key in keys:
        assert http.put(f"{base}/objects/{key}", content=key.encode()).status_code == 200


@pytest.mark.parametrize("key", ["plain", "folder/a b.txt", "ä☃", "a?b&c#d", "...", "x" * 1024])
def test_an_object_is_written_read_listed_and_deleted_through_the_sdk(
    api: Cloudflare, account: str, bucket: str, key: str
) -> None:
    objects = api.r2.buckets.objects
    content = bytes(range(256))
    made = objects.upload(key, content, account_id=account, bucket_name=bucket)
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert (made.key, made.etag, made.size, made.storage_class) == (key, digest, "256", "Standard")
    read = objects.get(key, account_id=account, bucket_name=bucket)
    assert read.read() == content
    (listed,) = objects.list(bucket, account_id=account)
    assert (listed.key, listed.etag, listed.size) == (key, digest, 256)
    objects.delete(key, account_id=account, bucket_name=bucket)
    assert list(objects.list(bucket, account_id=account)) == []
    gone = refusal(lambda: objects.get(key, account_id=account, bucket_name=bucket))
    assert gone == (404, [10007])


def test_slashes_may_come_raw_or_encoded(http: httpx.Client, base: str) -> None:
    put(http, base, "folder/a.txt")
    assert http.get(f"{base}/objects/folder%2Fa.txt").content == b"folder/a.txt"


def test_an_object_keeps_its_metadata(http: httpx.Client, base: str) -> None:
    described = {
        "content-type": "text/plain",
        "cache-control": "max-age=60",
        "content-disposition": "attachment",
        "content-encoding": "identity",
        "content-language": "de",
        "x-amz-meta-owner": "me",
    }
    http.put(
        f"{base}/objects/a",
        content=b"x",
        headers={**described, "cf-r2-storage-class": "InfrequentAccess"},
    )
    read = http.get(f"{base}/objects/a")
    assert {name: read.headers[name] for name in described} == described
    (listed,) = http.get(f"{base}/objects").json()["result"]
    assert listed["http_metadata"] == {
        "contentType": "text/plain",
        "cacheControl": "max-age=60",
        "contentDisposition": "attachment",
        "contentEncoding": "identity",
        "contentLanguage": "de",
    }
    assert listed["custom_metadata"] == {"owner": "me"}
    assert listed["storage_class"] == "InfrequentAccess"
    http.put(f"{base}/objects/a", content=b"y")
    (listed,) = http.get(f"{base}/objects").json()["result"]
    assert (listed["custom_metadata"], listed["storage_class"]) == ({}, "Standard")


def test_what_the_client_has_already_is_not_sent_again(
    api: Cloudflare, account: str, bucket: str, http: httpx.Client, base: str
) -> None:
    put(http, base, "a")
    first = http.get(f"{base}/objects/a")
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"if-none-match": etag},
        {"if-none-match": f'"other", W/{etag}'},
        {"if-none-match": "*"},
        {"if-modified-since": modified},
    ):
        known = http.get(f"{base}/objects/a", headers=headers)
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == etag
    for headers in (
        {"if-none-match": '"other"'},
        {"if-modified-since": "Tue, 15 Jan 2019 10:30:00 GMT"},
        {"if-modified-since": "yesterday"},
        {"if-none-match": '"other"', "if-modified-since": modified},
    ):
        assert http.get(f"{base}/objects/a", headers=headers).content == b"a"
    read = api.r2.buckets.objects.get(
        "a", account_id=account, bucket_name=bucket, if_none_match='"other"'
    )
    assert read.read() == b"a"


def test_keys_come_in_order_by_prefix_and_page_by_page(http: httpx.Client, base: str) -> None:
    put(http, base, "b", "a/2", "a/1", "☃", "a")

    def keys(**query: Any) -> list[str]:
        page = http.get(f"{base}/objects", params=query).json()
        found = [row["key"] for row in page["result"]]
        info = page["result_info"]
        assert info["is_truncated"] == (info["cursor"] != "")
        return found + (keys(**{**query, "cursor": info["cursor"]}) if info["cursor"] else [])

    everything = ["a", "a/1", "a/2", "b", "☃"]
    assert keys() == everything
    assert keys(per_page=1) == everything
    assert keys(per_page=5) == everything
    assert keys(prefix="a/") == ["a/1", "a/2"]
    assert keys(start_after="a/1") == ["a/2", "b", "☃"]
    assert keys(prefix="a/", start_after="a/1") == ["a/2"]
    assert keys(prefix="none") == []


def test_a_delimiter_gathers_folders_across_pages(http: httpx.Client, base: str) -> None:
    put(http, base, "top", "img/a", "img/b", "img/c/d", "css/x", "z")

    def page(**query: Any) -> Any:
        return http.get(f"{base}/objects", params={"delimiter": "/", **query}).json()

    whole = page()
    assert [row["key"] for row in whole["result"]] == ["top", "z"]
    assert whole["result_info"]["delimited"] == ["css/", "img/"]
    inside = page(prefix="img/")
    assert [row["key"] for row in inside["result"]] == ["img/a", "img/b"]
    assert inside["result_info"]["delimited"] == ["img/c/"]
    first = page(per_page=2)
    assert first["result_info"]["delimited"] == ["css/", "img/"]
    rest = page(per_page=2, cursor=first["result_info"]["cursor"])
    assert [row["key"] for row in rest["result"]] == ["top", "z"]
    assert rest["result_info"]["delimited"] == []


def test_a_cursor_that_is_none_is_refused(http: httpx.Client, base: str) -> None:
    for cursor in ("!", "_w==", "abc"):
        assert answered(http.get(f"{base}/objects", params={"cursor": cursor})) == (400, [10040])


def test_limits(http: httpx.Client, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    too_long = http.put(f"{base}/objects/{'x' * 1025}", content=b"x")
    assert answered(too_long) == (400, [10020])
    metadata = {"x-amz-meta-k": "m" * 8191}
    assert answered(http.put(f"{base}/objects/a", content=b"x", headers=metadata)) == (200, [])
    metadata["x-amz-meta-k"] += "m"
    assert answered(http.put(f"{base}/objects/b", content=b"x", headers=metadata)) == (400, [10012])
    frozen = {"cf-r2-storage-class": "Frozen"}
    assert answered(http.put(f"{base}/objects/b", content=b"x", headers=frozen)) == (400, [10040])
    monkeypatch.setattr("localcloud.api.r2.object_routes._MAX_BYTES", 10)
    assert answered(http.put(f"{base}/objects/c", content=b"x" * 10)) == (200, [])
    assert answered(http.put(f"{base}/objects/b", content=b"x" * 11)) == (400, [100100])
    assert [row["key"] for row in http.get(f"{base}/objects").json()["result"]] == ["a", "c"]


def test_an_object_needs_a_bucket(http: httpx.Client, account: str) -> None:
    nowhere = f"/accounts/{account}/r2/buckets/nowhere/objects"
    for method, path in (("GET", ""), ("GET", "/a"), ("PUT", "/a"), ("DELETE", "/a")):
        assert answered(http.request(method, nowhere + path)) == (404, [10006])
