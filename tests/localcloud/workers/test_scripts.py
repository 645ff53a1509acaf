"""Scripts: multipart uploads, content, settings, secrets, subdomain, schedules, tails, through the SDK."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from cloudflare import APIStatusError, BadRequestError, Cloudflare, NotFoundError

from localcloud.api.cloud import RecordingDataPlane
from localcloud.edge.model import StartResult

MODULE = b"export default { fetch() { return new Response('hi') } }"
WASM = bytes(range(256))


def codes(refusal: pytest.ExceptionInfo[APIStatusError]) -> list[int]:
    return [error.code for error in refusal.value.errors if error.code is not None]


def put(api: Cloudflare, account: str, name: str = "shop", **metadata: Any) -> Any:
    return api.workers.scripts.update(
        name,
        account_id=account,
        metadata={"main_module": "index.js", "compatibility_date": "2026-01-01", **metadata},  # pyright: ignore[reportArgumentType]
        files=[
            ("index.js", MODULE, "application/javascript+module"),
            ("add.wasm", WASM, "application/wasm"),
        ],
    )


def test_put_makes_a_worker_and_gives_it_all_traffic(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    made = put(api, account)
    assert made.id == "shop"
    assert made.startup_time_ms >= 1
    (live,) = edge.applied[-1].deployments
    (share,) = live.shares
    assert share.percentage == 100
    assert {m.name: m.content for m in share.version.modules} == {
        "index.js": MODULE,
        "add.wasm": WASM,
    }
    assert [s.id for s in api.workers.scripts.list(account_id=account)] == ["shop"]


def test_terraform_names_modules_by_part_and_classic_code_by_body_part(
    http: httpx.Client, account: str, edge: RecordingDataPlane
) -> None:
    path = f"/accounts/{account}/workers/scripts"
    classic = http.put(
        f"{path}/old",
        files={
            "metadata": (None, json.dumps({"body_part": "script"}), "application/json"),
            "script": (None, b"addEventListener('fetch', () => {})", "application/javascript"),
        },
    )
    assert classic.status_code == 200
    assert classic.json()["result"]["has_modules"] is False
    assert http.get(f"{path}/old/content/v2").content == b"addEventListener('fetch', () => {})"
    wrangler = http.put(
        f"{path}/new",
        files={
            "metadata": (None, json.dumps({"main_module": "a.js"})),
            "a.js": ("a.js", MODULE, "application/javascript+module"),
        },
    )
    assert wrangler.status_code == 200
    content = http.get(f"{path}/new/content/v2")
    assert content.headers["content-type"].startswith("multipart/form-data")
    assert MODULE in content.content


def test_a_body_that_is_no_upload_is_refused(http: httpx.Client, account: str) -> None:
    answer = http.put(f"/accounts/{account}/workers/scripts/shop", json={"x": 1})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == 10026


def test_an_oversized_worker_is_refused(http: httpx.Client, account: str) -> None:
    answer = http.put(
        f"/accounts/{account}/workers/scripts/shop",
        files={
            "metadata": (None, json.dumps({"main_module": "a.js"})),
            "a.js": ("a.js", MODULE, "application/javascript+module"),
            "big.bin": ("big.bin", bytes(64 << 20), "application/octet-stream"),
        },
    )
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == 10027


def test_a_secret_is_written_and_never_read_again(
    api: Cloudflare, account: str, http: httpx.Client, edge: RecordingDataPlane
) -> None:
    put(api, account)
    secrets = api.workers.scripts.secrets
    secrets.update("shop", account_id=account, name="KEY", text="hush-hush", type="secret_text")
    assert [s.name for s in secrets.list("shop", account_id=account)] == ["KEY"]
    base = f"/accounts/{account}/workers/scripts/shop"
    version = http.get(f"{base}/versions").json()["result"]["items"][0]["id"]
    for path in ("secrets", "secrets/KEY", "settings", "versions", f"versions/{version}"):
        answer = http.get(f"{base}/{path}")
        assert answer.status_code == 200
        assert "hush-hush" not in answer.text
    (live,) = edge.applied[-1].deployments
    (share,) = live.shares
    assert [dict(b.settings)["text"] for b in share.version.bindings] == ["hush-hush"]
    assert share.version.number == 2
    assert "hush-hush" not in repr(edge.applied[-1])


def test_secrets_in_bulk_and_a_missing_one(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    put(api, account)
    base = f"/accounts/{account}/workers/scripts/shop"
    sent = {n: {"name": n, "text": n, "type": "secret_text"} for n in ("A", "B")}
    assert http.patch(f"{base}/secrets-bulk", json={"secrets": sent}).status_code == 200
    assert http.patch(f"{base}/secrets-bulk", json={"secrets": {"A": None}}).status_code == 200
    assert [s["name"] for s in http.get(f"{base}/secrets").json()["result"]] == ["B"]
    missing = http.delete(f"{base}/secrets/A")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["code"] == 10056


def upload(http: httpx.Client, account: str, **metadata: Any) -> httpx.Response:
    return http.post(
        f"/accounts/{account}/workers/scripts/shop/versions",
        files={
            "metadata": (None, json.dumps({"main_module": "a.js", **metadata})),
            "a.js": ("a.js", MODULE, "application/javascript+module"),
        },
    )


def test_a_secret_is_not_edited_past_an_undeployed_version(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    put(api, account)
    assert upload(http, account).status_code == 200
    with pytest.raises(BadRequestError) as refusal:
        api.workers.scripts.secrets.update(
            "shop", account_id=account, name="K", text="x", type="secret_text"
        )
    assert codes(refusal) == [10215]
    settings = http.patch(
        f"/accounts/{account}/workers/scripts/shop/settings",
        files={"settings": (None, json.dumps({"bindings": []}))},
    )
    assert settings.json()["errors"][0]["code"] == 10214


def test_a_version_uploaded_later_keeps_secrets_and_inherits(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    put(
        api,
        account,
        bindings=[
            {"type": "secret_text", "name": "KEY", "text": "x"},
            {"type": "plain_text", "name": "MODE", "text": "m"},
        ],
    )
    kept = upload(
        http,
        account,
        keep_bindings=["secret_text"],
        bindings=[{"type": "inherit", "name": "MODE"}],
    )
    names = [b["name"] for b in kept.json()["result"]["resources"]["bindings"]]
    assert names == ["KEY", "MODE"]
    strict = http.post(
        f"/accounts/{account}/workers/scripts/shop/versions?bindings_inherit=strict",
        files={
            "metadata": (
                None,
                json.dumps(
                    {"main_module": "a.js", "bindings": [{"type": "inherit", "name": "NONE"}]}
                ),
            ),
            "a.js": ("a.js", MODULE, "application/javascript+module"),
        },
    )
    assert strict.status_code == 400
    assert strict.json()["errors"][0]["code"] == 10057


def test_version_errors_of_scripts(http: httpx.Client, api: Cloudflare, account: str) -> None:
    base = f"/accounts/{account}/workers/scripts/shop/versions"
    missing = http.get(base)
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (404, 10007)
    put(api, account)
    unknown = http.get(f"{base}/11111111-2222-4333-8444-555555555555")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, 100146)
    malformed = http.get(f"{base}/nonsense")
    assert (malformed.status_code, malformed.json()["errors"][0]["code"]) == (400, 10004)
    migrating = upload(http, account, migrations={"new_tag": "v1", "new_sqlite_classes": ["A"]})
    assert (migrating.status_code, migrating.json()["errors"][0]["code"]) == (400, 10211)
    assert migrating.json()["errors"][0]["documentation_url"]


def test_settings_are_read_back(api: Cloudflare, account: str) -> None:
    put(api, account, bindings=[{"type": "plain_text", "name": "MODE", "text": "loud"}])
    settings = api.workers.scripts.script_and_version_settings.get("shop", account_id=account)
    assert settings.compatibility_date == "2026-01-01"
    edited = api.workers.scripts.settings.edit("shop", account_id=account, tags=["team:a"])
    assert edited.tags == ["team:a"]
    read = api.workers.scripts.settings.get("shop", account_id=account)
    assert read.tags == ["team:a"]


def test_workers_dev_and_previews_make_routes(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    with pytest.raises(NotFoundError) as refusal:
        api.workers.subdomains.get(account_id=account)
    assert codes(refusal) == [10007]
    api.workers.subdomains.update(account_id=account, subdomain="acme")
    put(api, account)
    assert edge.applied[-1].routes == ()
    api.workers.scripts.subdomain.create(
        "shop", account_id=account, enabled=True, previews_enabled=True
    )
    version = edge.applied[-1].deployments[0].shares[0].version.id
    assert [r.pattern for r in edge.applied[-1].routes] == [
        "shop.acme.workers.dev/*",
        f"{version[:8]}-shop.acme.workers.dev/*",
    ]
    assert edge.applied[-1].routes[1].version is not None
    api.workers.scripts.subdomain.delete("shop", account_id=account)
    assert edge.applied[-1].routes == ()


def test_schedules_and_tails(api: Cloudflare, account: str) -> None:
    put(api, account)
    made = api.workers.scripts.schedules.update(
        "shop", account_id=account, body=[{"cron": "*/5 * * * *"}]
    )
    read = api.workers.scripts.schedules.get("shop", account_id=account)
    assert read.to_json() == made.to_json()
    with pytest.raises(BadRequestError):
        api.workers.scripts.schedules.update(
            "shop", account_id=account, body=[{"cron": "every day"}]
        )
    tail = api.workers.scripts.tail.create("shop", account_id=account)
    assert "cloudflare" not in tail.url
    api.workers.scripts.tail.delete(tail.id, account_id=account, script_name="shop")
    with pytest.raises(NotFoundError):
        api.workers.scripts.tail.delete(tail.id, account_id=account, script_name="shop")


def test_assets_come_in_by_session(
    api: Cloudflare, account: str, http: httpx.Client, edge: RecordingDataPlane
) -> None:
    hashes = {"/index.html": "a" * 32, "/logo.svg": "b" * 32}
    session = api.workers.scripts.assets.upload.create(
        "shop",
        account_id=account,
        manifest={path: {"hash": h, "size": 4} for path, h in hashes.items()},
    )
    assert session is not None
    assert session.buckets == [list(hashes.values())]
    path = f"/accounts/{account}/workers/assets/upload?base64=true"
    own = {"authorization": f"Bearer {session.jwt}"}
    first = http.post(path, files={"a" * 32: ("a" * 32, b"aGkhIQ==")}, headers=own)
    assert first.status_code == 202
    unannounced = http.post(path, files={"c" * 32: ("c", b"aGkhIQ==")}, headers=own)
    assert unannounced.status_code == 400
    last = http.post(path, files={"b" * 32: ("b" * 32, b"aGkhIQ==")}, headers=own)
    assert last.status_code == 201
    put(api, account, assets={"jwt": last.json()["result"]["jwt"]})
    (live,) = edge.applied[-1].deployments
    assert set(live.shares[0].version.assets) == set(hashes)
    forged = http.post(path, files={"a" * 32: ("a", b"")})
    assert forged.status_code == 401
    again = api.workers.scripts.assets.upload.create(
        "shop", account_id=account, manifest={"/index.html": {"hash": "a" * 32, "size": 4}}
    )
    assert again is not None
    assert again.buckets == []


def test_the_older_service_view_tells_created_and_missing(
    http: httpx.Client, api: Cloudflare, account: str
) -> None:
    path = f"/accounts/{account}/workers/services/shop"
    missing = http.get(path)
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (404, 10090)
    put(api, account)
    script = http.get(path).json()["result"]["default_environment"]["script"]
    assert script["handlers"] == ["fetch"]
    assert http.delete(path).status_code == 200
    assert http.get(path).status_code == 404


def test_a_failed_first_upload_leaves_no_worker(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    edge.result = StartResult(error="Uncaught SyntaxError: Unexpected end of input")
    with pytest.raises(BadRequestError) as refusal:
        put(api, account)
    assert codes(refusal) == [10021]
    assert list(api.workers.scripts.list(account_id=account)) == []
