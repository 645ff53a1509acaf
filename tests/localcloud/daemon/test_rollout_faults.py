"""What goes wrong around a rollout on purpose: lost answers, stale reads, no numbers, no objects."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cloudflare import APIConnectionError, APITimeoutError, InternalServerError

from tests.localcloud.daemon.clone import Clone, Worker

HELLO = "export default { fetch() { return new Response('%s') } }"
OWNER = """
import { DurableObject } from "cloudflare:workers";
export class Recorder extends DurableObject { who() { return "recorder"; } }
export default { fetch(request, env) { return new Response("owner"); } };
"""
ASKING = """
export default { async fetch(request, env) {
  try { return new Response(await env.RECORDER.get(env.RECORDER.idFromName("one")).who()); }
  catch (error) { return new Response("no recorder", { status: 202 }); }
} };
"""


@pytest.fixture
def control(shared: Clone) -> Iterator[httpx.Client]:
    with shared.control() as client:
        yield client
        client.delete("/faults")


@pytest.fixture
def account(control: httpx.Client) -> str:
    account: str = control.get("/status").json()["account"]
    return account


@pytest.fixture
def shop(shared: Clone, control: httpx.Client, account: str) -> Iterator[Worker]:
    made = Worker.make(shared, account, "shop")
    yield made
    control.delete("/faults")
    made.delete()


def fault(control: httpx.Client, **wanted: Any) -> None:
    answer = control.post("/faults", json=wanted)
    assert answer.status_code == 200, answer.text


def live(worker: Worker) -> list[str]:
    """Ids of the live versions, as the API tells them."""
    path = f"/accounts/{worker.account}/workers/scripts/{worker.name}/deployments"
    with worker.clone.control() as plain:
        plain.base_url = httpx.URL(f"http://127.0.0.1:{worker.clone.port}/client/v4")
        deployments = plain.get(path).json()["result"]["deployments"]
    return [v["version_id"] for v in deployments[0]["versions"]] if deployments else []


@pytest.mark.parametrize(
    ("effect", "seen"),
    [
        ("cut", APIConnectionError),
        ("500", InternalServerError),
        ("timeout", APITimeoutError),
    ],
)
def test_a_deployment_is_made_though_its_answer_is_lost(
    shared: Clone, control: httpx.Client, shop: Worker, effect: str, seen: type[Exception]
) -> None:
    old, new = shop.upload(HELLO % "old"), shop.upload(HELLO % "new")
    shop.deploy({old: 100})
    fault(control, effect=effect, after=True, method="POST", path="*/deployments")
    api = shared.client().with_options(timeout=1)
    with pytest.raises(seen):
        api.workers.scripts.deployments.create(
            "shop",
            account_id=shop.account,
            strategy="percentage",
            versions=[{"version_id": new, "percentage": 100}],
        )
    assert live(shop) == [new]
    assert shop.get().text == "new"


def test_reads_of_deployments_are_as_old_as_a_rehearsal_wants(
    control: httpx.Client, shop: Worker
) -> None:
    old, new = shop.upload(HELLO % "old"), shop.upload(HELLO % "new")
    shop.deploy({old: 100})
    time.sleep(0.6)
    shop.deploy({new: 100})
    fault(control, effect="stale", seconds=0.5)
    assert live(shop) == [old]
    # What serves is not concerned.
    assert shop.get().text == "new"
    time.sleep(0.5)
    assert live(shop) == [new]
    control.delete("/faults")
    fault(control, effect="stale", seconds=3600)
    assert live(shop) == []
    control.delete("/faults")
    fault(control, effect="stale", seconds=3600, rate=0.5)
    seen = [live(shop) for _ in range(30)]
    assert [] in seen
    assert [new] in seen


def test_analytics_can_be_off_while_all_else_goes_on(
    shared: Clone, control: httpx.Client, shop: Worker
) -> None:
    fault(control, effect="500", path="/graphql")
    with shared.control() as plain:
        plain.base_url = httpx.URL(f"http://127.0.0.1:{shared.port}/client/v4")
        assert plain.post("/graphql", json={"query": "{ viewer { budget } }"}).status_code == 500
        path = f"/accounts/{shop.account}/workers/scripts/shop/deployments"
        assert plain.get(path).status_code == 200


def test_objects_of_another_worker_are_gone_and_back(
    shared: Clone, control: httpx.Client, account: str, shop: Worker
) -> None:
    owner = Worker.make(shared, account, "rollouts")
    recorder = {"Recorder": {"type": "durable-object", "storage": "sqlite"}}
    owner.deploy({owner.upload(OWNER, exports=recorder): 100})
    binding = {
        "type": "durable_object_namespace",
        "name": "RECORDER",
        "class_name": "Recorder",
        "script_name": "rollouts",
    }
    shop.deploy({shop.upload(ASKING, [binding]): 100})
    assert shop.get().text == "recorder"
    done = shared.pitchey_local("faults", "add", "objects-gone", "--worker", "rollouts")
    assert done.returncode == 0, done.stderr
    assert shop.get().text == "no recorder"
    # A version that is told apart from the one that serves fails alone.
    control.delete("/faults")
    other = shop.upload(ASKING, [binding])
    fault(control, effect="objects-gone", worker="rollouts", version=other)
    assert shop.get().text == "recorder"
    shop.deploy({other: 100})
    assert shop.get().text == "no recorder"
    assert f"rollouts from {other}" in shared.pitchey_local("faults", "list").stdout
    # The Worker itself goes on.
    assert owner.get().text == "owner"
    assert "rollouts" in shared.pitchey_local("faults", "list").stdout
    control.delete("/faults")
    assert shop.get().text == "recorder"
    # A new version of the owner, and the owner's end.
    owner.deploy({owner.upload(OWNER.replace('"recorder"', '"second"'), exports=recorder): 100})
    assert shop.get().text == "second"
    shared.client().workers.scripts.delete("rollouts", account_id=account, force=True)
    assert shop.get().text == "no recorder"
