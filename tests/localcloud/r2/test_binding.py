"""A Worker's R2 binding, driven by code in real workerd: the same objects that the API has."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.header import decode_header
from typing import Any

import httpx

from localcloud.api.r2 import contents
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.r2.conftest import Worker

MIB = 1 << 20


def listed(http: httpx.Client, base: str) -> list[str]:
    return [row["key"] for row in http.get(f"{base}/objects").json()["result"]]


def chunks(store: Store) -> int:
    return store.execute("SELECT COUNT(*) FROM r2_chunks").fetchone()[0]


def test_worker_and_api_have_the_same_objects(
    worker: Worker, http: httpx.Client, base: str
) -> None:
    sent = {"content-type": "text/plain", "x-amz-meta-by": "api", "expires": "Wed, 01 Jan 2031 00:00:00 GMT"}  # fmt: skip
    http.put(f"{base}/objects/by/api", content="väl".encode(), headers=sent)
    seen = worker.run("""
    const made = await bucket.put("by/worker ☃", "wörker", {
      httpMetadata: { contentType: "text/x-a", cacheControl: "no-store", contentLanguage: "de",
                      contentDisposition: "inline", contentEncoding: "identity", cacheExpiry: new Date(1924992000000) },
      customMetadata: { By: "worker", k: "☃", ü: "ö" },
    });
    const read = await bucket.get("by/api");
    const head = await bucket.head("by/worker ☃");
    return {
      made, head, same: made.etag === head.etag && made.version === head.version,
      read: { text: await read.text(), http: read.httpMetadata, custom: read.customMetadata, etag: read.httpEtag,
              size: read.size, class: read.storageClass },
      missing: [await bucket.get("none"), await bucket.head("none")],
    };
    """)
    assert seen["read"] == {
        "text": "väl",
        "http": {"contentType": "text/plain", "cacheExpiry": "2031-01-01T00:00:00.000Z"},
        "custom": {"by": "api"},
        "etag": f'"{hashlib.md5("väl".encode()).hexdigest()}"',  # noqa: S324
        "size": 4,
        "class": "Standard",
    }
    assert seen["missing"] == [None, None]
    assert seen["same"]
    head: dict[str, Any] = seen["head"]
    assert head["customMetadata"] == {"By": "worker", "k": "☃", "ü": "ö"}
    assert head["httpMetadata"] == {
        "contentType": "text/x-a",
        "cacheControl": "no-store",
        "contentLanguage": "de",
        "contentDisposition": "inline",
        "contentEncoding": "identity",
        "cacheExpiry": "2031-01-01T00:00:00.000Z",
    }
    assert re.fullmatch("[0-9a-f]{32}", head["version"])
    age = datetime.now(UTC) - datetime.fromisoformat(head["uploaded"].replace("Z", "+00:00"))
    assert timedelta(0) <= age < timedelta(minutes=1)
    answer = http.get(f"{base}/objects/by/worker ☃")
    assert answer.content == "wörker".encode()
    assert answer.headers["etag"] == f'"{head["etag"]}"'
    assert decode_header(answer.headers["x-amz-meta-k"]) == [("☃".encode(), "utf-8")]
    assert answer.headers["x-amz-missing-meta"] == "1"
    assert answer.headers["expires"] == "Wed, 01 Jan 2031 00:00:00 GMT"
    assert listed(http, base) == ["by/api", "by/worker ☃"]


def test_an_overwritten_or_deleted_object_is_gone_and_so_is_its_content(
    worker: Worker, http: httpx.Client, base: str, store: Store
) -> None:
    seen = worker.run("""
    await bucket.put("a", "first");
    await bucket.put("a", new Uint8Array([2, 3]));
    const second = [...new Uint8Array(await (await bucket.get("a")).arrayBuffer())];
    await bucket.put("empty", null);
    const empty = await (await bucket.get("empty")).text();
    for (const key of ["b", "c", "d"]) await bucket.put(key, key);
    await bucket.delete("a");
    await bucket.delete(["b", "c", "never-there"]);
    return [second, empty, (await bucket.list()).objects.map(({ key }) => key)];
    """)
    assert seen == [[2, 3], "", ["d", "empty"]]
    assert listed(http, base) == ["d", "empty"]
    assert chunks(store) == 1


def test_ranges(worker: Worker) -> None:
    seen = worker.run("""
    const bytes = new Uint8Array(3 * 1024 * 1024).map((_, at) => at % 251);
    await bucket.put("a", bytes);
    const ask = async (range) => {
      const part = await bucket.get("a", { range });
      const got = new Uint8Array(await part.arrayBuffer());
      const from = part.range.offset;
      return [part.range.offset, part.range.length, got.length, got.every((b, at) => b === (from + at) % 251), part.size];
    };
    return {
      offset: await ask({ offset: 3145720 }),
      length: await ask({ length: 5 }),
      both: await ask({ offset: 1048570, length: 1048590 }),
      over: await ask({ offset: 3145726, length: 100 }),
      suffix: await ask({ suffix: 3 }),
      longSuffix: await ask({ suffix: 99999999 }),
      header: await ask(new Headers({ range: "bytes=10-19" })),
      headerSuffix: await ask(new Headers({ range: "bytes=-4" })),
      several: await ask(new Headers({ range: "bytes=0-1,4-5" })),
      whole: (await (await bucket.get("a")).arrayBuffer()).byteLength,
      beyond: await caught(() => bucket.get("a", { range: { offset: 3145728 } })),
      beyondHeader: await caught(() => bucket.get("a", { range: new Headers({ range: "bytes=3145728-" }) })),
    };
    """)
    size = 3 * MIB
    refused = "get: The requested range is not satisfiable (10039)"
    assert seen == {
        "offset": [size - 8, 8, 8, True, size],
        "length": [0, 5, 5, True, size],
        "both": [1048570, 1048590, 1048590, True, size],
        "over": [size - 2, 2, 2, True, size],
        "suffix": [size - 3, 3, 3, True, size],
        "longSuffix": [0, size, size, True, size],
        "header": [10, 10, 10, True, size],
        "headerSuffix": [size - 4, 4, 4, True, size],
        "several": [0, size, size, True, size],
        "whole": size,
        "beyond": refused,
        "beyondHeader": refused,
    }


def test_conditions_on_reading(worker: Worker) -> None:
    seen = worker.run("""
    const { etag, uploaded } = await bucket.put("a", "x");
    const later = new Date(+uploaded + 5000), earlier = new Date(+uploaded - 5000);
    const has = async (onlyIf) => {
      const got = await bucket.get("a", { onlyIf });
      return [got.key, "body" in got && got.body !== undefined];
    };
    const headers = (pairs) => has(new Headers(pairs));
    return Promise.all([
      has({ etagMatches: etag }), has({ etagMatches: "other" }), has({ etagMatches: "*" }),
      has({ etagDoesNotMatch: etag }), has({ etagDoesNotMatch: "other" }),
      has({ uploadedBefore: later }), has({ uploadedBefore: earlier }),
      has({ uploadedAfter: earlier }), has({ uploadedAfter: later }),
      headers({ "if-match": `"${etag}", "x"` }), headers({ "if-match": '"x"' }),
      headers({ "if-match": `W/"${etag}"` }),
      headers({ "if-none-match": `W/"${etag}"` }), headers({ "if-none-match": '"x"' }),
      headers({ "if-modified-since": uploaded.toUTCString() }), headers({ "if-modified-since": earlier.toUTCString() }),
      headers({ "if-unmodified-since": uploaded.toUTCString() }),
      headers({ "if-unmodified-since": earlier.toUTCString() }),
      // What names a content outweighs a date.
      headers({ "if-match": `"${etag}"`, "if-unmodified-since": earlier.toUTCString() }),
      headers({ "if-none-match": '"x"', "if-modified-since": later.toUTCString() }),
    ]);
    """)
    yes, no = ["a", True], ["a", False]
    assert seen == [
        yes, no, yes, no, yes, yes, no, yes, no, yes, no, no, no, yes, no, yes, yes, no, yes, yes
    ]  # fmt: skip


def test_conditions_on_writing(worker: Worker, http: httpx.Client, base: str, store: Store) -> None:
    seen = worker.run("""
    const { etag } = await bucket.put("a", "first");
    const put = async (key, value, onlyIf) => (await bucket.put(key, value, { onlyIf })) !== null;
    return [
      await put("a", "second", { etagMatches: "other" }),
      await put("a", "second", new Headers({ "if-none-match": "*" })),
      await put("new", "x", { etagMatches: etag }),
      await put("new", "x", { uploadedAfter: new Date(0) }),
      await (await bucket.get("a")).text(),
      await put("a", "third", { etagMatches: etag }),
      await put("b", "made once", new Headers({ "if-none-match": "*" })),
      await put("b", "made twice", new Headers({ "if-none-match": "*" })),
    ];
    """)
    assert seen == [False, False, False, False, "first", True, True, False]
    assert http.get(f"{base}/objects/a").content == b"third"
    assert http.get(f"{base}/objects/b").content == b"made once"
    assert listed(http, base) == ["a", "b"]
    assert chunks(store) == 2


def test_checksums_are_held_against_what_came(
    worker: Worker, http: httpx.Client, base: str, store: Store
) -> None:
    seen = worker.run("""
    const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
    const seen = {};
    for (const [name, algorithm] of [["md5", "MD5"], ["sha1", "SHA-1"], ["sha256", "SHA-256"], ["sha384", "SHA-384"],
                                     ["sha512", "SHA-512"]]) {
      const digest = await crypto.subtle.digest(algorithm, new TextEncoder().encode("hello"));
      await bucket.put(name, "hello", { [name]: digest });
      const { checksums } = await bucket.head(name);
      const kept = hex(checksums[name]) === hex(digest);
      seen[name] = [kept, Object.keys(JSON.parse(JSON.stringify(checksums))).sort(),
                    await caught(() => bucket.put(`bad-${name}`, "hallo", { [name]: hex(digest) }))];
    }
    return seen;
    """)
    for name, algorithm in {
        "md5": "MD5",
        "sha1": "SHA-1",
        "sha256": "SHA-256",
        "sha384": "SHA-384",
        "sha512": "SHA-512",
    }.items():
        kept, names, refusal = seen[name]
        assert kept, name
        assert names == sorted({"md5", name})
        assert refusal == (
            f"put: The {algorithm} checksum you specified did not match what we received.\n"
            f"You provided a {algorithm} checksum with value: {hashlib.new(name, b'hello').hexdigest()}\n"
            f"Actual {algorithm} was: {hashlib.new(name, b'hallo').hexdigest()} (10037)"
        )
    assert listed(http, base) == ["md5", "sha1", "sha256", "sha384", "sha512"]
    assert chunks(store) == 5


def test_lists(worker: Worker) -> None:
    seen = worker.run("""
    for (const key of ["a/1", "a/2", "a/b/3", "c", "d/4", "é"]) {
      await bucket.put(key, key, { httpMetadata: { contentType: "text/x" }, customMetadata: { k: key } });
    }
    const shown = ({ objects, delimitedPrefixes, truncated, cursor }) =>
      [objects.map(({ key }) => key), delimitedPrefixes, truncated, typeof cursor];
    const pages = [];
    let cursor;
    do {
      const page = await bucket.list({ limit: 2, cursor, delimiter: "/" });
      pages.push([...page.objects.map(({ key }) => key), ...page.delimitedPrefixes]);
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
    const [plain] = (await bucket.list({ limit: 1 })).objects;
    const [full] = (await bucket.list({ limit: 1, include: ["httpMetadata", "customMetadata"] })).objects;
    return {
      all: shown(await bucket.list()),
      prefix: shown(await bucket.list({ prefix: "a/" })),
      folders: shown(await bucket.list({ delimiter: "/" })),
      inside: shown(await bucket.list({ prefix: "a/", delimiter: "/" })),
      first: shown(await bucket.list({ limit: 2 })),
      after: shown(await bucket.list({ startAfter: "c" })),
      pages,
      plain: [plain.httpMetadata, plain.customMetadata, plain.size],
      full: [full.httpMetadata, full.customMetadata],
      none: await caught(() => bucket.list({ limit: 0 })),
      over: await caught(() => bucket.list({ limit: 1001 })),
      noCursor: await caught(() => bucket.list({ cursor: "!" })),
    };
    """)
    everything = ["a/1", "a/2", "a/b/3", "c", "d/4", "é"]
    assert seen["all"] == [everything, [], False, "undefined"]
    assert seen["prefix"] == [["a/1", "a/2", "a/b/3"], [], False, "undefined"]
    assert seen["folders"] == [["c", "é"], ["a/", "d/"], False, "undefined"]
    assert seen["inside"] == [["a/1", "a/2"], ["a/b/"], False, "undefined"]
    assert seen["first"] == [["a/1", "a/2"], [], True, "string"]
    assert seen["after"] == [["d/4", "é"], [], False, "undefined"]
    assert seen["pages"] == [["c", "a/"], ["é", "d/"]]
    assert seen["plain"] == [{}, {}, 3]
    assert seen["full"] == [{"contentType": "text/x"}, {"k": "a/1"}]
    assert seen["none"] == seen["over"]
    assert seen["none"] == "list: MaxKeys params must be positive integer <= 1000. (10022)"
    assert "(10040)" in seen["noCursor"]


def test_a_page_with_metadata_is_shorter_than_what_was_asked_for(
    worker: Worker, http: httpx.Client, base: str
) -> None:
    for number in range(101):
        http.put(f"{base}/objects/{number:03}", content=b"")
    seen = worker.run("""
    const plain = await bucket.list({ limit: 101 });
    const described = await bucket.list({ limit: 101, include: ["customMetadata"] });
    const rest = await bucket.list({ include: ["customMetadata"], cursor: described.cursor });
    return [plain.objects.length, plain.truncated, described.objects.length, described.truncated, rest.objects.length];
    """)
    assert seen == [101, False, 100, True, 1]


def test_an_object_in_parts(worker: Worker, http: httpx.Client, base: str, store: Store) -> None:
    seen = worker.run("""
    const piece = (byte, size) => new Uint8Array(size).fill(byte);
    const MB5 = 5 * 1024 * 1024;
    const begun = await bucket.createMultipartUpload("big", {
      httpMetadata: { contentType: "video/x" }, customMetadata: { k: "v" }, storageClass: "InfrequentAccess",
    });
    const upload = bucket.resumeMultipartUpload("big", begun.uploadId);
    const last = await upload.uploadPart(2, piece(2, 10));
    const spoilt = await upload.uploadPart(1, piece(9, MB5));
    const first = await begun.uploadPart(1, piece(1, MB5));
    await upload.uploadPart(3, piece(3, 10));
    const before = await bucket.head("big");
    const wrong = await caught(() => upload.complete([spoilt, last]));
    const unknown = await caught(() => upload.complete([first, { partNumber: 7, etag: "x" }]));
    const made = await upload.complete([last, first]);
    const read = await bucket.get("big", { range: { offset: MB5 - 2, length: 4 } });
    return {
      before, wrong, unknown, size: made.size, etag: made.etag, parts: [first.etag, last.etag],
      over: [...new Uint8Array(await read.arrayBuffer())],
      described: [read.httpMetadata, read.customMetadata, read.storageClass, read.checksums.toJSON()],
      again: await caught(() => upload.complete([first, last])),
      more: await caught(() => upload.uploadPart(4, "x")),
    };
    """)
    first, last = b"\x01" * 5 * MIB, b"\x02" * 10
    digests = [hashlib.md5(part).digest() for part in (first, last)]  # noqa: S324
    assert seen["before"] is None
    missing = (
        "completeMultipartUpload: One or more of the specified parts could not be found. (10025)"
    )
    assert seen["wrong"] == seen["unknown"] == missing
    assert seen["size"] == 5 * MIB + 10
    assert seen["parts"] == [digest.hex() for digest in digests]
    assert seen["etag"] == f"{hashlib.md5(b''.join(digests)).hexdigest()}-2"  # noqa: S324
    assert seen["over"] == [1, 1, 2, 2]
    assert seen["described"] == [{"contentType": "video/x"}, {"k": "v"}, "InfrequentAccess", {}]
    over = "The specified multipart upload does not exist. (10024)"
    assert seen["again"] == f"completeMultipartUpload: {over}"
    assert seen["more"] == f"uploadPart: {over}"
    assert http.get(f"{base}/objects/big").content == first + last
    assert chunks(store) == 6


def test_parts_of_wrong_sizes_and_uploads_that_are_given_up(
    worker: Worker, http: httpx.Client, base: str, store: Store
) -> None:
    seen = worker.run("""
    const of = async (...sizes) => {
      const upload = await bucket.createMultipartUpload("big");
      const parts = [];
      for (const [at, size] of sizes.entries()) parts.push(await upload.uploadPart(at + 1, new Uint8Array(size)));
      const said = await caught(() => upload.complete(parts));
      await upload.abort();
      return [said, await caught(() => upload.abort())];
    };
    const MB5 = 5 * 1024 * 1024;
    return [await of(MB5 - 1, 1), await of(MB5, MB5 + 1), await of(MB5 + 1, MB5, 1),
            await caught(() => bucket.resumeMultipartUpload("other", "x").uploadPart(1, "x"))];
    """)
    small = "completeMultipartUpload: Your proposed upload is smaller than the minimum allowed object size. (10011)"
    assert seen[0][0] == small
    assert all("(10048)" in said for said, _ in seen[1:3])
    assert all("(10024)" in again for _, again in seen[:3])
    assert "(10024)" in seen[3]
    assert listed(http, base) == []
    assert chunks(store) == 0


def test_limits(worker: Worker, http: httpx.Client, base: str) -> None:
    seen = worker.run("""
    const long = (size) => ({ customMetadata: { k: "m".repeat(size - 1) } });
    await bucket.put("k".repeat(1024), "x", long(8192));
    return {
      key: await caught(() => bucket.put("k".repeat(1025), "x")),
      metadata: await caught(() => bucket.put("a", "x", long(8193))),
      class: await caught(() => bucket.put("a", "x", { storageClass: "Frozen" })),
      many: await caught(() => bucket.delete(Array.from({ length: 1001 }, (_, n) => `k${n}`))),
    };
    """)
    assert seen["key"] == "put: The specified object name is not valid. (10020)"
    assert "(10012)" in seen["metadata"]
    assert "(10040)" in seen["class"]
    assert "(10029)" in seen["many"]
    assert listed(http, base) == ["k" * 1024]


def test_locks_and_lifecycle_hold_for_a_worker_too(
    worker: Worker, http: httpx.Client, base: str, store: Store
) -> None:
    rule = {"id": "keep", "enabled": True, "prefix": "keep/", "condition": {"type": "Indefinite"}}
    http.put(f"{base}/lock", json={"rules": [rule]})
    seen = worker.run("""
    for (const key of ["keep/a", "free", "tmp/old"]) await bucket.put(key, "first");
    const upload = await bucket.createMultipartUpload("tmp/never");
    await upload.uploadPart(1, "x");
    return [
      await caught(() => bucket.put("keep/a", "second")), await caught(() => bucket.delete("keep/a")),
      await caught(() => bucket.delete(["free", "keep/a"])), await (await bucket.get("keep/a")).text(),
      await (await bucket.get("free")).text(),
    ];
    """)
    assert all("(10069)" in said and "rule keep" in said for said in seen[:3])
    assert seen[3:] == ["first", "first"]
    age = {"type": "Age", "maxAge": 86400}
    gone = {"id": "gone", "enabled": True, "conditions": {"prefix": "tmp/"}}
    rules = [{**gone, "deleteObjectsTransition": {"condition": age}, "abortMultipartUploadsTransition": {"condition": age}}]  # fmt: skip
    http.put(f"{base}/lifecycle", json={"rules": rules})
    day = (datetime.now(UTC) - timedelta(seconds=86401)).isoformat().replace("+00:00", "Z")
    store.execute("UPDATE r2_objects SET uploaded = ?", (day,))
    store.execute("UPDATE r2_uploads SET started = ?", (day,))
    keys = worker.run("return (await bucket.list()).objects.map(({ key }) => key);")
    assert keys == ["free", "keep/a"]
    assert store.execute("SELECT COUNT(*) FROM r2_uploads").fetchone() == (0,)
    assert chunks(store) == 2


def test_classes_jurisdictions_and_a_bucket_that_is_not_there(
    worker: Worker, http: httpx.Client, base: str
) -> None:
    http.patch(base, headers={"cf-r2-storage-class": "InfrequentAccess"})
    seen = worker.run("""
    await bucket.put("default", "x");
    await bucket.put("asked", "x", { storageClass: "Standard" });
    await env.EU.put("eu", "x");
    return [
      (await bucket.head("default")).storageClass, (await bucket.head("asked")).storageClass,
      (await env.EU.list()).objects.map(({ key }) => key), await bucket.head("eu"),
      await caught(() => env.GONE.put("a", "x")),
    ];
    """)
    assert seen == [
        "InfrequentAccess",
        "Standard",
        ["eu"],
        None,
        "put: The specified bucket does not exist. (10006)",
    ]
    assert http.get(f"{base}-eu/objects/eu").status_code == 404
    there = http.get(f"{base}-eu/objects/eu", headers={"cf-r2-jurisdiction": "eu"})
    assert there.content == b"x"


STREAMING = """
export default { async fetch(request, env) {
  if (request.method === "PUT") {
    const made = await env.BUCKET.put("big", request.body);
    return Response.json({ etag: made.etag, size: made.size });
  }
  const item = await env.BUCKET.get("big");
  const headers = new Headers();
  item.writeHttpMetadata(headers);
  headers.set("etag", item.httpEtag);
  return new Response(item.body, { headers });
} };
"""


def test_what_streams_through_a_worker_comes_back_whole(worker: Worker, store: Store) -> None:
    worker.deploy(STREAMING)
    content = bytes(range(256)) * 4096 * 24 + b"end"  # 24 MiB and a bit
    made = worker.ask("/", "PUT", content=content).json()
    digest = hashlib.md5(content).hexdigest()  # noqa: S324
    assert made == {"etag": digest, "size": len(content)}
    answer = worker.ask()
    assert answer.headers["etag"] == f'"{digest}"'
    assert hashlib.md5(answer.content).hexdigest() == digest  # noqa: S324
    largest = store.execute("SELECT MAX(LENGTH(bytes)) FROM r2_chunks").fetchone()[0]
    assert largest == contents.CHUNK


def test_what_is_deleted_while_it_is_read_is_read_to_its_end(
    worker: Worker, http: httpx.Client, base: str, store: Store
) -> None:
    content = bytes(range(256)) * 4096 * 32
    http.put(f"{base}/objects/big", content=content)
    worker.deploy(STREAMING)
    url = f"http://127.0.0.1:{worker.local.edge.http_port}/"
    host = {"host": "api.example.com"}
    with httpx.stream("GET", url, headers=host, timeout=30) as answer:
        parts = answer.iter_bytes()
        got = next(parts)
        assert http.delete(f"{base}/objects/big").status_code == 200
        assert listed(http, base) == []
        got += b"".join(parts)
    assert got == content
    assert chunks(store) == 0


def test_whoever_does_not_know_the_secret_reads_nothing(
    worker: Worker, served: ServedCloud, http: httpx.Client, base: str
) -> None:
    del served
    http.put(f"{base}/objects/a", content=b"x")
    address = worker.local.edge._storage.address  # pyright: ignore[reportPrivateUsage]
    asked = {"cf-r2-request": '{"method": "get", "object": "a"}', "x-r2-account": worker.served.account, "x-r2-bucket": "uploads"}  # fmt: skip
    for secret in ("", "Bearer guessed"):
        answer = httpx.get(f"http://{address}/", headers={**asked, "authorization": secret})
        assert answer.status_code == 403
