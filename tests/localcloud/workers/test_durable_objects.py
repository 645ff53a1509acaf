"""Durable Object classes: declared by `exports` or moved by `migrations`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import APIStatusError, BadRequestError, Cloudflare

from localcloud.api.cloud import RecordingDataPlane
from localcloud.edge.model import StartResult
from tests.localcloud.workers.test_scripts import codes
from tests.localcloud.workers.test_versions import deploy, make_version, make_worker

LIVE = {"type": "durable-object", "storage": "sqlite"}


def exporting(edge: RecordingDataPlane, *classes: str) -> None:
    edge.result = StartResult(("fetch",), dict.fromkeys(classes, ("fetch",)))


def namespaces(api: Cloudflare, account: str) -> dict[str, str]:
    return {
        str(n.class_): str(n.id) for n in api.durable_objects.namespaces.list(account_id=account)
    }


def binding(name: str) -> dict[str, str]:
    return {"type": "durable_object_namespace", "name": name.upper(), "class_name": name}


def test_a_declared_class_is_provisioned_with_the_deployment_and_kept(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "Counter")
    fields: dict[str, Any] = {"exports": {"Counter": LIVE}, "bindings": [binding("Counter")]}
    first = make_version(api, account, worker, **fields)
    assert namespaces(api, account) == {}
    deploy(api, account, (first.id, 100))
    (id,) = namespaces(api, account).values()
    second = make_version(api, account, worker, **fields)
    deploy(api, account, (first.id, 90), (second.id, 10))
    assert namespaces(api, account) == {"Counter": id}
    (live,) = edge.applied[-1].deployments
    assert [(o.id, o.class_name, o.use_sqlite) for o in live.objects] == [(id, "Counter", True)]
    for share in live.shares:
        assert share.version.bindings[0].settings["namespace_id"] == id


def test_a_class_change_is_never_split(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    old = make_version(api, account, worker)
    deploy(api, account, (old.id, 100))
    exporting(edge, "Counter")
    new = make_version(api, account, worker, exports={"Counter": LIVE})
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, (old.id, 90), (new.id, 10))
    assert codes(refusal) == [10211]
    assert namespaces(api, account) == {}


def test_renamed_and_deleted_classes(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "Old")
    make_version(api, account, worker, exports={"Old": LIVE}, deploy=True)
    (id,) = namespaces(api, account).values()
    exporting(edge, "New")
    renamed = {"type": "durable-object", "state": "renamed", "renamed_to": "New"}
    made = make_version(api, account, worker, exports={"New": LIVE, "Old": renamed}, deploy=True)
    assert namespaces(api, account) == {"New": id}
    assert made.exports_reconciliation.renamed[0].to == "New"
    read = api.workers.beta.workers.versions.get(made.id, account_id=account, worker_id=worker)
    assert set(read.exports or {}) == {"New"}
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker, exports={"Other": LIVE})
    assert codes(refusal) == [10061]
    exporting(edge)
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker, exports={"X": {**LIVE, "state": "nonsense"}})
    assert codes(refusal) == [10021]
    gone = {"type": "durable-object", "state": "deleted"}
    make_version(api, account, worker, exports={"New": gone}, deploy=True)
    assert namespaces(api, account) == {}


def test_a_forgotten_class_and_a_deleted_class_still_in_code_are_refused(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "A", "B")
    make_version(api, account, worker, exports={"A": LIVE, "B": LIVE}, deploy=True)
    for exports, scenario in (
        ({"A": LIVE}, "provisioned_class_missing_from_config"),
        (
            {"A": LIVE, "B": {"type": "durable-object", "state": "deleted"}},
            "tombstone_delete_class_still_in_code",
        ),
    ):
        with pytest.raises(BadRequestError) as refusal:
            make_version(api, account, worker, exports=exports)
        assert scenario in str(refusal.value.errors[0].message)


def test_a_class_is_handed_to_another_worker_in_two_phases(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    giver = make_worker(api, account, "giver")
    taker = make_worker(api, account, "taker")
    exporting(edge, "Counter")
    make_version(api, account, giver, exports={"Counter": LIVE}, deploy=True)
    (id,) = namespaces(api, account).values()
    sending = {"type": "durable-object", "state": "transferred", "transferred_to": "taker"}
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, giver, exports={"Counter": sending}, deploy=True)
    assert "transferred_pending_not_found" in str(refusal.value.errors[0].message)
    waiting = {**LIVE, "state": "expecting-transfer", "transfer_from": "giver"}
    make_version(api, account, taker, exports={"Counter": waiting}, deploy=True)
    make_version(api, account, giver, exports={"Counter": sending}, deploy=True)
    (found,) = api.durable_objects.namespaces.list(account_id=account)
    assert (found.id, found.script) == (id, "taker")


def test_migrations_are_guarded_by_their_tag(
    api: Cloudflare, account: str, edge: RecordingDataPlane, http: httpx.Client
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "Counter")
    step = {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Counter"]}]}
    made = make_version(api, account, worker, migrations=step, bindings=[binding("Counter")])
    deploy(api, account, (made.id, 100))
    assert set(namespaces(api, account)) == {"Counter"}
    with pytest.raises(APIStatusError) as refusal:
        make_version(api, account, worker, migrations=step)
    assert refusal.value.status_code == 412
    assert codes(refusal) == [10079]
    assert "got tag '' when expected tag is 'v1'" in str(refusal.value.errors[0].message)
    again = {"old_tag": "v1", "new_tag": "v2", "new_sqlite_classes": ["Counter"]}
    with pytest.raises(BadRequestError) as conflict:
        make_version(api, account, worker, migrations=again)
    assert codes(conflict) == [10074]
    missing = {"old_tag": "v1", "new_tag": "v2", "new_sqlite_classes": ["Nowhere"]}
    with pytest.raises(BadRequestError) as absent:
        make_version(api, account, worker, migrations=missing)
    assert codes(absent) == [10061]
    gone = {"old_tag": "v1", "new_tag": "v2", "deleted_classes": ["Counter"]}
    with pytest.raises(BadRequestError) as bound:
        make_version(api, account, worker, migrations=gone, bindings=[binding("Counter")])
    assert codes(bound) == [10061]
    path = f"/accounts/{account}/workers/workers/{worker}/versions/{made.id}"
    assert http.get(path).json()["result"]["migration_tag"] == "v1"


def test_going_back_over_a_migration_is_refused(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "Counter")
    before = make_version(api, account, worker)
    deploy(api, account, (before.id, 100))
    step = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    after = make_version(api, account, worker, migrations=step)
    deploy(api, account, (after.id, 100))
    with pytest.raises(BadRequestError) as refusal:
        deploy(api, account, (before.id, 100))
    assert codes(refusal) == [10210]


def test_exports_and_migrations_exclude_each_other(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "A")
    with pytest.raises(BadRequestError) as refusal:
        make_version(
            api,
            account,
            worker,
            exports={"A": LIVE},
            migrations={"new_tag": "v1", "new_sqlite_classes": ["A"]},
        )
    assert codes(refusal) == [10021]


def test_code_must_keep_exporting_a_class_that_has_objects(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    worker = make_worker(api, account)
    exporting(edge, "A")
    make_version(api, account, worker, exports={"A": LIVE}, deploy=True)
    exporting(edge)
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, worker)
    assert codes(refusal) == [10064]


def elsewhere(script: str = "rollouts", name: str = "Recorder") -> dict[str, str]:
    return {**binding(name), "script_name": script}


def test_a_class_of_another_worker_can_be_bound_once_it_is_there(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    shop = make_worker(api, account)
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, shop, bindings=[elsewhere()])
    assert codes(refusal) == [10061]
    assert "class in script 'rollouts' that does not exist" in str(refusal.value.errors[0].message)
    rollouts = make_worker(api, account, "rollouts")
    exporting(edge, "Recorder")
    owned = make_version(api, account, rollouts, exports={"Recorder": LIVE})
    exporting(edge)
    # Uploaded is not deployed: the class has no namespace yet.
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, shop, bindings=[elsewhere()])
    assert codes(refusal) == [10061]
    api.workers.scripts.deployments.create(
        "rollouts",
        account_id=account,
        strategy="percentage",
        versions=[{"version_id": owned.id, "percentage": 100}],
    )
    with pytest.raises(BadRequestError) as refusal:
        make_version(api, account, shop, bindings=[elsewhere(name="Other")])
    assert codes(refusal) == [10061]
    bound = make_version(api, account, shop, bindings=[elsewhere()], deploy=True)
    (id,) = namespaces(api, account).values()
    shown = api.workers.beta.workers.versions.get(bound.id, account_id=account, worker_id=shop)
    assert [b.to_dict() for b in shown.bindings or []] == [{**elsewhere(), "namespace_id": id}]
    live = {d.script: d for d in edge.applied[-1].deployments}
    assert live["shop"].objects == ()
    assert live["shop"].shares[0].version.bindings[0].settings["namespace_id"] == id


def test_a_new_version_of_the_owner_leaves_those_that_bind_to_it_alone(
    api: Cloudflare, account: str, edge: RecordingDataPlane
) -> None:
    rollouts = make_worker(api, account, "rollouts")
    exporting(edge, "Recorder")
    make_version(api, account, rollouts, exports={"Recorder": LIVE}, deploy=True)
    shop = make_worker(api, account)
    exporting(edge)
    make_version(api, account, shop, bindings=[elsewhere()], deploy=True)

    def served() -> Any:
        return {d.script: d for d in edge.applied[-1].deployments}["shop"].shares[0].version

    before = served()
    exporting(edge, "Recorder")
    make_version(api, account, rollouts, exports={"Recorder": LIVE}, deploy=True)
    assert served() is before
    with pytest.raises(BadRequestError) as refusal:
        api.workers.scripts.delete("rollouts", account_id=account)
    assert codes(refusal) == [10142]
    api.workers.scripts.delete("rollouts", account_id=account, force=True)
    assert "namespace_id" not in served().bindings[0].settings
    assert served().id == before.id
