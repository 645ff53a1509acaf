"""The life of every resource type, from the first `up` to the last `destroy`, as the engine asks for it."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator
from typing import Final

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins.cloudflare.provider import CloudflareProvider
from localcloud.plugins.cloudflare.types import TYPES
from tests.localcloud.plugins.asking import DIFF, UNKNOWN, Asked, Made, asked, replaced
from tests.localcloud.plugins.cases import CASES, Case
from tests.localcloud.plugins.sdk import sdk
from tests.localcloud.plugins.world import World

by_type = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
EMPTIED: Final = {"WorkersCronTrigger", "R2BucketLifecycle", "R2BucketLock", "ZoneDnssec"}
"""Deleted means empty, or off: Cloudflare still answers with the object."""
REPLACING: Final = {
    provider_pb2.PropertyDiff.ADD_REPLACE,
    provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
UNTOLD: Final = {
    "WorkersDeployment": {"annotations"},
    "WorkerVersion": {
        "cacheOptions", "exportsReconciliation", "limits", "mainScriptBase64", "migrationTag", "authorEmail", "authorId",
    },
    "Worker": {"previewsBaseConfig", "deployedOn"},
    "Zone": {"cnameSuffix", "tenant", "tenantUnit", "vanityNameServers", "activatedOn", "originalDnshost", "originalRegistrar", "originalNameServers"},
    "HyperdriveConfig": {"restartedOn"},
    "PagesProject": {"buildImageAutoUpgrade", "canonicalDeployment", "latestDeployment"},
    "Healthcheck": {"tcpConfig"},
    "NotificationPolicyWebhooks": {"lastFailure"},
    "ZoneSetting": {"enabled", "timeRemaining", "modifiedOn"},
    "DnsRecord": {"includeShadowMetadata", "tagsModifiedOn"},
}  # fmt: skip
"""What Cloudflare tells at times only, for this case not."""


@pytest.fixture(scope="module")
def nowhere() -> Iterator[Asked]:
    """A provider that has no cloud: whatever it answers, it answers by itself."""
    with asked(CloudflareProvider({})) as provider:
        yield provider


def test_every_type_that_is_served_has_a_case() -> None:
    assert {case.token for case in CASES} == set(TYPES)


@by_type
def test_it_is_made_read_and_deleted(case: Case, provider: Asked, world: World) -> None:
    inputs = world.filled(case.inputs)
    assert provider.check(case.token, inputs) == (inputs, [])
    made = provider.create(case.token, inputs)
    assert made.id
    refreshed = provider.refresh(case.token, made)
    assert (refreshed.id, refreshed.inputs) == (made.id, inputs)
    assert refreshed.properties == made.properties
    assert provider.diff(case.token, made, inputs).changes == DIFF.DIFF_NONE

    provider.delete(case.token, made)
    gone = provider.refresh(case.token, made)
    assert gone.id == (made.id if case.stays or case.name in EMPTIED else "")
    provider.delete(case.token, made)


@by_type
def test_what_is_updated_is_what_the_cloud_has_then(
    case: Case, provider: Asked, world: World
) -> None:
    inputs = world.filled(case.inputs)
    made = provider.create(case.token, inputs)
    for name, value in world.filled(case.in_place).items():
        news = {**inputs, name: value}
        updated = provider.update(case.token, made, news)
        read = provider.refresh(case.token, updated)
        assert (read.id, read.inputs) == (made.id, news), name
        assert read.properties == updated.properties, name
        assert provider.diff(case.token, read, news).changes == DIFF.DIFF_NONE


@by_type
def test_changes_replace_or_update_as_the_official_provider_says(
    case: Case, nowhere: Asked
) -> None:
    made = Made("id", case.inputs, case.inputs)
    for name, value in case.replacing.items():
        difference = nowhere.diff(case.token, made, {**case.inputs, name: value})
        assert (difference.changes, replaced(difference)) == (DIFF.DIFF_SOME, [name]), name
        assert all(path.kind in REPLACING for path in difference.detailedDiff.values())
    for name, value in case.in_place.items():
        difference = nowhere.diff(case.token, made, {**case.inputs, name: value})
        assert (list(difference.diffs), replaced(difference)) == ([name], []), name
        assert not any(path.kind in REPLACING for path in difference.detailedDiff.values())


@by_type
def test_a_preview_asks_the_cloud_for_nothing(case: Case, nowhere: Asked) -> None:
    unknown = {
        name: UNKNOWN if isinstance(value, str) else value for name, value in case.inputs.items()
    }
    inputs, failures = nowhere.check(case.token, unknown)
    assert failures == []
    planned = nowhere.create(case.token, inputs, preview=True)
    assert (planned.id, planned.properties) == ("", unknown)
    state = {**case.inputs, "createdOn": "2026-01-01T00:00:00Z"}
    made = Made("id", state, case.inputs)
    updated = nowhere.update(case.token, made, {**case.inputs, **case.in_place}, preview=True)
    assert updated.properties == {**state, **case.in_place}


@by_type
def test_a_missing_input_is_named(case: Case, nowhere: Asked) -> None:
    required = {
        parameter.name
        for parameter in inspect.signature(sdk(f"{case.name}Args").__init__).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.name != "__self__"
    }
    _, failures = nowhere.check(case.token, {})
    names = {re.findall(r"'(\w+)'", failure)[0] for failure in failures}
    assert {_snake(name) for name in names} >= required


@by_type
def test_every_output_that_the_sdk_reads_is_given_back(
    case: Case, provider: Asked, world: World
) -> None:
    made = provider.create(case.token, world.filled(case.inputs))
    always, sometimes = _outputs(sdk(case.name))
    given = {name for name, value in made.properties.items() if value is not None}
    assert given <= always | sometimes
    assert always - given <= UNTOLD.get(case.name, set())


def test_what_is_not_served_is_refused_with_the_mend(nowhere: Asked) -> None:
    for refused in (nowhere.check, nowhere.create):
        with pytest.raises(grpc.RpcError) as refusal:
            refused("cloudflare:index/queue:Queue", {})
        assert refusal.value.details() == (
            "cloudflare:index/queue:Queue is not served by the stand-in for the cloudflare provider; "
            "install the official plugin: pulumi plugin install resource cloudflare"
        )


def _outputs(resource: type) -> tuple[set[str], set[str]]:
    """Names on the wire: what the SDK says is always there, and what may be absent."""
    always: set[str] = set()
    sometimes: set[str] = set()
    for name, member in inspect.getmembers(resource, lambda member: isinstance(member, property)):
        returned = inspect.signature(member.fget).return_annotation
        if name in {"id", "urn"} or typing.get_origin(returned) is None:
            continue
        (output,) = typing.get_args(returned)
        optional = type(None) in typing.get_args(output)
        (sometimes if optional else always).add(getattr(member.fget, "_pulumi_name", name))
    return always, sometimes


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda hump: "_" + hump.group(1).lower(), name)
