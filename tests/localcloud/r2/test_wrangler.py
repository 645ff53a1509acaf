"""R2 through the official wrangler: what the contract (tests/localcloud/contract) leaves out."""

from __future__ import annotations

import json

import httpx

from tests.localcloud.wrangler import Wrangler, needs_wrangler

pytestmark = needs_wrangler


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
    (wrangler.folder / "file.txt").write_text("hello")
    described = (
        "--file",
        "file.txt",
        "--content-type",
        "text/plain",
        "--cache-control",
        "no-store",
    )
    wrangler.done("r2", "object", "put", f"{bucket}/keep/a", "--remote", *described)
    (listed,) = http.get(f"{base}/objects").json()["result"]
    assert listed["http_metadata"] == {"contentType": "text/plain", "cacheControl": "no-store"}
    assert "object_count:           1" in wrangler.done("r2", "bucket", "info", bucket)
    assert "10069" in wrangler.refused("r2", "object", "delete", f"{bucket}/keep/a", "--remote")
    domain = ("--domain", "files.example.com")
    wrangler.done("r2", "bucket", "domain", "add", bucket, *domain, "--zone-id", zone, "-y")
    assert "min_tls_version" in wrangler.done("r2", "bucket", "domain", "get", bucket, *domain)
    wrangler.done("r2", "bucket", "domain", "remove", bucket, *domain, "-y")
    assert http.get(f"{base}/domains/custom").json()["result"]["domains"] == []
