"""Workers, versions and deployments through the official SDK."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from cloudflare import APIStatusError, BadRequestError, Cloudflare, NotFoundError

from localcloud.api.cloud import RecordingDataPlane
from localcloud.edge.model import StartResult
from tests.localcloud.conftest import ServedCloud

CODE = b"export default { fetch() { return new Response('hello') } }"


def module(content: bytes = CODE, name: str = "index.js") -> dict[str, Any]:
    return {
        "name": name,
        "content_type": "application/javascript+module",
        "content_base64": base64.b64encode(content).decode(),
    }


def make_version(api: Cloudflare, account: str, worker: str, **fields: Any) -> Any:
    body: dict[str, Any] = {
        "main_module": "index.js",
        "modules": [module()],
        "compatibility_date": "2026-01-01",
        **fields,
    }
    return api.workers.beta.workers.versions.create(worker, account_id=account, **body)


def make_worker(api: Cloudflare, account: str, name: str = "shop") -> str:
    return api.workers.beta.workers.create(account_id=account, name=name).id


def codes(refusal: pytest.ExceptionInfo[APIStatusError]) -> list[int]:
    return [error.code for error in refusal.value.errors if error.code is not None]


def test_a_worker_is_found_by_id_and_by_name(api: Cloudflare, account: str) -> None:
    id = make_worker(api, account)
    workers = api.workers.beta.workers
    assert workers.get("shop", account_id=account).id == id
    assert workers.get(id, account_id=account).name == "shop"
    assert [w.id for w in workers.list(account_id=account)] == [id]
    assert workers.get(id, account_id=account) == workers.get(id, account_id=account)


def test_names_are_checked_and_unique(http: httpx.Client, account: str) -> None:
    path = f"/accounts/{account}/workers/workers"
    assert http.post(path, json={"name": "Shop!"}).json()["errors"][0]["code"] == 10016
    assert http.post(path, json={"name": "shop"}).status_code == 200
    assert http.post(path, json={"name": "shop"}).status_code == 409


def test_a_missing_worker_is_a_404(api: Cloudflare, account: str) -> None:
    with pytest.raises(NotFoundError) as refusal:
        api.workers.beta.workers.get("nobody", account_id=account)
    assert codes(refusal) == [10007]


def test_a_version_is_read_as_it_was_made(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account)
    made = make_version(
        api,
        account,
        worker,
        bindings=[
            {"type": "secret_text", "name": "TOKEN", "text": "hush"},
            {"type": "plain_text", "name": "MODE", "text": "loud"},
        ],
        annotations={"workers_message": "first", "workers_tag": "abc"},
    )
    versions = api.workers.beta.workers.versions
    read = versions.get(made.id, account_id=account, worker_id=worker, include="modules")
    assert read.number == 1
    assert read.annotations is not None
    assert read.annotations.workers_message == "first"
    assert read.modules is not None
    assert base64.b64decode(str(read.modules[0].content_base64)) == CODE
    assert made.modules is None
    assert [b.name for b in read.bindings or []] == ["MODE", "TOKEN"]
    assert "hush" not in read.to_json()
    again = versions.get(made.id, account_id=account, worker_id=worker, include="modules")
    assert again == read


def test_an_upload_moves_no_traffic_and_deploy_true_does(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    make_version(api, account, worker)
    assert not edge.applied or edge.applied[-1].deployments == ()
    second = make_version(api, account, worker, deploy=True)
    live = edge.applied[-1].deployments
    assert [(s.version.id, s.percentage) for s in live[0].shares] == [(second.id, 100)]


def deploy(api: Cloudflare, account: str, *shares: tuple[str, float], **extra: Any) -> Any:
    return api.workers.scripts.deployments.create(
        "shop",
        account_id=account,
        strategy="percentage",
        versions=[{"version_id": id, "percentage": p} for id, p in shares],
        **extra,
    )


def test_a_split_reaches_the_edge_in_the_order_given(
    api: Cloudflare, account: str, edge: RecordingDataPlane, http: httpx.Client
) -> None:
    worker = make_worker(api, account)
    old, new = (make_version(api, account, worker).id for _ in range(2))
    deploy(api, account, (old, 100))
    made = deploy(api, account, (old, 66.67), (new, 33.33))
    (live,) = edge.applied[-1].deployments
    assert [(s.version.id, s.percentage) for s in live.shares] == [(old, 66.67), (new, 33.33)]
    answer = http.get(f"/accounts/{account}/workers/scripts/shop/deployments").json()
    listed = answer["result"]["deployments"]
    assert [d["versions"][0]["percentage"] for d in listed] == [66.67, 100]
    assert listed[0]["id"] == made.id
    read = api.workers.scripts.deployments.get(made.id, account_id=account, script_name="shop")
    assert [v.version_id for v in read.versions] == [old, new]


@pytest.mark.parametrize(
    "percentages", [(50, 49), (50, 50.01), (101, -1), (100, 0.01), (33.33, 33.33)]
)
def test_shares_must_add_up_to_exactly_100(
    api: Cloudflare, account: str, percentages: tuple[float, float]
) -> None:
    worker = make_worker(api, account)
    ids = [make_version(api, account, worker).id for _ in range(2)]
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, *zip(ids, percentages, strict=True))
    assert codes(refusal) == [10210]


@pytest.mark.parametrize(("old", "new"), [(99.99, 0.01), (0, 100), (70.1, 29.9), (33.33, 66.67)])
def test_shares_of_a_hundredth_are_fine(
    api: Cloudflare, account: str, old: float, new: float
) -> None:
    worker = make_worker(api, account)
    ids = [make_version(api, account, worker).id for _ in range(2)]
    made = deploy(api, account, (ids[0], old), (ids[1], new))
    assert [v.percentage for v in made.versions] == [old, new]


def test_a_deployment_names_known_versions_once_and_at_most_two(
    api: Cloudflare, account: str
) -> None:
    worker = make_worker(api, account)
    ids = [make_version(api, account, worker).id for _ in range(3)]
    unknown = "11111111-2222-4333-8444-555555555555"
    for shares in (
        [(ids[0], 50.0), (ids[0], 50.0)],
        [(unknown, 100.0)],
        [(ids[0], 40.0), (ids[1], 30.0), (ids[2], 30.0)],
        [],
    ):
        with pytest.raises(BadRequestError) as refusal:
            deploy(api, account, *shares)
        assert codes(refusal) == [10210]


def test_only_the_last_hundred_versions_can_be_deployed(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account)
    ids = [make_version(api, account, worker).id for _ in range(101)]
    deploy(api, account, (ids[1], 100))
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, (ids[0], 100))
    assert codes(refusal) == [10210]
    listed = list(api.workers.beta.workers.versions.list(worker, account_id=account))
    assert [v.number for v in listed] == list(range(101, 0, -1))


def test_going_back_across_a_changed_secret_needs_force(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account)
    first, second = (
        make_version(
            api,
            account,
            worker,
            bindings=[{"type": "secret_text", "name": "KEY", "text": text}],
        ).id
        for text in ("one", "two")
    )
    deploy(api, account, (first, 100))
    deploy(api, account, (first, 90), (second, 10))
    deploy(api, account, (first, 100))
    deploy(api, account, (second, 100))
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, (first, 100))
    assert codes(refusal) == [10220]
    assert refusal.value.errors[0].message is not None
    assert refusal.value.errors[0].message.endswith("The following secrets have changed: KEY")
    assert deploy(api, account, (first, 100), force=True).versions[0].version_id == first


def test_a_version_that_does_not_start_is_refused_with_the_runtimes_words(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    edge.result = StartResult(error="Uncaught ReferenceError: nope is not defined")
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker)
    assert codes(refusal) == [10021]
    assert "nope is not defined" in str(refusal.value.errors[0].message)
    edge.result = StartResult()
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker)
    assert codes(refusal) == [10068]
    assert list(api.workers.beta.workers.versions.list(worker, account_id=account)) == []


@pytest.mark.parametrize(
    ("binding", "code"),
    [
        ({"type": "kv_namespace", "name": "KV", "namespace_id": "zz"}, 10042),
        ({"type": "kv_namespace", "name": "KV", "namespace_id": "a" * 32}, 10041),
        ({"type": "r2_bucket", "name": "R2", "bucket_name": "none"}, 10085),
        ({"type": "hyperdrive", "name": "DB", "id": "a" * 32}, 10157),
        ({"type": "service", "name": "S", "service": "none"}, 10143),
        ({"type": "durable_object_namespace", "name": "DO", "class_name": "None"}, 10061),
        ({"type": "plain_text", "name": "", "text": "x"}, 10052),
        ({"type": "plain_text", "name": "BIG", "text": "x" * 5121}, 10054),
    ],
)
def test_a_binding_must_point_at_something(
    api: Cloudflare, account: str, binding: dict[str, Any], code: int
) -> None:
    worker = make_worker(api, account)
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker, bindings=[binding])
    assert codes(refusal) == [code]


def test_code_and_dates_are_checked(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account)
    mistakes: tuple[dict[str, Any], ...] = (
        {"compatibility_date": "2999-01-01"},
        {"compatibility_date": "soon"},
        {"main_module": "other.js"},
        {"modules": []},
    )
    for fields in mistakes:
        with pytest.raises(BadRequestError) as refusal:
            make_version(api, account, worker, **fields)
        assert codes(refusal) == [10021]


def test_a_worker_that_others_bind_to_is_not_deleted(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account, "shop")
    other = make_worker(api, account, "till")
    make_version(
        api, account, other, bindings=[{"type": "service", "name": "SHOP", "service": "shop"}]
    )
    with pytest.raises(BadRequestError) as refusal:
        api.workers.beta.workers.delete(worker, account_id=account)
    assert codes(refusal) == [10142]
    api.workers.beta.workers.delete(other, account_id=account)
    api.workers.beta.workers.delete(worker, account_id=account)
    assert list(api.workers.beta.workers.list(account_id=account)) == []


def test_a_live_version_is_not_deleted(api: Cloudflare, account: str) -> None:
    worker = make_worker(api, account)
    first = make_version(api, account, worker, deploy=True).id
    second = make_version(api, account, worker).id
    versions = api.workers.beta.workers.versions
    versions.delete(second, account_id=account, worker_id=worker)
    with pytest.raises(BadRequestError):
        versions.delete(first, account_id=account, worker_id=worker)
    with pytest.raises(NotFoundError) as refusal:
        versions.get(second, account_id=account, worker_id=worker)
    assert codes(refusal) == [10071]


def test_a_token_without_the_permission_uploads_nothing(
    served: ServedCloud, api: Cloudflare, account: str
) -> None:
    worker = make_worker(api, account)
    reader = served.client(served.token_with("Workers Scripts Read"))
    assert reader.workers.beta.workers.get(worker, account_id=account).id == worker
    with pytest.raises(APIStatusError) as refusal:
        make_version(reader, account, worker)
    assert refusal.value.status_code == 403
    assert codes(refusal) == [10000]


@pytest.mark.parametrize(
    "body",
    [
        {"modules": "code"},
        {"modules": ["code"]},
        {"modules": [{"name": "a.js", "content_base64": "%%%"}]},
        {"bindings": {"A": 1}},
        {"bindings": ["A"]},
        {"exports": ["A"]},
        {"exports": {"A": "B"}},
        {"migrations": "v1"},
        {"compatibility_flags": "one"},
        {"annotations": []},
        {"annotations": {"workers/tag": "x" * 101}},
    ],
)
def test_a_mistyped_upload_is_a_400_and_never_a_500(
    http: httpx.Client, api: Cloudflare, account: str, body: dict[str, Any]
) -> None:
    worker = make_worker(api, account)
    whole: dict[str, Any] = {"main_module": "index.js", "modules": [module()]}
    sent = whole | body
    answer = http.post(f"/accounts/{account}/workers/workers/{worker}/versions", json=sent)
    assert answer.status_code == 400, answer.text
    assert answer.json()["success"] is False


def test_a_merge_patch_of_secrets_makes_a_version_without_traffic(
    http: httpx.Client, api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    path = f"/accounts/{account}/workers/workers/shop/versions/latest"
    sent = {"env": {"KEY": {"type": "secret_text", "text": "hush-hush"}}}
    none = http.patch(path, json=sent)
    assert (none.status_code, none.json()["errors"][0]["code"]) == (404, 10222)
    first = make_version(api, account, worker, deploy=True)
    made = http.patch(path, json=sent)
    assert made.status_code == 200
    assert made.json()["result"]["number"] == 2
    assert "hush-hush" not in made.text
    (share,) = edge.applied[-1].deployments[0].shares
    assert share.version.id == first.id
    http.patch(path, json={"env": {"KEY": None}})
    listed = list(api.workers.beta.workers.versions.list(worker, account_id=account))
    assert [len(v.bindings or []) for v in listed] == [0, 1, 0]


def test_bindings_to_what_exists_reach_the_edge(
    served: ServedCloud, api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    for kind, id, name in (
        ("kv_namespace", "a" * 32, "cache"),
        ("r2_bucket", "uploads", "uploads"),
        ("hyperdrive_config", "b" * 32, "database"),
    ):
        served.store.insert(kind, account, id, {}, name)
    bindings = [
        {"type": "hyperdrive", "name": "DB", "id": "b" * 32},
        {"type": "kv_namespace", "name": "KV", "namespace_id": "a" * 32},
        {"type": "r2_bucket", "name": "R2", "bucket_name": "uploads"},
    ]
    first = make_version(api, account, worker, bindings=bindings, deploy=True)
    (share,) = edge.applied[-1].deployments[0].shares
    assert [dict(b.settings) for b in share.version.bindings] == bindings
    make_version(api, account, worker, deploy=True)
    gone = served.store.get("kv_namespace", account, "a" * 32)
    assert gone is not None
    served.store.delete(gone)
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, (first.id, 100))
    assert codes(refusal) == [10041]
