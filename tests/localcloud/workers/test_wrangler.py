"""The official wrangler against the local cloud, by its base URL alone: the life of a Worker."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.cloud import RecordingDataPlane
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.wrangler import Wrangler, needs_wrangler

pytestmark = needs_wrangler


@pytest.fixture
def project(wrangler: Wrangler) -> Path:
    folder = wrangler.folder
    (folder / "index.js").write_text(
        "export default { fetch() { return new Response('hello') } }\n"
    )
    config = {"name": "shop", "main": "index.js", "compatibility_date": "2026-01-01"}
    (folder / "wrangler.json").write_text(json.dumps({**config, "workers_dev": True}))
    return folder


def test_the_life_of_a_worker(
    wrangler: Wrangler,
    project: Path,
    api: Cloudflare,
    account: str,
    http: httpx.Client,
    edge: RecordingDataPlane,
) -> None:
    api.workers.subdomains.update(account_id=account, subdomain="acme")
    out = wrangler.done("deploy")
    assert "shop.acme.workers.dev" in out
    first = edge.applied[-1].deployments[0].shares[0].version.id
    assert first in out

    (project / "index.js").write_text(
        "export default { fetch() { return new Response('hello again') } }\n"
    )
    out = wrangler.done("versions", "upload", "--message", "second try", "--tag", "t2")
    listed = wrangler.done("versions", "list")
    assert "second try" in listed
    versions = http.get(f"/accounts/{account}/workers/scripts/shop/versions").json()
    second = versions["result"]["items"][0]["id"]
    assert second in out
    assert [s.version.id for s in edge.applied[-1].deployments[0].shares] == [first]

    wrangler.done("versions", "deploy", f"{first}@90", f"{second}@10", "-y")
    (live,) = edge.applied[-1].deployments
    assert [(s.version.id, s.percentage) for s in live.shares] == [(first, 90), (second, 10)]
    status = wrangler.done("deployments", "status")
    assert "(90%)" in status
    assert "(10%)" in status

    wrangler.done("versions", "deploy", f"{second}@100", "-y")
    wrangler.done("secret", "put", "API_KEY", stdin="hush-hush")
    assert "API_KEY" in wrangler.done("secret", "list")
    made = wrangler.done("deployments", "list")
    assert made.index("(90%)") < made.rindex("(100%)")

    # The secret is newer than that version: wrangler hears of it (10220), says so, and repeats with force.
    assert "API_KEY" in wrangler.done("rollback", first, "-y", "--message", "back")
    assert [s.version.id for s in edge.applied[-1].deployments[0].shares] == [first]
    newest = http.get(f"/accounts/{account}/workers/scripts/shop/versions").json()["result"][
        "items"
    ][0]
    wrangler.done("versions", "deploy", f"{newest['id']}@100", "-y")
    wrangler.done("secret", "delete", "API_KEY")
    (live,) = edge.applied[-1].deployments
    assert [binding.name for binding in live.shares[0].version.bindings] == []


@pytest.mark.usefixtures("project")
def test_delete(
    wrangler: Wrangler, api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    api.workers.subdomains.update(account_id=account, subdomain="acme")
    wrangler.done("deploy")
    wrangler.done("delete", "--force")
    assert edge.applied[-1].deployments == ()
    assert "10007" in wrangler.refused("deployments", "status")


def test_routes_domains_and_crons_by_configuration(
    wrangler: Wrangler,
    project: Path,
    api: Cloudflare,
    account: str,
    zone: str,
    edge: RecordingDataPlane,
) -> None:
    config = json.loads((project / "wrangler.json").read_text())
    config |= {
        "workers_dev": False,
        "routes": [
            {"pattern": "example.com/shop/*", "zone_id": zone},
            {"pattern": "shop.example.com", "custom_domain": True},
        ],
        "triggers": {"crons": ["0 * * * *"]},
        "vars": {"MODE": "loud"},
    }
    (project / "wrangler.json").write_text(json.dumps(config))
    wrangler.done("deploy")
    assert {(r.pattern, r.script) for r in edge.applied[-1].routes} == {
        ("example.com/shop/*", "shop"),
        ("shop.example.com/*", "shop"),
    }
    (live,) = edge.applied[-1].deployments
    assert [(b.name, b.settings["text"]) for b in live.shares[0].version.bindings] == [
        ("MODE", "loud")
    ]
    schedules = api.workers.scripts.schedules.get("shop", account_id=account).schedules
    assert [s.cron for s in schedules] == ["0 * * * *"]


def test_assets_are_uploaded_by_wrangler(
    wrangler: Wrangler, project: Path, edge: RecordingDataPlane, served: ServedCloud
) -> None:
    (project / "public").mkdir()
    (project / "public/index.html").write_text("<h1>hello</h1>")
    config = json.loads((project / "wrangler.json").read_text())
    config |= {"assets": {"directory": "public"}, "workers_dev": False}
    (project / "wrangler.json").write_text(json.dumps(config))
    wrangler.done("deploy")
    (live,) = edge.applied[-1].deployments
    digest = live.shares[0].version.assets["/index.html"]
    content = served.on_loop(lambda: _blob(served, digest))
    assert content == b"<h1>hello</h1>"


async def _blob(served: ServedCloud, digest: str) -> bytes:
    return served.store.blob(digest)
