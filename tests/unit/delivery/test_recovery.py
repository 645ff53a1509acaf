"""What a killed run was creating is found by the name it was to have."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from delivery.errors import FailedError
from delivery.recovery import Made, PendingCreation, find_made, pending_creations, with_made

ACCOUNT = "0" * 32


def client_that_answers(answers: dict[str, Any]) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        known = answers.get(request.url.path)
        if known is None:
            return httpx.Response(404, json={"success": False, "errors": [], "result": None})
        if isinstance(known, int):
            error = {"code": 10000, "message": "Authentication error"}
            return httpx.Response(known, json={"success": False, "errors": [error]})
        rows: list[Any] = known[page - 1] if page <= len(known) else []
        info = {"page": page, "total_pages": len(known)}
        return httpx.Response(200, json={"success": True, "result": rows, "result_info": info})

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://cloud")


def creation(kind: str, **inputs: Any) -> PendingCreation:
    token = f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
    return PendingCreation(f"urn:pulumi:s::p::{token}::x", token, {"accountId": ACCOUNT, **inputs})


def test_a_namespace_is_found_on_whatever_page_it_is() -> None:
    path = f"/accounts/{ACCOUNT}/storage/kv/namespaces"
    client = client_that_answers({path: [[{"id": "a", "title": "x"}], [{"id": "b", "title": "y"}]]})
    assert find_made(client, creation("WorkersKvNamespace", title="y")) == Made(f"{ACCOUNT}/b")
    assert find_made(client, creation("WorkersKvNamespace", title="z")) is None


def test_a_version_is_known_by_its_tag_and_a_deployment_by_its_split() -> None:
    versions = f"/accounts/{ACCOUNT}/workers/workers/w1/versions"
    deployments = f"/accounts/{ACCOUNT}/workers/scripts/api/deployments"
    split = [{"version_id": "v2", "percentage": 100}]
    client = client_that_answers(
        {
            versions: [[{"id": "v2", "annotations": {"workers/tag": "t2"}}, {"id": "v1"}]],
            deployments: [{"deployments": [{"id": "d1", "versions": split}]}],
        }
    )
    version = creation("WorkerVersion", workerId="w1", annotations={"workersTag": "t2"})
    assert find_made(client, version) == Made(f"{ACCOUNT}/w1/v2")
    untagged = creation("WorkerVersion", workerId="w1")
    assert find_made(client, untagged) is None
    deployment = creation(
        "WorkersDeployment", scriptName="api", versions=[{"versionId": "v2", "percentage": 100}]
    )
    assert find_made(client, deployment) == Made(f"{ACCOUNT}/api/d1")


def test_what_the_state_knows_already_is_another() -> None:
    path = f"/accounts/{ACCOUNT}/workers/workers/w1/versions"
    rows = [{"id": id, "annotations": {"workers/tag": "t"}} for id in ("v2", "v1")]
    pending = creation("WorkerVersion", workerId="w1", annotations={"workersTag": "t"})
    client = client_that_answers({path: [rows]})
    assert find_made(client, pending, {"v1"}) == Made(f"{ACCOUNT}/w1/v2")
    # A tag says nothing of secrets: an older version of the same tag is not the one that was being made.
    assert find_made(client, pending, {"v2"}) is None


def test_a_deployment_that_was_replaced_since_is_not_the_one_that_was_being_made() -> None:
    path = f"/accounts/{ACCOUNT}/workers/scripts/api/deployments"
    rows = [
        {"id": "d2", "versions": [{"version_id": "v1", "percentage": 100}]},
        {"id": "d1", "versions": [{"version_id": "v2", "percentage": 100}]},
    ]
    versions = [{"versionId": "v2", "percentage": 100}]
    pending = creation("WorkersDeployment", scriptName="api", versions=versions)
    assert find_made(client_that_answers({path: [{"deployments": rows}]}), pending) is None


def test_records_of_one_name_and_type_are_told_apart_by_their_parts() -> None:
    rows = [
        {"id": id, "name": "a", "type": "CAA", "data": {"flags": 0, "tag": "issue", "value": value}}
        for id, value in (("r1", "pki.goog"), ("r2", "ssl.com"))
    ]
    client = client_that_answers({"/zones/z/dns_records": [rows]})
    data = {"flags": 0, "tag": "issue", "value": "ssl.com"}
    pending = creation("DnsRecord", zoneId="z", name="a", type="CAA", data=data)
    assert find_made(client, pending) == Made("z/r2")


def test_what_was_made_is_a_resource_and_nothing_is_pending_any_more() -> None:
    old = {"urn": "version", "id": "v1", "outputs": {"id": "v1"}}
    pending = [
        {"type": "creating", "resource": {"urn": urn, "inputs": {"name": urn}}}
        for urn in ("bucket", "version", "never-made", "domain")
    ]
    state = {"deployment": {"resources": [old], "pending_operations": pending}}
    made = {"bucket": Made("a/b"), "version": Made("a/v2"), "domain": Made("d", imported=False)}
    assert with_made(state, made)["deployment"] == {
        "resources": [
            {"urn": "version", "inputs": {"name": "version"}, "id": "a/v2", "outputs": {}},
            {"urn": "bucket", "inputs": {"name": "bucket"}, "id": "a/b", "outputs": {}},
            {**old, "delete": True},
            {
                "urn": "domain",
                "inputs": {"name": "domain"},
                "id": "d",
                "outputs": {"name": "domain"},
            },
        ]
    }


def test_what_belongs_to_something_that_is_gone_was_not_made() -> None:
    assert find_made(client_that_answers({}), creation("R2Bucket", name="uploads")) is None


def test_what_is_in_no_cloud_or_lacks_its_parent_is_struck_off() -> None:
    client = client_that_answers({})
    random = PendingCreation("urn", "random:index/randomBytes:RandomBytes", {"length": 32})
    assert find_made(client, random) is None
    assert find_made(client, creation("DnsRecord", name="a")) is None


def test_a_cloud_that_refuses_to_tell_is_an_error_and_not_an_absence() -> None:
    path = f"/accounts/{ACCOUNT}/workers/workers"
    with pytest.raises(FailedError, match="10000 Authentication error"):
        find_made(client_that_answers({path: 403}), creation("Worker", name="api"))


def test_only_creations_are_pending_creations() -> None:
    resource = {"urn": "u", "type": "t", "inputs": {"a": 1}}
    state = {
        "deployment": {
            "pending_operations": [
                {"type": "creating", "resource": resource},
                {"type": "updating", "resource": resource},
            ]
        }
    }
    assert pending_creations(state) == [PendingCreation("u", "t", {"a": 1})]
    assert pending_creations(json.loads('{"deployment": {"resources": []}}')) == []
