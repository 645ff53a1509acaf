"""R2 through the official wrangler, by its base URL alone."""

from __future__ import annotations

import json

import httpx
from cloudflare import Cloudflare

from tests.localcloud.wrangler import Wrangler, needs_wrangler

pytestmark = needs_wrangler


def test_buckets_and_objects(wrangler: Wrangler, api: Cloudflare, account: str) -> None:
    wrangler.done("r2", "bucket", "create", "uploads", "--location", "weur")
    assert "10004" in wrangler.refused("r2", "bucket", "create", "uploads")
    assert "uploads" in wrangler.done("r2", "bucket", "list")
    (wrangler.folder / "file.txt").write_text("hello")
    described = ("--content-type", "text/plain", "--cache-control", "no-store")
    key = "uploads/dir/a b.txt"
    wrangler.done("r2", "object", "put", key, "--file", "file.txt", "--remote", *described)
    (listed,) = api.r2.buckets.objects.list("uploads", account_id=account)
    assert listed.key == "dir/a b.txt"
    assert listed.http_metadata is not None
    assert listed.http_metadata.cache_control == "no-store"
    assert wrangler.done("r2", "object", "get", key, "--pipe", "--remote") == "hello"
    assert "object_count:           1" in wrangler.done("r2", "bucket", "info", "uploads")
    assert "10008" in wrangler.refused("r2", "bucket", "delete", "uploads")
    wrangler.done("r2", "object", "delete", key, "--remote")
    wrangler.done("r2", "bucket", "delete", "uploads")


def test_rules_and_domains(
    wrangler: Wrangler, http: httpx.Client, base: str, bucket: str, zone: str
) -> None:
    cors = {"rules": [{"allowed": {"methods": ["GET"], "origins": ["https://a.example"]}}]}
    (wrangler.folder / "cors.json").write_text(json.dumps(cors))
    wrangler.done("r2", "bucket", "cors", "set", bucket, "--file", "cors.json", "-y")
    assert http.get(f"{base}/cors").json()["result"] == cors
    assert "https://a.example" in wrangler.done("r2", "bucket", "cors", "list", bucket)
    expire = ("--expire-days", "7", "-y")
    wrangler.done("r2", "bucket", "lifecycle", "add", bucket, "tmp-files", "tmp/", *expire)
    assert [rule["id"] for rule in http.get(f"{base}/lifecycle").json()["result"]["rules"]] == [
        "Default Multipart Abort Rule",
        "tmp-files",
    ]
    wrangler.done("r2", "bucket", "lock", "add", bucket, "keep", "keep/", "--retention-days", "3", "-y")  # fmt: skip
    http.put(f"{base}/objects/keep/a", content=b"x")
    assert "10069" in wrangler.refused("r2", "object", "delete", f"{bucket}/keep/a", "--remote")
    domain = ("--domain", "files.example.com")
    wrangler.done("r2", "bucket", "domain", "add", bucket, *domain, "--zone-id", zone, "-y")
    assert "min_tls_version" in wrangler.done("r2", "bucket", "domain", "get", bucket, *domain)
    wrangler.done("r2", "bucket", "domain", "remove", bucket, *domain, "-y")
    assert http.get(f"{base}/domains/custom").json()["result"]["domains"] == []
