"""What a version binds to must be there whenever it is deployed: data is not rolled back with the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.cloud import RecordingDataPlane
from tests.localcloud.hyperdrive.conftest import ORIGIN
from tests.localcloud.refusals import refusal
from tests.localcloud.workers.test_versions import deploy, make_version, make_worker

Binding = dict[str, Any]
Delete = Callable[[], object]


def kv(http: httpx.Client, account: str) -> tuple[Binding, Delete]:
    path = f"/accounts/{account}/storage/kv/namespaces"
    id = http.post(path, json={"title": "cache"}).json()["result"]["id"]
    bound = {"type": "kv_namespace", "name": "B", "namespace_id": id}
    return bound, lambda: http.delete(f"{path}/{id}")


def r2(http: httpx.Client, account: str) -> tuple[Binding, Delete]:
    path = f"/accounts/{account}/r2/buckets"
    http.post(path, json={"name": "uploads"})
    bound = {"type": "r2_bucket", "name": "B", "bucket_name": "uploads"}
    return bound, lambda: http.delete(f"{path}/uploads")


def hyperdrive(http: httpx.Client, account: str) -> tuple[Binding, Delete]:
    path = f"/accounts/{account}/hyperdrive/configs"
    id = http.post(path, json={"name": "neon", "origin": ORIGIN}).json()["result"]["id"]
    return {"type": "hyperdrive", "name": "B", "id": id}, lambda: http.delete(f"{path}/{id}")


@pytest.mark.parametrize(("make", "code"), [(kv, 10041), (r2, 10085), (hyperdrive, 10157)])
def test_going_back_to_what_is_gone_is_refused(
    api: Cloudflare,
    account: str,
    http: httpx.Client,
    edge: RecordingDataPlane,
    make: Callable[[httpx.Client, str], tuple[Binding, Delete]],
    code: int,
) -> None:
    worker = make_worker(api, account)
    binding, delete = make(http, account)
    old = make_version(api, account, worker, bindings=[binding], deploy=True)
    new = make_version(api, account, worker, deploy=True)
    deploy(api, account, (old.id, 100))
    deploy(api, account, (new.id, 100))
    delete()
    assert refusal(lambda: deploy(api, account, (old.id, 100))) == (400, [code])
    assert refusal(lambda: make_version(api, account, worker, bindings=[binding])) == (400, [code])
    (live,) = edge.applied[-1].deployments
    assert [share.version.id for share in live.shares] == [new.id]


def test_a_bucket_is_bound_in_its_jurisdiction(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    worker = make_worker(api, account)
    path = f"/accounts/{account}/r2/buckets"
    http.post(path, json={"name": "uploads"}, headers={"cf-r2-jurisdiction": "eu"})
    bound = {"type": "r2_bucket", "name": "B", "bucket_name": "uploads"}
    assert refusal(lambda: make_version(api, account, worker, bindings=[bound])) == (400, [10085])
    make_version(api, account, worker, bindings=[{**bound, "jurisdiction": "eu"}])


_SIMPLE: Binding = {"limit": 5, "period": 60}


@pytest.mark.parametrize(
    ("binding", "accepted"),
    [
        ({"type": "ratelimit", "namespace_id": "7", "simple": _SIMPLE}, True),
        ({"type": "ratelimit", "namespace_id": "seven", "simple": _SIMPLE}, False),
        ({"type": "ratelimit", "namespace_id": "7"}, False),
        ({"type": "ratelimit", "namespace_id": "7", "simple": {**_SIMPLE, "period": 30}}, False),
        ({"type": "ratelimit", "namespace_id": "7", "simple": {**_SIMPLE, "limit": 0}}, False),
        ({"type": "analytics_engine", "dataset": "visits"}, True),
        ({"type": "analytics_engine"}, True),
        ({"type": "analytics_engine", "dataset": "my visits"}, False),
    ],
)
def test_what_could_not_be_counted_by_is_refused(
    api: Cloudflare, account: str, binding: Binding, accepted: bool
) -> None:
    worker = make_worker(api, account)

    def bind() -> object:
        return make_version(api, account, worker, bindings=[{"name": "B", **binding}])

    if accepted:
        assert bind()
    else:
        assert refusal(bind) == (400, [10021])
