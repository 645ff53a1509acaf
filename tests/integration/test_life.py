"""The whole life of a stack on the real engine, real workerd and real HTTP, told in order: each test goes on from the last."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.checkout import Checkout, deployments, live_split

WORKER = "pitchey-api-staging"
HOST = f"{WORKER}.pitchey.workers.dev"
CODE = "worker/src/index.ts"


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> dict[str, Any]:
    """Outputs of the very first `up`."""
    return checkout.up()


def serving(checkout: Checkout, key: str | None = None) -> str:
    """Id of the version that answers."""
    headers = {"cloudflare-workers-version-key": key} if key else None
    version: str = checkout.get(HOST, "/version", headers).json()["id"]
    return version


def change_the_worker(checkout: Checkout, mark: str) -> None:
    path = checkout.folder / CODE
    path.write_text(path.read_text() + f"\nObject.assign(globalThis, {{ mark: {mark!r} }});\n")


def test_the_first_up_gives_its_version_all_the_traffic(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    assert first["workerName"] == WORKER
    assert first["uploadedVersionId"] == first["stableVersionId"]
    assert first["candidateVersionId"] is None
    assert live_split(checkout, WORKER) == [(first["stableVersionId"], 100)]
    assert serving(checkout) == first["stableVersionId"]


def test_every_binding_is_used_and_works(checkout: Checkout, first: dict[str, Any]) -> None:
    answer = checkout.get(HOST, "/health")
    assert answer.status_code == 200, answer.text
    told = answer.json()["bindings"]
    for binding in ("CACHE", "SESSIONS", "FLAGS", "COUNTER", "UPLOADS", "DATABASE"):
        assert told[binding]["status"] == "ok"
    names = {binding["name"] for binding in first["bindings"]}
    assert {"CACHE", "SESSIONS", "FLAGS", "COUNTER", "UPLOADS", "DATABASE", "VERSION"} <= names


def test_secrets_are_in_no_output_and_in_no_clear_state(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    secrets = json.loads((checkout.home / "secrets.json").read_text())
    values = [v for v in _texts(secrets) if len(v) >= 16]
    assert values
    state = "".join(p.read_text() for p in (checkout.home / "engine-state").rglob("*.json*"))
    seen = json.dumps(first) + state + checkout.done("status", "staging")
    for value in values:
        assert value not in seen
    jwt = [r for r in _resources(checkout) if r["type"].startswith("random:")]
    assert jwt
    assert "ciphertext" in json.dumps(jwt)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]  # pyright: ignore[reportUnknownVariableType]
    return [value] if isinstance(value, str) else []


def _resources(checkout: Checkout) -> list[dict[str, Any]]:
    exported = json.loads(checkout.done("pulumi", "staging", "stack", "export"))
    found: list[dict[str, Any]] = exported["deployment"]["resources"]
    return found


def test_an_up_without_a_change_changes_nothing(checkout: Checkout, first: dict[str, Any]) -> None:
    checkout.done("pulumi", "staging", "preview", "--expect-no-changes")
    before = deployments(checkout, WORKER)
    assert checkout.up() == first
    assert deployments(checkout, WORKER) == before


def test_the_table_names_what_opens_and_its_curl_works(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    shown = checkout.done("status", "staging")
    assert f"http://{HOST}.localhost:{checkout.port + 1}" in shown
    assert first["stableVersionId"] in shown
    assert "100 %" in shown
    (curl,) = [line.strip() for line in shown.splitlines() if line.strip().startswith("curl ")]
    import subprocess

    words = curl.split()
    got = subprocess.run(
        [words[0], "-sS", "--fail", *words[1:]],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert got.returncode == 0, got.stderr
    assert "CACHE" in got.stdout


def test_new_code_is_uploaded_without_traffic_and_says_so(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    change_the_worker(checkout, "second")
    result = checkout.pitchey("up", "staging", "--json")
    assert result.returncode == 0, result.stderr
    outputs = json.loads(result.stdout)["outputs"]
    assert outputs["uploadedVersionId"] != first["stableVersionId"]
    assert outputs["stableVersionId"] == first["stableVersionId"]
    assert live_split(checkout, WORKER) == [(first["stableVersionId"], 100)]
    assert serving(checkout) == first["stableVersionId"]
    assert "without traffic" in result.stderr
    assert outputs["uploadedVersionId"] in result.stderr


def test_a_split_is_handed_to_one_run_and_the_edge_obeys_it(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    checkout.done("split", "staging", "stable=50", "uploaded=50")
    second = checkout.outputs()["candidateVersionId"]
    assert live_split(checkout, WORKER) == [(first["stableVersionId"], 50), (second, 50)]
    seen = {serving(checkout) for _ in range(40)}
    assert seen == {first["stableVersionId"], second}
    assert len({serving(checkout, "user-1") for _ in range(10)}) == 1


def test_who_comes_for_the_first_time_stays_where_the_first_answer_came_from(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    """By the zone, as a browser does: without a cookie, then with the one that it was given."""
    host = first["urls"]["api"].removeprefix("https://")
    answers = [checkout.get(host, "/version", secure=True) for _ in range(30)]
    cookies = [answer.headers["set-cookie"].partition(";")[0] for answer in answers]
    assert len(set(cookies)) == len(cookies)
    served = [answer.json()["id"] for answer in answers]
    assert len(set(served)) == 2
    for _ in range(2):
        again = [checkout.get(host, "/version", {"cookie": c}, secure=True) for c in cookies]
        assert [answer.json()["id"] for answer in again] == served
        assert not any("set-cookie" in answer.headers for answer in again)


def test_a_split_applies_nothing_but_the_deployment(checkout: Checkout) -> None:
    before = checkout.outputs()
    source = (checkout.folder / CODE).read_text()
    change_the_worker(checkout, "not yet")
    checkout.done("split", "staging", "stable=60", "uploaded=40")
    (checkout.folder / CODE).write_text(source)
    after = checkout.outputs()
    assert after["uploadedVersionId"] == before["uploadedVersionId"]
    assert [share["percentage"] for share in after["split"]] == [60, 40]
    checkout.done("split", "staging", "stable=50", "uploaded=50")
    checkout.done("pulumi", "staging", "preview", "--expect-no-changes")


def test_an_up_from_an_old_checkout_in_the_middle_of_a_split_moves_no_traffic(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    before = deployments(checkout, WORKER)
    source = (checkout.folder / CODE).read_text()
    (checkout.folder / CODE).write_text(source.rsplit("\nObject.assign", 1)[0])
    outputs = checkout.up()
    (checkout.folder / CODE).write_text(source)
    assert deployments(checkout, WORKER) == before
    assert outputs["split"][0] == {"versionId": first["stableVersionId"], "percentage": 50}
    assert checkout.up()["uploadedVersionId"]
    assert deployments(checkout, WORKER) == before


def test_weights_that_the_api_moved_stay_as_they_are(checkout: Checkout) -> None:
    (stable, _), (candidate, _) = live_split(checkout, WORKER)
    body = {
        "strategy": "percentage",
        "versions": [
            {"version_id": stable, "percentage": 5},
            {"version_id": candidate, "percentage": 95},
        ],
    }
    path = f"/accounts/{checkout.account()}/workers/scripts/{WORKER}/deployments"
    with checkout.api() as api:
        assert api.post(path, json=body).status_code == 200
    moved = deployments(checkout, WORKER)
    outputs = checkout.up()
    assert deployments(checkout, WORKER) == moved
    assert [share["percentage"] for share in outputs["split"]] == [5, 95]


def test_a_refresh_sees_drift_and_an_up_mends_it(checkout: Checkout) -> None:
    namespace = checkout.outputs()["namespaceIds"]["cache"]
    path = f"/accounts/{checkout.account()}/storage/kv/namespaces/{namespace}"
    with checkout.api() as api:
        title = api.get(path).json()["result"]["title"]
        assert api.put(path, json={"title": "renamed-by-hand"}).status_code == 200
        shown = checkout.done("pulumi", "staging", "refresh", "--yes", "--skip-preview")
        assert "1 updated" in shown
        checkout.up()
        assert api.get(path).json()["result"]["title"] == title


def test_what_is_lost_from_the_state_is_imported_and_is_as_it_was(checkout: Checkout) -> None:
    (lost,) = [
        r for r in _resources(checkout)
        if r["type"] == "cloudflare:index/dnsRecord:DnsRecord" and "_dmarc" in r["outputs"]["name"]
    ]  # fmt: skip
    checkout.done("pulumi", "staging", "state", "delete", lost["urn"], "--yes")
    name = lost["urn"].rsplit("::", 1)[-1]
    checkout.done(
        "pulumi", "staging", "import", lost["type"], name, f"{lost['inputs']['zoneId']}/{lost['id']}",
        "--parent", f"records={lost['parent']}", "--yes", "--skip-preview", "--generate-code=false",
        "--protect=false",
    )  # fmt: skip
    (found,) = [r for r in _resources(checkout) if r.get("id") == lost["id"]]
    assert found["urn"] == lost["urn"]
    checkout.done("pulumi", "staging", "preview", "--expect-no-changes")


def test_destroy_refuses_what_holds_data(checkout: Checkout) -> None:
    refused = checkout.pitchey("pulumi", "staging", "destroy", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "protect" in refused.stdout + refused.stderr
    assert serving(checkout)


def test_down_stops_all_and_up_goes_on_from_there(checkout: Checkout) -> None:
    before = checkout.outputs()
    checkout.done("down")
    assert checkout.processes() == []
    assert "nothing was running" in checkout.pitchey("down").stderr
    assert checkout.up()["split"] == before["split"]
    assert serving(checkout) in {share["versionId"] for share in before["split"]}
