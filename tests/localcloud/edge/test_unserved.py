"""Hosts at which something belongs and nothing answers yet say so."""

from __future__ import annotations

import httpx
from cloudflare import Cloudflare

from tests.localcloud.conftest import ServedCloud
from tests.localcloud.edge.conftest import Local, answering, deployment, state


async def test_such_a_host_says_what_belongs_there(local: Local) -> None:
    told = "Pages project app has no deployment yet"
    serving = deployment((answering("one"), 100))
    await local.edge.apply(state(serving, unserved={"app.example.com": told}))
    answer = await local.get(host="app.example.com")
    assert answer.status_code == 404
    assert told in answer.text
    assert told not in (await local.get(host="other.example.com")).text


def test_a_project_without_a_deployment_and_a_bucket_are_told_of(
    served: ServedCloud, api: Cloudflare, http: httpx.Client, account: str
) -> None:
    api.pages.projects.create(account_id=account, name="site", production_branch="main")
    api.pages.projects.domains.create("site", account_id=account, name="app.example.com")
    api.r2.buckets.create(account_id=account, name="uploads")
    path = f"/accounts/{account}/r2/buckets/uploads/domains/custom"
    body = {"domain": "files.example.com", "zoneId": served.zone, "enabled": True}
    assert http.post(path, json=body).status_code == 200
    told = served.edge.applied[-1].unserved
    assert "wrangler pages deploy DIR --project-name site" in told["app.example.com"]
    assert "bucket uploads" in told["files.example.com"]
    assert http.delete(f"{path}/files.example.com").status_code == 200
    assert "files.example.com" not in served.edge.applied[-1].unserved
