"""What the daemon is asked through its control: faults, logs, tokens, status; and who may not ask."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cloudflare import (
    APIConnectionError,
    APITimeoutError,
    InternalServerError,
    PermissionDeniedError,
    RateLimitError,
)

from localcloud.daemon.client import DaemonClient
from tests.localcloud.daemon.clone import Clone, Worker, make_namespace, titles


@pytest.fixture
def control(shared: Clone) -> Iterator[httpx.Client]:
    with shared.control() as client:
        yield client
        client.delete("/faults")


@pytest.fixture
def account(shared: Clone) -> str:
    found: str = json.loads((shared.home / "daemon.json").read_text())["account"]
    return found


def add_fault(control: httpx.Client, **fault: Any) -> str:
    answer = control.post("/faults", json=fault)
    assert answer.status_code == 200, answer.text
    id: str = answer.json()["id"]
    return id


def test_429_with_retry_after(shared: Clone, control: httpx.Client, account: str) -> None:
    add_fault(control, effect="429", seconds=7, path="/accounts/*")
    with pytest.raises(RateLimitError) as refusal:
        shared.client().accounts.get(account_id=account)
    assert refusal.value.response.headers["retry-after"] == "7"
    assert refusal.value.errors[0].code == 971


def test_500(shared: Clone, control: httpx.Client, account: str) -> None:
    add_fault(control, effect="500")
    with pytest.raises(InternalServerError) as refusal:
        shared.client().accounts.get(account_id=account)
    assert refusal.value.status_code == 500


def test_a_cut_connection(shared: Clone, control: httpx.Client, account: str) -> None:
    add_fault(control, effect="cut")
    with pytest.raises(APIConnectionError) as refusal:
        shared.client().accounts.get(account_id=account)
    assert not isinstance(refusal.value, APITimeoutError)


def test_slow(shared: Clone, control: httpx.Client, account: str) -> None:
    add_fault(control, effect="slow", seconds=0.3)
    began = time.monotonic()
    assert shared.client().accounts.get(account_id=account) is not None
    assert time.monotonic() - began >= 0.3


def test_a_timeout(shared: Clone, control: httpx.Client, account: str) -> None:
    add_fault(control, effect="timeout")
    with pytest.raises(APITimeoutError):
        shared.client().with_options(timeout=0.3).accounts.get(account_id=account)


def test_a_fault_hits_its_path_and_method_only(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    add_fault(control, effect="500", path="*/storage/kv/*", method="POST")
    api = shared.client()
    assert titles(api, account) == []
    with pytest.raises(InternalServerError):
        make_namespace(api, account, "refused")
    assert titles(api, account) == []


def test_a_fault_at_a_rate_hits_about_that_share(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    add_fault(control, effect="500", rate=0.5)
    with shared.control() as plain:
        plain.base_url = httpx.URL(f"http://127.0.0.1:{shared.port}/client/v4")
        statuses = [plain.get(f"/accounts/{account}").status_code for _ in range(200)]
    # A fair coin leaves this range once in ten thousand million runs.
    assert 55 <= statuses.count(500) <= 145
    assert statuses.count(200) == 200 - statuses.count(500)


def test_an_answer_is_lost_after_the_change_was_made(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    add_fault(control, effect="cut", after=True, method="POST", path="*/namespaces")
    api = shared.client()
    with pytest.raises(APIConnectionError):
        make_namespace(api, account, "made all the same")
    (made,) = api.kv.namespaces.list(account_id=account)
    assert made.title == "made all the same"
    api.kv.namespaces.delete(made.id, account_id=account)


def test_a_cleared_fault_is_over(shared: Clone, control: httpx.Client, account: str) -> None:
    first = add_fault(control, effect="500")
    second = add_fault(control, effect="slow", seconds=0.01)
    assert control.delete("/faults", params={"id": first}).json() == {"cleared": 1}
    assert [fault["id"] for fault in control.get("/faults").json()] == [second]
    assert shared.client().accounts.get(account_id=account) is not None


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"effect": "explode"}, "effect 'explode' is unknown; use one of slow, 429"),
        ({"effect": "500", "rate": 0}, "rate 0 must be above 0 and at most 1"),
        ({"effect": "500", "rate": "often"}, "that is not a fault"),
        ({"effect": "500", "colour": "red"}, "that is not a fault"),
        ({}, "that is not a fault"),
        ({"effect": "slow"}, "slow takes how long? say it with --seconds"),
        (
            {"effect": "429", "after": True},
            "it goes with 500, cut, timeout, kv-errors, r2-errors, redis-errors, not with 429",
        ),
        (
            {"effect": "500", "version": "x"},
            "--version goes with version-errors, version-slow and objects-gone",
        ),
        ({"effect": "version-errors"}, "strikes one version: name it with --version"),
        ({"effect": "version-errors", "version": "x"}, "there is no version x; `pitchey local"),
        ({"effect": "kv-stale", "seconds": 1, "path": "/a"}, "--path and --method choose API"),
        ({"effect": "stale"}, "stale takes how long? say it with --seconds"),
        ({"effect": "stale", "seconds": 1, "after": True}, "not with stale"),
        ({"effect": "objects-gone"}, "strikes one Worker's objects: name it with --worker"),
        ({"effect": "objects-gone", "worker": "x"}, "there is no Worker x; `pitchey local status`"),
        ({"effect": "objects-gone", "version": "x"}, "there is no version x; `pitchey local"),
        ({"effect": "500", "worker": "x"}, "--worker goes with objects-gone only"),
        ({"effect": "deployments-converge", "seconds": 1, "rate": 0.5}, "it takes no --rate"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    control: httpx.Client, fault: dict[str, Any], told: str
) -> None:
    answer = control.post("/faults", json=fault)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert control.get("/faults").json() == []


def test_the_log_follows_what_happens(shared: Clone, account: str) -> None:
    marks = [f"/nonsense/{n}" for n in range(3)]
    seen: list[dict[str, Any]] = []
    begun = threading.Event()

    def follow() -> None:
        for line in DaemonClient(shared.cloud.home).lines("/requests", follow="1", count="1"):
            seen.append(line)
            begun.set()
            if line["path"].endswith(marks[-1]):
                return

    base = f"http://127.0.0.1:{shared.port}/client/v4"
    headers = {"authorization": f"Bearer {shared.token}"}
    httpx.get(f"{base}/accounts/{account}", headers=headers)
    reader = threading.Thread(target=follow)
    reader.start()
    assert begun.wait(10)
    for mark in marks:
        httpx.get(base + mark, headers=headers)
    reader.join(10)
    assert [line["path"] for line in seen] == [
        f"/client/v4/accounts/{account}",
        *(f"/client/v4{mark}" for mark in marks),
    ]
    assert [line["known"] for line in seen] == [True, False, False, False]
    assert seen[1]["codes"] == [7003, 7000]


def test_no_secret_reaches_a_log(shared: Clone, account: str) -> None:
    make = httpx.put(
        f"http://127.0.0.1:{shared.port}/client/v4/accounts/{account}/workers/scripts/x/secrets",
        headers={"authorization": f"Bearer {shared.token}"},
        json={"name": "KEY", "text": "a-secret-value-of-the-user", "type": "secret_text"},
    )
    assert make.status_code == 404
    for name in ("requests.jsonl", "daemon.log"):
        written = (shared.home / name).read_text()
        assert shared.token not in written
        assert "a-secret-value-of-the-user" not in written


def test_a_scoped_token_may_do_only_what_it_was_made_for(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    made = control.post("/tokens", json={"permissions": ["Workers Scripts Read"]}).json()
    url = f"http://127.0.0.1:{shared.port}/client/v4"
    headers = {"authorization": f"Bearer {made['token']}"}
    scripts = httpx.get(f"{url}/accounts/{account}/workers/scripts", headers=headers)
    assert scripts.status_code == 200
    namespaces = httpx.get(f"{url}/accounts/{account}/storage/kv/namespaces", headers=headers)
    assert namespaces.status_code == 403
    assert namespaces.json()["errors"] == [{"code": 10000, "message": "Authentication error"}]


def test_a_token_for_one_worker_reaches_no_other(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    workers = [Worker.make(shared, account, name) for name in ("shop", "till")]
    made = shared.pitchey_local(
        *("token", "create", "--permission", "Workers Scripts Write", "--worker", "shop")
    )
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    base = f"http://127.0.0.1:{shared.port}/client/v4/accounts/{account}"

    def refused(path: str) -> list[int]:
        answer = httpx.get(f"{base}/{path}", headers=headers)
        return [error["code"] for error in answer.json()["errors"]]

    for own in ("scripts/shop/deployments", "workers/shop", f"workers/{workers[0].id}/versions"):
        assert refused(f"workers/{own}") == []
    for other in (
        "workers/scripts/till/deployments",
        f"workers/workers/{workers[1].id}",
        "workers/services/till",
        "workers/scripts",
        "storage/kv/namespaces",
        "workers/scripts/nobody/deployments",
    ):
        assert refused(other) == [9109]
    version = workers[0].upload('export default { fetch() { return new Response("") } }')
    body = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
    for name, status in (("shop", 200), ("till", 403)):
        path = f"{base}/workers/scripts/{name}/deployments"
        assert httpx.post(path, headers=headers, json=body).status_code == status
    for worker in workers:
        worker.delete()


def test_a_mistyped_permission_is_named_with_its_neighbours(control: httpx.Client) -> None:
    answer = control.post("/tokens", json={"permissions": ["Workers Script Write"]})
    assert answer.status_code == 400
    assert "did you mean 'Workers Scripts Write'" in answer.json()["error"]
    assert control.post("/tokens", json={"permissions": []}).status_code == 400


def test_a_scoped_token_cannot_drive_the_daemon(shared: Clone, control: httpx.Client) -> None:
    made = control.post("/tokens", json={"permissions": ["*"]}).json()
    with shared.control(made["token"]) as other:
        assert other.get("/status").status_code == 401
        assert other.post("/stop").status_code == 401
    assert control.get("/status").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:4800"},
        {"host": "evil.example"},
        {"host": "rebound.example:4800"},
    ],
)
@pytest.mark.parametrize("path", ["/_local/status", "/client/v4/accounts"])
def test_a_web_page_cannot_drive_it(shared: Clone, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(
        f"http://127.0.0.1:{shared.port}{path}",
        headers={"authorization": f"Bearer {shared.token}", **headers},
    )
    assert answer.status_code == 403


def test_without_the_token_nothing_is_told(shared: Clone) -> None:
    answer = httpx.get(f"http://127.0.0.1:{shared.port}/_local/status")
    assert answer.status_code == 401
    assert shared.token not in answer.text


def test_status_tells_what_is_deployed_with_which_weights(
    shared: Clone, control: httpx.Client, account: str
) -> None:
    worker = Worker.make(shared, account, "shop")
    ids = [
        worker.upload('export default { fetch() { return new Response("") } }') for _ in range(2)
    ]
    shares = [(ids[0], 90), (ids[1], 10)]
    worker.deploy(dict(shares))
    status = control.get("/status").json()
    assert [d["worker"] for d in status["deployments"]] == ["shop"]
    versions = status["deployments"][0]["versions"]
    assert [(v["id"], v["percentage"]) for v in versions] == shares
    assert [v["number"] for v in versions] == [1, 2]
    assert status["state_bytes"] > 0
    assert status["processes"][0]["pid"] == status["pid"]
    assert len(status["processes"]) >= 3
    assert 0 < sum(p["memory_bytes"] for p in status["processes"]) < 400e6
    worker.delete()


def test_stop_ends_it(clone: Clone) -> None:
    clone.start()
    with clone.control() as control:
        assert control.post("/stop").json() == {"stopping": True}
    deadline = time.monotonic() + 10
    while clone.processes():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_follower_does_not_hold_up_the_stop(clone: Clone) -> None:
    clone.start()
    lines = DaemonClient(clone.cloud.home).lines("/requests", follow="1")
    clone.client().accounts.list()
    assert next(lines)["path"] == "/client/v4/accounts"
    began = time.monotonic()
    clone.cloud.stop()
    assert time.monotonic() - began < 2
    assert list(lines) == []


def test_an_unknown_control_path_is_refused(control: httpx.Client) -> None:
    assert control.get("/nonsense").status_code == 404


def test_reaching_another_account_is_refused(shared: Clone, control: httpx.Client) -> None:
    made = control.post("/tokens", json={"permissions": ["*"], "accounts": ["f" * 32]}).json()
    stranger = shared.client().with_options(api_token=made["token"])
    account = json.loads((shared.home / "daemon.json").read_text())["account"]
    with pytest.raises(PermissionDeniedError):
        stranger.accounts.get(account_id=account)
