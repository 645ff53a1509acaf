"""Direct uploads: what was deployed is served under every address that Cloudflare gives it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.cloud import RecordingDataPlane
from localcloud.api.pages.asset_routes import SESSION
from localcloud.api.store import Store
from tests.localcloud.pages.conftest import PROJECT, Get, Uploader, hash_of
from tests.localcloud.refusals import answered, refusal


def test_a_deployment_is_served_under_the_project_itself_and_its_branch(
    api: Cloudflare, account: str, uploader: Uploader, get: Get
) -> None:
    api.pages.projects.domains.create(PROJECT, account_id=account, name="www.example.com")
    one = uploader.deploy({"/index.html": b"one", "/css/a.css": b"body{}"})
    assert (one["environment"], one["aliases"]) == ("production", None)
    assert one["latest_stage"]["name"] == "deploy"
    assert one["latest_stage"]["status"] == "success"
    own = one["url"].removeprefix("https://")
    assert own == f"{one['short_id']}.site.pages.dev"
    for host in ("site.pages.dev", "www.example.com", own):
        assert get(host).text == "one"
    preview = uploader.deploy({"/index.html": b"preview"}, branch="feature/X")
    assert (preview["environment"], preview["aliases"]) == ("preview", ["https://feature-x.site.pages.dev"])  # fmt: skip
    assert get("feature-x.site.pages.dev").text == "preview"
    assert get(preview["url"].removeprefix("https://")).text == "preview"
    two = uploader.deploy({"/index.html": b"two"})
    assert get("site.pages.dev").text == "two"
    assert get("www.example.com").text == "two"
    assert get(own).text == "one"
    api.pages.projects.deployments.rollback(one["id"], account_id=account, project_name=PROJECT)
    assert get("site.pages.dev").text == "one"
    assert get(two["url"].removeprefix("https://")).text == "two"
    api.pages.projects.delete(PROJECT, account_id=account)
    assert get("site.pages.dev").status_code == 404


def test_headers_and_redirects_are_obeyed_and_not_served(uploader: Uploader, get: Get) -> None:
    uploader.deploy(
        {"/index.html": b"start", "/new.html": b"new", "/404.html": b"nothing here"},
        _headers=b"/*\n  X-From: pages\n",
        _redirects=b"/old /new 301\n",
    )
    assert get("site.pages.dev").headers["x-from"] == "pages"
    moved = get("site.pages.dev", "/old")
    assert (moved.status_code, moved.headers["location"]) == (301, "/new")
    for rules in ("/_headers", "/_redirects"):
        assert get("site.pages.dev", rules).text == "nothing here"


def test_the_project_shows_what_is_live_and_what_is_newest(
    http: httpx.Client, base: str, uploader: Uploader
) -> None:
    first = uploader.deploy({"/index.html": b"one"})
    preview = uploader.deploy({"/index.html": b"two"}, branch="b")
    project = http.get(base).json()["result"]
    assert project["canonical_deployment"]["id"] == first["id"]
    assert project["latest_deployment"]["id"] == preview["id"]
    rows = http.get(f"{base}/deployments").json()["result"]
    assert [row["id"] for row in rows] == [preview["id"], first["id"]]
    rows = http.get(f"{base}/deployments?env=production").json()["result"]
    assert [row["id"] for row in rows] == [first["id"]]
    page = http.get(f"{base}/deployments?per_page=1&page=2").json()
    assert [row["id"] for row in page["result"]] == [first["id"]]
    assert page["result_info"]["total_count"] == 2


def test_a_deployment_reads_back_as_it_was_made(
    api: Cloudflare, account: str, http: httpx.Client, uploader: Uploader
) -> None:
    uploader.upload(b"one")
    form = uploader.form({"/index.html": b"one"})
    form |= {"commit_hash": (None, "abc"), "commit_message": (None, "first"), "commit_dirty": (None, "true")}  # fmt: skip
    made = http.post(f"{uploader.base}/deployments", files=form).json()["result"]
    assert made["deployment_trigger"]["metadata"] == {
        "branch": "main",
        "commit_hash": "abc",
        "commit_message": "first",
        "commit_dirty": True,
    }
    assert http.get(f"{uploader.base}/deployments/{made['id']}").json()["result"] == made
    read = api.pages.projects.deployments.get(made["id"], account_id=account, project_name=PROJECT)
    assert read.short_id == made["id"][:8]
    logs = http.get(f"{uploader.base}/deployments/{made['id']}/history/logs").json()["result"]
    assert logs["total"] == len(logs["data"]) == 1


def test_what_is_live_or_shown_by_an_alias_is_not_deleted_by_mistake(
    http: httpx.Client, base: str, uploader: Uploader
) -> None:
    old = uploader.deploy({"/index.html": b"one"})["id"]
    live = uploader.deploy({"/index.html": b"two"})["id"]
    first = uploader.deploy({"/index.html": b"p1"}, branch="b")["id"]
    second = uploader.deploy({"/index.html": b"p2"}, branch="b")["id"]
    assert answered(http.delete(f"{base}/deployments/{live}")) == (400, [8000034])
    assert answered(http.delete(f"{base}/deployments/{live}?force=true")) == (400, [8000034])
    refused = http.delete(f"{base}/deployments/{second}")
    assert refused.status_code == 400
    assert "?force=true" in refused.json()["errors"][0]["message"]
    for path in (old, first, f"{second}?force=true"):
        assert answered(http.delete(f"{base}/deployments/{path}")) == (200, [])
    assert [row["id"] for row in http.get(f"{base}/deployments").json()["result"]] == [live]
    assert answered(http.get(f"{base}/deployments/{old}")) == (404, [8000009])


def test_a_newer_production_deployment_that_was_rolled_back_can_go(
    http: httpx.Client, base: str, uploader: Uploader
) -> None:
    old = uploader.deploy({"/index.html": b"one"})["id"]
    new = uploader.deploy({"/index.html": b"two"})["id"]
    assert answered(http.post(f"{base}/deployments/{old}/rollback")) == (200, [])
    assert answered(http.delete(f"{base}/deployments/{new}")) == (200, [])
    preview = uploader.deploy({"/index.html": b"p"}, branch="b")["id"]
    assert answered(http.post(f"{base}/deployments/{preview}/rollback")) == (400, [8000001])


def test_a_retry_deploys_the_same_files_again(
    http: httpx.Client, base: str, uploader: Uploader, edge: RecordingDataPlane
) -> None:
    first = uploader.deploy({"/index.html": b"one"})
    again = http.post(f"{base}/deployments/{first['id']}/retry").json()["result"]
    assert again["id"] != first["id"]
    old, new = edge.applied[-1].sites
    assert old.files == new.files
    assert "site.pages.dev" in new.hosts
    assert "site.pages.dev" not in old.hosts


def test_only_what_is_missing_has_to_be_uploaded(http: httpx.Client, uploader: Uploader) -> None:
    session = uploader.open()
    hashes = {"hashes": [hash_of(b"one"), hash_of(b"two")]}
    asked = http.post("/pages/assets/check-missing", json=hashes, headers=session)
    assert asked.json()["result"] == hashes["hashes"]
    uploader.upload(b"one")
    asked = http.post("/pages/assets/check-missing", json=hashes, headers=session)
    assert asked.json()["result"] == [hash_of(b"two")]
    done = http.post("/pages/assets/upsert-hashes", json=hashes, headers=session)
    assert answered(done) == (200, [])
    form = uploader.form({"/index.html": b"one", "/two.html": b"two"})
    missing = http.post(f"{uploader.base}/deployments", files=form)
    assert missing.status_code == 400
    assert "1 files" in missing.json()["errors"][0]["message"]
    assert http.get(f"{uploader.base}/deployments").json()["result"] == []


def test_assets_need_a_session_that_was_given_and_has_not_expired(
    http: httpx.Client, uploader: Uploader, store: Store
) -> None:
    good = uploader.open()["authorization"]
    forged = good.rsplit(".", 1)[0] + ".forged"
    calls: list[tuple[str, object]] = [
        ("check-missing", {"hashes": []}),
        ("upload", []),
        ("upsert-hashes", {"hashes": []}),
    ]
    for path, body in calls:
        for token in (forged, "Bearer x", http.headers["authorization"]):
            refused = http.post(f"/pages/assets/{path}", json=body, headers={"authorization": token})  # fmt: skip
            assert answered(refused) == (401, [8000013])
        accepted = http.post(f"/pages/assets/{path}", json=body, headers={"authorization": good})
        assert answered(accepted) == (200, [])
    for session in store.list(SESSION):
        store.update(session, {**session.body, "exp": 1})
    late = http.post("/pages/assets/upload", json=[], headers={"authorization": good})
    assert answered(late) == (401, [8000013])
    uploader.open()
    assert len(store.list(SESSION)) == 1


@pytest.mark.parametrize(
    "row",
    [
        "x",
        {"value": "eA=="},
        {"key": "", "value": "x"},
        {"key": "k"},
        {"key": "k", "value": 7},
        {"key": "k", "value": "no base64!", "base64": True},
        {"key": "k", "value": "x" * (25 * 2**20 + 1)},
    ],
)
def test_a_file_that_makes_no_sense_keeps_all_out(
    http: httpx.Client, uploader: Uploader, row: object
) -> None:
    session = uploader.open()
    sent = [{"key": "good", "value": "x"}, row]
    refused = http.post("/pages/assets/upload", json=sent, headers=session)
    assert answered(refused) == (400, [8000001])
    asked = http.post("/pages/assets/check-missing", json={"hashes": ["good"]}, headers=session)
    assert asked.json()["result"] == ["good"]


@pytest.mark.parametrize(
    "manifest",
    [
        "{no json",
        "[]",
        '{"/a": 7}',
        '{"a.html": "HASH"}',
        '{"/../a": "HASH"}',
        '{"/a/./b": "HASH"}',
        '{"//a": "HASH"}',
        '{"/a/": "HASH"}',
        '{"/a\\u0000": "HASH"}',
        '{"/a": "HASH", "/a/b": "HASH"}',
        '{"/%s": "HASH"}' % ("x" * 256),
    ],
)
def test_a_manifest_that_no_folder_could_hold_is_refused(
    http: httpx.Client, uploader: Uploader, edge: RecordingDataPlane, manifest: str
) -> None:
    uploader.upload(b"one")
    files: Any = {"manifest": (None, manifest.replace("HASH", hash_of(b"one")))}
    refused = http.post(f"{uploader.base}/deployments", files=files)
    assert answered(refused) == (400, [8000001])
    assert edge.applied[-1].sites == ()


def test_functions_are_refused_and_not_dropped_in_silence(
    http: httpx.Client, uploader: Uploader
) -> None:
    uploader.upload(b"one")
    for part in ("_worker__bundle", "_worker__js"):
        form = uploader.form({"/index.html": b"one"}, "main", **{part: b"export default {}"})
        refused = http.post(f"{uploader.base}/deployments", files=form)
        assert refused.status_code == 400
        assert "not served by the local cloud" in refused.json()["errors"][0]["message"]
    assert http.get(f"{uploader.base}/deployments").json()["result"] == []


def test_a_deployment_needs_a_project(http: httpx.Client, api: Cloudflare, account: str) -> None:
    nowhere = f"/accounts/{account}/pages/projects/nowhere"
    form: Any = {"manifest": (None, "{}")}
    assert answered(http.post(f"{nowhere}/deployments", files=form)) == (404, [8000007])
    assert answered(http.get(f"{nowhere}/upload-token")) == (404, [8000007])
    deployments = api.pages.projects.deployments
    assert refusal(lambda: list(deployments.list("nowhere", account_id=account))) == (404, [8000007])  # fmt: skip


def test_a_deployment_without_a_form_is_refused(http: httpx.Client, base: str) -> None:
    assert answered(http.post(f"{base}/deployments", json={}))[0] == 400
