"""The mocked Cloudflare and the engine over it do what the real ones do, so that the other tests here mean something."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare
import pytest

from tests.unit.components.cloud_mocks import ACCOUNT, CLAIMS, CloudflareError, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack, ProtectedError

INPUTS: dict[str, Any] = {
    "accountId": ACCOUNT,
    "name": "one",
    "title": "one",
    "domain": "one.example",
    "hostname": "one.example",
    "pattern": "one.example/*",
    "phase": "http_ratelimit",
}


def cloud_with_all() -> tuple[MockedCloudflare, str]:
    cloud = MockedCloudflare()
    zone = cloud.add_zone("zone.example")
    cloud.create("Worker", {"accountId": ACCOUNT, "name": "worker"})
    return cloud, zone


@pytest.mark.parametrize("kind", CLAIMS)
def test_what_is_made_can_be_read_changed_and_removed_and_only_one_may_have_its_name(
    kind: str,
) -> None:
    cloud, zone = cloud_with_all()
    inputs = INPUTS | {"zoneId": zone, "service": "worker", "script": "worker"}
    id, _ = cloud.create(kind, inputs)
    assert cloud.read(kind, id)["accountId"] == ACCOUNT
    with pytest.raises(CloudflareError, match=f"^{CLAIMS[kind].code} "):
        cloud.create(kind, inputs)
    cloud.update(kind, id, {**inputs, "more": 1})
    assert cloud.read(kind, id)["more"] == 1
    cloud.delete(kind, id)
    with pytest.raises(CloudflareError, match="7003"):
        cloud.read(kind, id)
    assert cloud.create(kind, inputs)[0] != id


def test_a_change_to_a_name_that_is_taken_is_refused_too() -> None:
    cloud, _ = cloud_with_all()
    cloud.create("R2Bucket", {"accountId": ACCOUNT, "name": "one"})
    two, _ = cloud.create("R2Bucket", {"accountId": ACCOUNT, "name": "two"})
    with pytest.raises(CloudflareError, match="10004"):
        cloud.update("R2Bucket", two, {"accountId": ACCOUNT, "name": "one"})
    assert cloud.names("R2Bucket") == {"one", "two"}


@pytest.mark.parametrize(
    ("there", "new", "said"),
    [
        ("A", "CNAME", "81053"),
        ("CNAME", "A", "81053"),
        ("CNAME", "CNAME", "81053"),
        ("A", "A", "81058"),
        ("A", "TXT", None),
        ("A", "AAAA", None),
    ],
)
def test_records_clash_as_cloudflares_do(there: str, new: str, said: str | None) -> None:
    cloud, zone = cloud_with_all()
    record = {"zoneId": zone, "name": "www.zone.example", "content": "x"}
    cloud.create("DnsRecord", {**record, "type": there})
    if said is None:
        cloud.create("DnsRecord", {**record, "type": new})
        return
    with pytest.raises(CloudflareError, match=f"^{said} "):
        cloud.create("DnsRecord", {**record, "type": new})


def test_a_deployment_names_versions_that_exist_and_makes_100() -> None:
    cloud, _ = cloud_with_all()
    (worker,) = cloud.things["Worker"]
    one, _ = cloud.create("WorkerVersion", {"workerId": worker})
    for shares in ([(one, 90)], [(one, 50), (one, 25), (one, 25)], [], [("none", 100)]):
        with pytest.raises(CloudflareError, match=r"^10210 "):
            cloud.deploy("worker", shares)
    with pytest.raises(CloudflareError, match=r"^10007 "):
        cloud.deploy("nobody", [(one, 100)])
    cloud.deploy("worker", [(one, 100)])
    cloud.delete("WorkerVersion", one)
    assert cloud.live("worker") == [(one, 100)]
    assert one in cloud.things["WorkerVersion"]


@pytest.mark.parametrize(
    ("binding", "said"), [({"namespaceId": "0" * 32}, "10041"), ({"bucketName": "none"}, "10085")]
)
def test_a_version_is_bound_only_to_what_is_there(binding: dict[str, str], said: str) -> None:
    cloud, _ = cloud_with_all()
    (worker,) = cloud.things["Worker"]
    with pytest.raises(CloudflareError, match=f"^{said} "):
        cloud.create("WorkerVersion", {"workerId": worker, "bindings": [binding]})


def test_nothing_is_made_in_a_zone_that_is_not_there() -> None:
    with pytest.raises(CloudflareError, match=r"^9109 "):
        MockedCloudflare().create("ZoneSetting", {"zoneId": "0" * 32})


def bucket(name: str, **options: Any) -> None:
    cloudflare.R2Bucket(
        "bucket", account_id=ACCOUNT, name=name, opts=pulumi.ResourceOptions(**options)
    )


def test_the_engine_removes_what_is_left_out_unless_it_is_retained() -> None:
    stack = MockedStack()
    stack.up(lambda: bucket("one"))
    assert stack.preview(lambda: None).steps == [("delete", "bucket")]
    assert stack.cloud.names("R2Bucket") == {"one"}
    stack.up(lambda: None)
    assert stack.cloud.names("R2Bucket") == set()
    stack.up(lambda: bucket("two", retain_on_delete=True))
    assert stack.up(lambda: None).steps == [("retain", "bucket")]
    assert stack.cloud.names("R2Bucket") == {"two"}
    assert stack.state == {}


def test_the_engine_replaces_what_cannot_be_changed_in_place_unless_it_is_protected() -> None:
    stack = MockedStack()
    stack.up(lambda: bucket("one"))
    assert stack.preview(lambda: bucket("two")).steps[0] == ("replace", "bucket")
    stack.up(lambda: bucket("two"))
    assert stack.cloud.names("R2Bucket") == {"two"}
    stack.up(lambda: bucket("two", protect=True))
    with pytest.raises(ProtectedError, match=r"bucket cannot be replaced.*\['name'\]"):
        stack.up(lambda: bucket("three", protect=True))
    with pytest.raises(ProtectedError, match="bucket cannot be deleted"):
        stack.up(lambda: None)
    stack.up(lambda: bucket("two"))
    stack.up(lambda: None)
    assert stack.cloud.names("R2Bucket") == set()


def test_a_run_that_fails_keeps_what_it_has_made_and_the_next_goes_on() -> None:
    stack = MockedStack()

    def program() -> None:
        for name in ("one", "two"):
            cloudflare.WorkersKvNamespace(name, account_id=ACCOUNT, title="same")

    with pytest.raises(CloudflareError, match="10014"):
        stack.up(program)
    assert len(stack.cloud.things["WorkersKvNamespace"]) == 1
    (kept,) = stack.state.values()
    run = stack.up(lambda: cloudflare.WorkersKvNamespace(kept.name, account_id=ACCOUNT, title="x"))
    assert run.done("update") == [kept.name]
