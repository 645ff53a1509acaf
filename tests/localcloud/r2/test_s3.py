"""R2's S3 API through the official client of S3: the same objects, and S3's own answers."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import httpx
import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from localcloud.api.r2.s3 import signatures
from localcloud.api.store import Store
from tests.localcloud.r2 import chunked
from tests.localcloud.r2.chunked import Signer
from tests.localcloud.r2.conftest import BUCKET, S3
from tests.localcloud.refusals import OTHER_ACCOUNT

MIB = 1 << 20


def refused(work: Callable[[], Any]) -> tuple[int, str]:
    """Status and code."""
    with pytest.raises(ClientError) as error:
        work()
    answer = cast("dict[str, Any]", error.value.response)  # pyright: ignore[reportUnknownMemberType]
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def chunks(store: Store) -> int:
    return store.execute("SELECT COUNT(*) FROM r2_chunks").fetchone()[0]


def keys(answer: dict[str, Any]) -> list[str]:
    return [row["Key"] for row in answer.get("Contents", ())]


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()  # noqa: S324


def test_api_and_s3_have_the_same_objects(s3: S3, http: httpx.Client, base: str) -> None:
    client = s3.client()
    key = "a b/ü+&=*'(~).txt"
    made = client.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=b"by s3",
        ContentType="text/x",
        CacheControl="no-store",
        Metadata={"k": "v"},
        StorageClass="STANDARD_IA",
    )
    assert made["ETag"] == f'"{md5(b"by s3")}"'
    (listed,) = http.get(f"{base}/objects").json()["result"]
    assert (listed["key"], listed["size"], listed["etag"]) == (key, 5, md5(b"by s3"))
    assert listed["http_metadata"] == {"contentType": "text/x", "cacheControl": "no-store"}
    assert listed["custom_metadata"] == {"k": "v"}
    assert listed["storage_class"] == "InfrequentAccess"
    http.put(f"{base}/objects/by-api", content=b"by api", headers={"x-amz-meta-by": "api"})
    read = client.get_object(Bucket=BUCKET, Key="by-api")
    assert read["Body"].read() == b"by api"
    assert (read["Metadata"], read["ContentLength"]) == ({"by": "api"}, 6)
    head = client.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentLength"], head["ContentType"]) == (5, "text/x")
    assert (head["Metadata"], head["StorageClass"]) == ({"k": "v"}, "STANDARD_IA")
    client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_object(Bucket=BUCKET, Key="never-there")
    assert [row["key"] for row in http.get(f"{base}/objects").json()["result"]] == ["by-api"]
    assert refused(lambda: client.get_object(Bucket=BUCKET, Key=key)) == (404, "NoSuchKey")
    assert refused(lambda: client.head_object(Bucket=BUCKET, Key=key)) == (404, "404")
    assert refused(lambda: client.get_object(Bucket="nowhere", Key=key)) == (404, "NoSuchBucket")


def test_buckets(s3: S3, api: Cloudflare, account: str) -> None:
    client = s3.client()
    client.create_bucket(Bucket="second", CreateBucketConfiguration={"LocationConstraint": "apac"})
    assert api.r2.buckets.get("second", account_id=account).location == "APAC"
    assert client.get_bucket_location(Bucket="second")["LocationConstraint"] == "APAC"
    assert [row["Name"] for row in client.list_buckets()["Buckets"]] == ["second", BUCKET]
    client.head_bucket(Bucket="second")
    assert refused(lambda: client.head_bucket(Bucket="third")) == (404, "404")
    again = refused(lambda: client.create_bucket(Bucket="second"))
    assert again == (409, "BucketAlreadyOwnedByYou")
    client.put_object(Bucket="second", Key="a", Body=b"")
    assert refused(lambda: client.delete_bucket(Bucket="second")) == (409, "BucketNotEmpty")
    client.delete_object(Bucket="second", Key="a")
    client.delete_bucket(Bucket="second")
    assert [row["Name"] for row in client.list_buckets()["Buckets"]] == [BUCKET]


def test_a_jurisdiction_has_an_address_of_its_own(s3: S3, api: Cloudflare, account: str) -> None:
    api.r2.buckets.create(account_id=account, name="european", cf_r2_jurisdiction="eu")
    client = s3.client(url=f"{s3.url}.eu")
    client.put_object(Bucket="european", Key="a", Body=b"x")
    assert [row["Name"] for row in client.list_buckets()["Buckets"]] == ["european"]
    assert refused(lambda: s3.client().head_bucket(Bucket="european")) == (404, "404")


def test_lists_of_both_versions(s3: S3) -> None:
    client = s3.client()
    for key in ("a/1", "a/2", "b <&>", "c/\x01", "d"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    everything = ["a/1", "a/2", "b <&>", "c/\x01", "d"]
    for name in ("list_objects_v2", "list_objects"):
        call = getattr(client, name)
        assert keys(call(Bucket=BUCKET)) == everything
        assert keys(call(Bucket=BUCKET, Prefix="a/")) == ["a/1", "a/2"]
        folders = call(Bucket=BUCKET, Delimiter="/")
        assert keys(folders) == ["b <&>", "d"]
        assert [row["Prefix"] for row in folders["CommonPrefixes"]] == ["a/", "c/"]
        pages = client.get_paginator(name).paginate(
            Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 1}
        )
        seen = [
            keys(page) + [row["Prefix"] for row in page.get("CommonPrefixes", ())] for page in pages
        ]
        assert seen == [["a/"], ["b <&>"], ["c/"], ["d"]]
        assert keys(call(Bucket=BUCKET, MaxKeys=0)) == []
    newer = client.list_objects_v2(Bucket=BUCKET, StartAfter="b <&>")
    assert keys(newer) == ["c/\x01", "d"]
    assert newer["KeyCount"] == 2
    (first, *_) = client.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["Contents"]
    assert (first["ETag"], first["Size"], first["StorageClass"]) == (f'"{md5(b"x")}"', 1, "STANDARD")  # fmt: skip


def test_many_are_deleted_at_once_and_a_locked_one_stays(
    s3: S3, http: httpx.Client, base: str
) -> None:
    client = s3.client()
    rule = {"id": "keep", "enabled": True, "prefix": "keep/", "condition": {"type": "Indefinite"}}
    http.put(f"{base}/lock", json={"rules": [rule]})
    for key in ("a", "b", "c", "keep/d"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    asked = [{"Key": key} for key in ("a", "b", "keep/d", "none")]
    told = client.delete_objects(Bucket=BUCKET, Delete={"Objects": asked})
    assert [row["Key"] for row in told["Deleted"]] == ["a", "b", "none"]
    (locked,) = told["Errors"]
    assert locked["Key"] == "keep/d"
    assert keys(client.list_objects_v2(Bucket=BUCKET)) == ["c", "keep/d"]
    status, _ = refused(lambda: client.put_object(Bucket=BUCKET, Key="keep/d", Body=b"y"))
    assert status == 403
    quiet = {"Objects": [{"Key": "c"}], "Quiet": True}
    assert "Deleted" not in client.delete_objects(Bucket=BUCKET, Delete=quiet)


def test_ranges_and_conditions(s3: S3) -> None:
    client = s3.client()
    content = bytes(range(256)) * 8192
    etag = client.put_object(Bucket=BUCKET, Key="a", Body=content)["ETag"]

    def part(text: str) -> tuple[bytes, str]:
        got = client.get_object(Bucket=BUCKET, Key="a", Range=text)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        return got["Body"].read(), got["ContentRange"]

    size = len(content)
    assert part("bytes=1048570-1048590") == (content[1048570:1048591], f"bytes 1048570-1048590/{size}")  # fmt: skip
    assert part("bytes=2097150-") == (content[-2:], f"bytes {size - 2}-{size - 1}/{size}")
    assert part("bytes=-3") == (content[-3:], f"bytes {size - 3}-{size - 1}/{size}")
    beyond = refused(lambda: client.get_object(Bucket=BUCKET, Key="a", Range=f"bytes={size}-"))
    assert beyond == (416, "InvalidRange")

    def get(**how: object) -> Any:
        return client.get_object(Bucket=BUCKET, Key="a", **how)

    def put(key: str, **how: object) -> Any:
        return client.put_object(Bucket=BUCKET, Key=key, Body=b"new", **how)

    modified = get(IfMatch=etag)["LastModified"]
    assert refused(lambda: get(IfMatch='"x"')) == (412, "PreconditionFailed")
    assert refused(lambda: get(IfNoneMatch=etag)) == (304, "304")
    assert refused(lambda: get(IfModifiedSince=modified)) == (304, "304")
    get(IfUnmodifiedSince=modified)
    assert refused(lambda: put("a", IfNoneMatch="*")) == (412, "PreconditionFailed")
    assert refused(lambda: put("a", IfMatch='"x"')) == (412, "PreconditionFailed")
    put("b", IfNoneMatch="*")
    put("a", IfMatch=etag)
    assert get()["Body"].read() == b"new"


def test_checksums(s3: S3, store: Store) -> None:
    client = s3.client()
    digest = client.put_object(Bucket=BUCKET, Key="a", Body=b"x", ChecksumAlgorithm="SHA256")
    assert digest["ResponseMetadata"]["HTTPStatusCode"] == 200
    head = client.head_object(Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    wrong: dict[str, Any] = {
        "ChecksumCRC32": "AAAAAA==",
        "ChecksumSHA1": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    for name, value in wrong.items():
        put = partial(client.put_object, Bucket=BUCKET, Key="b", Body=b"x", **{name: value})
        assert refused(put) == (400, "BadDigest")
    assert keys(client.list_objects_v2(Bucket=BUCKET)) == ["a"]
    assert chunks(store) == 1


def test_a_copy(s3: S3) -> None:
    client = s3.client()
    client.create_bucket(Bucket="second")
    described = {"ContentType": "text/x", "Metadata": {"k": "v"}}
    etag = client.put_object(Bucket=BUCKET, Key="ä b", Body=b"x" * MIB * 2, **described)["ETag"]
    source = {"Bucket": BUCKET, "Key": "ä b"}
    copied = client.copy_object(Bucket="second", Key="kept", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == etag
    client.copy_object(
        Bucket="second",
        Key="changed",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"k": "other"},
    )
    client.delete_object(**source)
    kept = client.get_object(Bucket="second", Key="kept")
    assert kept["Body"].read() == b"x" * MIB * 2
    assert (kept["ContentType"], kept["Metadata"]) == ("text/x", {"k": "v"})
    changed = client.head_object(Bucket="second", Key="changed")
    assert changed["Metadata"] == {"k": "other"}
    copy = partial(
        client.copy_object, Bucket=BUCKET, Key="c", CopySource={"Bucket": "second", "Key": "kept"}
    )
    assert refused(lambda: copy(CopySourceIfMatch='"x"')) == (412, "PreconditionFailed")
    copy(CopySourceIfMatch=etag)
    missing = partial(client.copy_object, Bucket=BUCKET, Key="d", CopySource=source)
    assert refused(missing) == (404, "NoSuchKey")


def test_an_upload_in_parts(s3: S3, store: Store, http: httpx.Client, base: str) -> None:
    client = s3.client()
    place = {"Bucket": BUCKET, "Key": "big"}
    begun = client.create_multipart_upload(**place, ContentType="video/x", Metadata={"k": "v"})
    upload = {**place, "UploadId": begun["UploadId"]}
    client.put_object(Bucket=BUCKET, Key="source", Body=b"0123456789")
    contents = {1: b"1" * 5 * MIB, 2: b"2" * 5 * MIB, 3: b"3456"}
    parts: list[dict[str, Any]] = []
    for number in (2, 1):
        made = client.upload_part(**upload, PartNumber=number, Body=contents[number])
        assert made["ETag"] == f'"{md5(contents[number])}"'
        parts.append({"PartNumber": number, "ETag": made["ETag"]})
    copied = client.upload_part_copy(
        **upload,
        PartNumber=3,
        CopySource={"Bucket": BUCKET, "Key": "source"},
        CopySourceRange="bytes=3-6",
    )
    parts.append({"PartNumber": 3, "ETag": copied["CopyPartResult"]["ETag"]})
    (listed,) = client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert (listed["Key"], listed["UploadId"]) == ("big", begun["UploadId"])
    first = client.list_parts(**upload, MaxParts=2)
    assert [(part["PartNumber"], part["Size"]) for part in first["Parts"]] == [(1, 5 * MIB), (2, 5 * MIB)]  # fmt: skip
    rest = client.list_parts(**upload, PartNumberMarker=first["NextPartNumberMarker"])
    assert [part["PartNumber"] for part in rest["Parts"]] == [3]

    def complete(*named: dict[str, Any]) -> Any:
        return client.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(named)})

    strange = {"PartNumber": 1, "ETag": '"x"'}
    assert refused(lambda: complete(strange)) == (400, "InvalidPart")
    done = complete(*sorted(parts, key=lambda part: part["PartNumber"]))
    whole = hashlib.md5(b"".join(bytes.fromhex(md5(part)) for part in contents.values()))  # noqa: S324
    assert done["ETag"] == f'"{whole.hexdigest()}-3"'
    assert http.get(f"{base}/objects/big").content == b"".join(contents.values())
    assert client.head_object(**place)["Metadata"] == {"k": "v"}
    assert refused(lambda: complete(*parts)) == (404, "NoSuchUpload")
    given_up = client.create_multipart_upload(**place)
    again = {**place, "UploadId": given_up["UploadId"]}
    client.upload_part(**again, PartNumber=1, Body=b"x")
    client.abort_multipart_upload(**again)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)
    assert chunks(store) == 5 + 5 + 1 + 1


def test_files_go_up_and_come_down_by_the_clients_own_transfer(s3: S3, tmp_path: Any) -> None:
    content = bytes(range(256)) * 4096 * 20
    (tmp_path / "file").write_bytes(content)
    client = s3.client()
    client.upload_file(str(tmp_path / "file"), BUCKET, "big")
    assert client.head_object(Bucket=BUCKET, Key="big")["ETag"].endswith('-3"')
    client.download_file(BUCKET, "big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content


def test_presigned_links(s3: S3, store: Store) -> None:
    client = s3.client(config={"signature_version": "s3v4"})

    def sign(call: str, **how: object) -> str:
        place = {"Bucket": BUCKET, "Key": "a b", **how}
        return client.generate_presigned_url(call, Params=place, ExpiresIn=60)

    assert httpx.put(sign("put_object"), content=b"by link").status_code == 200
    link = sign("get_object", ResponseContentType="text/x", ResponseContentDisposition="attachment")
    read = httpx.get(link)
    assert read.content == b"by link"
    assert read.headers["content-type"] == "text/x"
    assert read.headers["content-disposition"] == "attachment"
    assert httpx.put(link, content=b"x").status_code == 403
    assert httpx.get(link.replace("a%20b", "a%20c")).status_code == 403
    assert "SignatureDoesNotMatch" in httpx.get(link.replace("attachment", "inline")).text
    assert httpx.get(f"{s3.url}/{BUCKET}/a%20b").status_code == 400
    assert chunks(store) == 1


def at_another_time(monkeypatch: pytest.MonkeyPatch, **later: float) -> None:
    """From now on the server's clock is so much later than the client's."""
    now = datetime.now(UTC) + timedelta(**later)
    verify = partial(signatures.verify, now=now)
    monkeypatch.setattr("localcloud.api.r2.s3.app.verify", verify)


def test_a_link_expires_and_clocks_must_agree(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    client = s3.client(config={"signature_version": "s3v4"})
    client.put_object(Bucket=BUCKET, Key="a", Body=b"x")
    place = {"Bucket": BUCKET, "Key": "a"}
    link = client.generate_presigned_url("get_object", Params=place, ExpiresIn=3600)
    at_another_time(monkeypatch, minutes=59)
    assert httpx.get(link).content == b"x"
    assert refused(lambda: client.get_object(**place)) == (403, "RequestTimeTooSkewed")
    at_another_time(monkeypatch, minutes=61)
    expired = httpx.get(link)
    assert expired.status_code == 403
    assert "<Code>ExpiredRequest</Code>" in expired.text
    at_another_time(monkeypatch, minutes=14)
    assert client.get_object(**place)["Body"].read() == b"x"
    at_another_time(monkeypatch, minutes=-16)
    assert refused(lambda: client.get_object(**place)) == (403, "RequestTimeTooSkewed")


@pytest.mark.parametrize("style", ["auto", "virtual"])
def test_the_official_host_is_served(s3: S3, style: str) -> None:
    """Reached as a proxy here, since the name leads to Cloudflare."""
    host = f"http://{s3.served.account}.r2.cloudflarestorage.com"
    proxies = {"http": s3.url.partition("/s3/")[0]}
    client = s3.client(url=host, config={"proxies": proxies, "s3": {"addressing_style": style}})
    client.put_object(Bucket=BUCKET, Key="a b", Body=b"x")
    assert client.get_object(Bucket=BUCKET, Key="a b")["Body"].read() == b"x"
    assert keys(s3.client().list_objects_v2(Bucket=BUCKET)) == ["a b"]


def test_a_body_in_signed_chunks(s3: S3, store: Store) -> None:
    content = bytes(range(256)) * 1024
    url, word = f"{s3.url}/{BUCKET}/a", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    def put(change: Callable[[bytes], bytes] = bytes, length: int = len(content)) -> httpx.Response:
        body: Callable[[Signer, str], bytes] = lambda signer, first: change(signer.chunks(first, [content[:65536], content[65536:]]))  # noqa: E731  # fmt: skip
        return chunked.put(url, s3.keys(), word, length, body)

    assert put().status_code == 200
    read = s3.client().get_object(Bucket=BUCKET, Key="a")
    assert read["Body"].read() == content
    assert "ContentEncoding" not in read
    spoilt = put(lambda body: body.replace(b"\x00\x01\x02", b"\x00\x01\x03", 1))
    assert "<Code>SignatureDoesNotMatch</Code>" in spoilt.text
    assert "<Code>IncompleteBody</Code>" in put(lambda body: body[:100_000]).text
    assert "<Code>IncompleteBody</Code>" in put(length=len(content) - 1).text
    assert s3.client().get_object(Bucket=BUCKET, Key="a")["Body"].read() == content
    assert chunks(store) == 1


def test_a_body_whose_sum_comes_behind_it(s3: S3, store: Store) -> None:
    url, word = f"{s3.url}/{BUCKET}/a", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    def put(crc: int) -> httpx.Response:
        told = base64.b64encode(crc.to_bytes(4, "big"))
        body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + told + b"\r\n\r\n"
        return chunked.put(url, s3.keys(), word, 5, lambda _signer, _first: body)

    assert put(zlib.crc32(b"hello")).status_code == 200
    assert "<Code>BadDigest</Code>" in put(zlib.crc32(b"hallo")).text
    assert s3.client().get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"hello"
    assert chunks(store) == 1


def test_a_body_must_be_the_one_that_was_signed(s3: S3, store: Store) -> None:
    url = f"{s3.url}/{BUCKET}/a"
    for signed, status in ((b"hello", 200), (b"other", 400)):
        word = hashlib.sha256(signed).hexdigest()
        answer = chunked.put(url, s3.keys(), word, 5, lambda _signer, _first: b"hello")
        assert answer.status_code == status
    assert "<Code>XAmzContentSHA256Mismatch</Code>" in answer.text
    assert chunks(store) == 1


PAGE = "https://app.example.com"


def test_pages_use_links_as_far_as_the_buckets_cors_rules_go(
    s3: S3, http: httpx.Client, base: str
) -> None:
    client = s3.client(config={"signature_version": "s3v4"})
    place = {"Bucket": BUCKET, "Key": "a"}
    link = client.generate_presigned_url("put_object", Params=place)

    def asked(origin: str, method: str = "PUT", headers: str = "Content-Type") -> httpx.Response:
        asking = {"origin": origin, "access-control-request-method": method}
        return httpx.options(link, headers={**asking, "access-control-request-headers": headers})

    assert asked(PAGE).status_code == 403
    allowed = {"origins": ["https://*.example.com"], "methods": ["PUT"], "headers": ["content-*"]}
    rules = [{"allowed": allowed, "exposeHeaders": ["ETag"], "maxAgeSeconds": 60}]
    assert http.put(f"{base}/cors", json={"rules": rules}).status_code == 200
    told = asked(PAGE)
    assert told.status_code == 204
    assert told.headers["access-control-allow-origin"] == PAGE
    assert told.headers["access-control-allow-methods"] == "PUT"
    assert told.headers["access-control-allow-headers"] == "Content-Type"
    assert told.headers["access-control-max-age"] == "60"
    for refusal in (
        asked("https://example.org"),
        asked(PAGE, "GET"),
        asked(PAGE, headers="x-other"),
        asked("https://app-example.com"),
    ):
        assert refusal.status_code == 403
        assert "access-control-allow-origin" not in refusal.headers
    put = httpx.put(link, content=b"x", headers={"origin": PAGE})
    assert put.status_code == 200
    assert put.headers["access-control-allow-origin"] == PAGE
    assert put.headers["access-control-expose-headers"] == "ETag"
    elsewhere = httpx.put(link, content=b"x", headers={"origin": "https://example.org"})
    assert "access-control-allow-origin" not in elsewhere.headers


def test_who_may(s3: S3, store: Store) -> None:
    s3.client().put_object(Bucket=BUCKET, Key="a", Body=b"x")
    reader = s3.client(s3.served.token_with("Workers R2 Storage Read"))
    assert reader.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"x"
    put = partial(reader.put_object, Bucket=BUCKET, Key="a", Body=b"y")
    for _ in range(2):
        assert refused(put) == (403, "AccessDenied")
    other = s3.client(s3.served.token_with("Workers KV Storage Write"))
    assert refused(lambda: other.get_object(Bucket=BUCKET, Key="a")) == (403, "AccessDenied")
    create_account(store, "Other account", OTHER_ACCOUNT)
    elsewhere = s3.client(s3.served.token_with("*", accounts=(OTHER_ACCOUNT,)))
    assert refused(elsewhere.list_buckets) == (403, "AccessDenied")
    unknown = s3.client("no-token-of-this-cloud")
    assert refused(unknown.list_buckets) == (401, "Unauthorized")
    assert s3.client().get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"x"


def test_what_is_not_served_says_so(s3: S3) -> None:
    client = s3.client()
    client.put_object(Bucket=BUCKET, Key="a", Body=b"x")
    calls: list[Callable[[], Any]] = [
        lambda: client.get_bucket_versioning(Bucket=BUCKET),
        lambda: client.put_object_tagging(Bucket=BUCKET, Key="a", Tagging={"TagSet": []}),
        lambda: client.delete_bucket_policy(Bucket=BUCKET),
        lambda: client.put_object(
            Bucket=BUCKET,
            Key="a",
            Body=b"y",
            SSECustomerAlgorithm="AES256",
            SSECustomerKey="k" * 32,
        ),
    ]
    for call in calls:
        assert refused(call) == (501, "NotImplemented")
    assert client.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"x"
