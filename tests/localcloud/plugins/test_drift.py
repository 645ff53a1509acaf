"""What a refresh sees, what an import finds, and what is no change at all."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import grpc
import pytest

from localcloud.api.cloud import RecordingDataPlane
from localcloud.edge.model import StartResult
from localcloud.plugins.cloudflare.paths import fill_id
from localcloud.plugins.cloudflare.types import TYPES
from tests.localcloud.plugins.asking import DIFF, UNKNOWN, Asked, Made, replaced
from tests.localcloud.plugins.cases import CASES, CODE, TOKENS, Case
from tests.localcloud.plugins.world import World

BY_NAME = {case.name: case for case in CASES}
RECORD, WORKER, VERSION = TOKENS["DnsRecord"], TOKENS["Worker"], TOKENS["WorkerVersion"]


@pytest.fixture
def record(provider: Asked, world: World) -> Made:
    return provider.create(RECORD, world.filled(BY_NAME["DnsRecord"].inputs))


def test_what_somebody_changed_outside_is_seen(provider: Asked, world: World, record: Made) -> None:
    path = f"/zones/{record.inputs['zoneId']}/dns_records/{record.id}"
    world.made("PATCH", path, {"content": "192.0.2.9"})
    read = provider.refresh(RECORD, record)
    assert read.inputs == {**record.inputs, "content": "192.0.2.9"}
    assert list(provider.diff(RECORD, read, record.inputs).diffs) == ["content"]


def test_what_somebody_took_away_outside_is_seen(
    provider: Asked, world: World, record: Made
) -> None:
    path = f"/zones/{record.inputs['zoneId']}/dns_records/{record.id}"
    world.made("PATCH", path, {"comment": None})
    read = provider.refresh(RECORD, record)
    assert list(provider.diff(RECORD, read, record.inputs).diffs) == ["comment"]


@pytest.mark.parametrize(
    "name", ["Worker", "WorkersKvNamespace", "R2Bucket", "HyperdriveConfig", "DnsRecord", "Ruleset", "Zone"]
)  # fmt: skip
def test_what_the_cloud_adds_by_itself_is_no_drift(
    name: str, provider: Asked, world: World
) -> None:
    """Only what is required: Cloudflare fills in the rest."""
    case, kind = BY_NAME[name], TYPES[TOKENS[name]]
    needed = {*kind.required, "content"} if name == "DnsRecord" else set(kind.required)
    inputs = {k: v for k, v in world.filled(case.inputs).items() if k in needed}
    made = provider.create(case.token, inputs)
    read = provider.refresh(case.token, made)
    assert read.inputs == inputs
    assert provider.diff(case.token, read, inputs).changes == DIFF.DIFF_NONE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_resource_is_imported_by_its_official_id(
    case: Case, provider: Asked, world: World
) -> None:
    inputs = world.filled(case.inputs)
    made = provider.create(case.token, inputs)
    kind = TYPES[case.token]
    values = {"jurisdiction": "default", **made.properties, "id": made.id}
    found = provider.read(case.token, fill_id(kind.import_id, values))
    assert found.id == made.id
    told = {k: v for k, v in inputs.items() if k not in kind.write_only and k != "enabled"}
    assert set(told) <= set(found.inputs)


def test_an_import_id_of_another_form_is_refused_with_the_form(provider: Asked) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        provider.read(TOKENS["WorkersDeployment"], "shop/1")
    assert refusal.value.details() == (
        "'shop/1' names no WorkersDeployment: its id for an import is {accountId}/{scriptName}/{id}"
    )


def test_what_is_not_there_cannot_be_imported(provider: Asked, account: str) -> None:
    assert provider.read(WORKER, f"{account}/{'0' * 32}").id == ""


def test_the_order_of_a_set_says_nothing(provider: Asked, world: World) -> None:
    inputs = {**world.filled(BY_NAME["Worker"].inputs), "tags": ["a", "b"]}
    made = Made("id", inputs, inputs)
    assert provider.diff(WORKER, made, {**inputs, "tags": ["b", "a"]}).changes == DIFF.DIFF_NONE
    assert list(provider.diff(WORKER, made, {**inputs, "tags": ["b", "c"]}).diffs) == ["tags"]


def test_an_ignored_change_hides_itself_and_no_other(provider: Asked) -> None:
    case = BY_NAME["HyperdriveConfig"]
    made = Made("id", case.inputs, case.inputs)
    origin = {**case.inputs["origin"], "password": "another"}
    news = {**case.inputs, "origin": origin}
    ignored = ["origin.password", "caching"]
    assert provider.diff(case.token, made, news, ignored).changes == DIFF.DIFF_NONE
    news = {
        **case.inputs,
        "origin": {**origin, "host": "two.example.net"},
        "caching": {"maxAge": 1},
    }
    difference = provider.diff(case.token, made, news, ignored)
    assert list(difference.detailedDiff) == ["origin.host"]


def test_a_path_of_a_change_can_be_read_by_the_engine(provider: Asked) -> None:
    case = BY_NAME["PagesProject"]
    variables = {"A.B": {"type": "plain_text", "value": "x"}}
    configs: dict[str, Any] = {"production": {"envVars": variables}}
    made = Made("id", case.inputs, case.inputs)
    difference = provider.diff(case.token, made, {**case.inputs, "deploymentConfigs": configs})
    assert 'deploymentConfigs.production.envVars["A.B"]' in difference.detailedDiff


def test_a_value_that_is_not_known_yet_may_be_another(provider: Asked) -> None:
    case = BY_NAME["WorkersDeployment"]
    made = Made("id", case.inputs, case.inputs)
    news = {**case.inputs, "versions": [{"versionId": UNKNOWN, "percentage": 100}]}
    assert replaced(provider.diff(case.token, made, news)) == ["versions"]


@pytest.fixture
def from_file(world: World, tmp_path: Path) -> dict[str, Any]:
    """A version whose module is read from a file."""
    (tmp_path / "index.js").write_text(CODE)
    module = {
        "name": "index.js",
        "contentType": "application/javascript+module",
        "contentFile": str(tmp_path / "index.js"),
    }
    return {**world.filled(BY_NAME["WorkerVersion"].inputs), "modules": [module]}


def test_a_file_with_another_content_is_another_version(
    provider: Asked, from_file: dict[str, Any]
) -> None:
    inputs, _ = provider.check(VERSION, from_file)
    made = provider.create(VERSION, inputs)
    again, _ = provider.check(VERSION, from_file)
    assert provider.diff(VERSION, made, again).changes == DIFF.DIFF_NONE
    Path(from_file["modules"][0]["contentFile"]).write_text(CODE + "//")
    changed, _ = provider.check(VERSION, from_file)
    assert replaced(provider.diff(VERSION, made, changed)) == ["modules"]


def test_the_content_of_a_file_is_what_is_uploaded(
    provider: Asked, world: World, from_file: dict[str, Any]
) -> None:
    made = provider.create(VERSION, provider.check(VERSION, from_file)[0])
    path = f"/accounts/{from_file['accountId']}/workers/workers/{from_file['workerId']}/versions"
    version = world.made("GET", f"{path}/{made.id}?include=modules", None)
    assert base64.b64decode(version["modules"][0]["content_base64"]).decode() == CODE


def test_a_file_that_is_missing_or_another_is_refused_before_anything_is_made(
    provider: Asked, from_file: dict[str, Any]
) -> None:
    module = from_file["modules"][0]
    name = module["contentFile"]
    _, failures = provider.check(
        VERSION, {**from_file, "modules": [{**module, "contentSha256": "0"}]}
    )
    assert failures == [f"{name} is not the file whose contentSha256 was given"]
    _, failures = provider.check(
        VERSION, {**from_file, "modules": [{**module, "contentFile": name + "x"}]}
    )
    assert failures == [f"{name}x cannot be read: No such file or directory"]


def test_a_folder_of_assets_is_refused_with_the_mend(
    provider: Asked, from_file: dict[str, Any]
) -> None:
    _, failures = provider.check(VERSION, {**from_file, "assets": {"directory": "public"}})
    assert failures == [
        "assets.directory is not served by the stand-in provider; install the official plugin, or upload the assets and "
        "hand in their assets.jwt"
    ]


def test_a_json_binding_is_what_its_text_says(
    provider: Asked, world: World, from_file: dict[str, Any]
) -> None:
    binding = {"name": "LIMITS", "type": "json", "json": '{"maxItems": 3}'}
    inputs = {**from_file, "bindings": [binding]}
    made = provider.create(VERSION, inputs)
    assert made.properties["bindings"] == [binding]
    path = f"/accounts/{from_file['accountId']}/workers/workers/{from_file['workerId']}/versions"
    (told,) = world.made("GET", f"{path}/{made.id}", None)["bindings"]
    assert told["json"] == {"maxItems": 3}
    with pytest.raises(grpc.RpcError) as refusal:
        provider.create(VERSION, {**inputs, "bindings": [{**binding, "json": "{"}]})
    assert str(refusal.value.details()).startswith("the binding LIMITS is no JSON: ")


def test_a_class_of_another_worker_is_bound_and_read_back_without_drift(
    provider: Asked, world: World, edge: RecordingDataPlane
) -> None:
    account = world.known["account"]
    workers = f"/accounts/{account}/workers/workers"
    owner = world.made("POST", workers, {"name": "rollouts"})["id"]
    edge.result = StartResult(("fetch",), {"Recorder": ("fetch",)})
    recorder = {
        **world.filled(BY_NAME["WorkerVersion"].inputs),
        "workerId": owner,
        "exports": {"Recorder": {"type": "durable-object", "storage": "sqlite"}},
    }
    version = provider.create(VERSION, recorder)
    split = {"strategy": "percentage", "versions": [{"version_id": version.id, "percentage": 100}]}
    world.made("POST", f"/accounts/{account}/workers/scripts/rollouts/deployments", split)
    binding = {
        "name": "RECORDER",
        "type": "durable_object_namespace",
        "className": "Recorder",
        "scriptName": "rollouts",
    }
    inputs = {**world.filled(BY_NAME["WorkerVersion"].inputs), "bindings": [binding]}
    assert provider.check(VERSION, inputs) == (inputs, [])
    made = provider.create(VERSION, inputs)
    told = world.http.get(f"{workers}/{inputs['workerId']}/versions/{made.id}").json()["result"]
    assert told["bindings"][0]["script_name"] == "rollouts"
    read = provider.refresh(VERSION, made)
    assert read.inputs == inputs
    assert provider.diff(VERSION, read, inputs).changes == DIFF.DIFF_NONE
    moved = {**inputs, "bindings": [{**binding, "scriptName": "other"}]}
    assert list(provider.diff(VERSION, read, moved).diffs) == ["bindings"]


def test_a_rule_with_a_computed_header_is_read_back_without_drift(
    provider: Asked, world: World
) -> None:
    header = {"operation": "set", "expression": 'http.request.cookies["visitor"][0]'}
    rule = {
        "action": "rewrite",
        "expression": 'http.cookie contains "visitor="',
        "description": "Visitors stay on a version",
        "enabled": True,
        "actionParameters": {"headers": {"Cloudflare-Workers-Version-Key": header}},
    }
    inputs = {
        "zoneId": world.known["second_zone"],
        "kind": "zone",
        "name": "visitors",
        "phase": "http_request_late_transform",
        "rules": [rule],
    }
    made = provider.create(TOKENS["Ruleset"], inputs)
    read = provider.refresh(TOKENS["Ruleset"], made)
    assert read.inputs == inputs
    assert provider.diff(TOKENS["Ruleset"], read, inputs).changes == DIFF.DIFF_NONE
