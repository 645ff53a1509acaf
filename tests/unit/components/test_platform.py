"""The whole platform: what a stack tells, what it keeps to itself, and that two stacks share nothing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.live_split import Share
from components.outputs import StackOutputs
from components.platform import Platform
from localcloud.edge.expressions import parse, parse_value
from settings.credentials import texts
from tests.unit.components.cloud_mocks import CLAIMS, CloudflareError, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack
from tests.unit.components.examples import (
    DEPLOYMENTS_TOKEN,
    PASSWORD,
    SECRETS,
    ZONE,
    platform_args,
)
from tests.unit.components.registrations import Run

OWN_JWT = base64.b64encode(bytes(range(48))).decode()


def program(
    environment: str = "staging", zone: str = ZONE, own: str | None = None, **changes: Any
) -> Callable[[], None]:
    def run() -> None:
        args = platform_args(environment, zone, **changes)
        if own is not None:
            secrets = {**args.secrets, "JWT_SECRET": pulumi.Output.secret(own)}
            args = platform_args(environment, zone, secrets=secrets, **changes)
        for name, value in Platform("pitchey", args).outputs().items():
            pulumi.export(name, value)

    return run


def bindings(run: Run) -> dict[str, dict[str, Any]]:
    """The application's."""
    return bindings_of(run, "pitchey-api-version")


def bindings_of(run: Run, version: str) -> dict[str, dict[str, Any]]:
    (found,) = (made for made in run.of("WorkerVersion") if made.name == version)
    return {binding["name"]: binding for binding in found.inputs["bindings"]}


def test_a_stack_tells_what_is_documented_and_its_one_secret_as_a_secret() -> None:
    run = MockedStack().up(program())
    absent = {"candidateVersionId", "rolloutsWorkerUrl"}
    assert set(run.outputs) == set(StackOutputs.__annotations__) - absent
    assert run.secret_outputs == {"rolloutsToken"}
    assert run.outputs["urls"] == {
        "api": f"https://api.{ZONE}",
        "app": f"https://app.{ZONE}",
        "uploads": f"https://uploads.{ZONE}",
        "rollouts": f"https://rollouts.{ZONE}",
    }
    assert run.outputs["workerUrl"] == f"https://api.{ZONE}"
    assert run.outputs["stableVersionId"] == run.outputs["uploadedVersionId"]
    ids = {found.name.rpartition("-")[2]: found.id for found in run.of("WorkersKvNamespace")}
    assert run.outputs["namespaceIds"] == ids
    assert run.outputs["hyperdriveId"] == run.one("HyperdriveConfig").id


def test_with_workers_dev_that_is_the_first_address() -> None:
    run = MockedStack().up(program(workers_dev=True))
    url = "https://pitchey-api-staging.company.workers.dev"
    assert run.outputs["workerUrl"] == url
    assert run.outputs["urls"]["worker"] == url
    assert run.outputs["rolloutsWorkerUrl"] == (
        "https://pitchey-rollouts-staging.company.workers.dev"
    )


@pytest.mark.parametrize("handed_over", ["as secrets", "in plain"])
def test_no_secret_is_in_any_plain_input_or_output(handed_over: str) -> None:
    token = DEPLOYMENTS_TOKEN
    plain = program(secrets={**SECRETS, "JWT_SECRET": OWN_JWT}, deployments_token=token)
    marked = program(own=OWN_JWT, deployments_token=token)
    run = MockedStack().up(plain if handed_over == "in plain" else marked)
    drawn = {made.computed[form] for made in run.of("RandomBytes") for form in ("base64", "hex")}
    assert len(drawn) == 4
    secrets = {*SECRETS.values(), PASSWORD, OWN_JWT, DEPLOYMENTS_TOKEN, *drawn}
    for found in run.resources.values():
        for values, hidden in (
            (found.inputs, found.secret),
            (found.outputs or {}, found.secret_outputs),
        ):
            clear = [text for place, text in texts(values) if not within(".".join(place), hidden)]
            assert not [s for s in secrets if any(s in text for text in clear)], found.name
    told = {key: value for key, value in run.outputs.items() if key not in run.secret_outputs}
    assert not [s for s in secrets if s in repr(told) + repr(run.said)]


def within(place: str, hidden: frozenset[str]) -> bool:
    return any(place == outer or place.startswith(f"{outer}.") for outer in hidden)


def test_the_worker_is_bound_to_all_that_it_was_given() -> None:
    run = MockedStack().up(program())
    found = bindings(run)
    namespaces = {kept.name: kept.id for kept in run.of("WorkersKvNamespace")}
    for short in ("cache", "sessions", "flags"):
        assert found[short.upper()]["namespaceId"] == namespaces[f"pitchey-kv-{short}"]
    assert found["UPLOADS"]["bucketName"] == "pitchey-staging-uploads"
    assert found["DATABASE"]["id"] == run.one("HyperdriveConfig").id
    assert found["COUNTER"]["className"] == "Counter"
    assert found["RATES"]["className"] == "RateLimiter"
    assert found["POINTS"]["dataset"] == "pitchey_staging"
    assert found["RECORDER"]["className"] == "Recorder"
    for name in ("RECORDER", "RATES"):
        assert found[name]["scriptName"] == "pitchey-rollouts-staging"
    assert found["ENVIRONMENT"]["text"] == "staging"
    assert {name: found[name]["text"] for name in SECRETS} == SECRETS
    listed = {(binding["name"], binding["type"]) for binding in run.outputs["bindings"]}
    assert listed == {(binding["name"], binding["type"]) for binding in found.values()}


def test_a_stacks_own_rate_limits_are_bound_and_the_usual_ones_need_no_binding() -> None:
    own = {"sign-up": "50/1h", "read": "6000/1m"}
    found = bindings(MockedStack().up(program(rate_limits=own)))["RATE_LIMITS"]
    assert (found["type"], json.loads(found["text"])) == ("plain_text", own)
    assert "RATE_LIMITS" not in bindings(MockedStack().up(program()))


def test_the_code_finds_the_runtime_that_it_needs_and_what_was_asked_for_beside_it() -> None:
    def flags(run: Run) -> list[str]:
        (version,) = (v for v in run.of("WorkerVersion") if v.name == "pitchey-api-version")
        return version.inputs["compatibilityFlags"]

    assert flags(MockedStack().up(program())) == ["nodejs_compat"]
    more = program(compatibility_flags=["nodejs_compat", "enable_request_signal"])
    assert flags(MockedStack().up(more)) == ["nodejs_compat", "enable_request_signal"]


@pytest.mark.parametrize("environment", ["staging", "pr-7"])
def test_a_datasets_name_has_no_dash(environment: str) -> None:
    run = MockedStack().up(program(environment))
    assert re.fullmatch(r"pitchey_[a-z0-9_]+", bindings(run)["POINTS"]["dataset"])


def test_pages_of_the_app_may_call_the_api_and_locally_those_at_any_port_of_this_machine() -> None:
    def origins(**changes: Any) -> list[str]:
        return bindings(MockedStack().up(program(**changes)))["ALLOWED_ORIGINS"]["text"].split(" ")

    app = f"https://app.{ZONE}"
    assert origins() == [app]
    assert origins(allowed_origins=["https://preview.example", app]) == [
        app,
        "https://preview.example",
    ]
    local = [
        f"https://app.{ZONE}.localhost:*",
        f"http://app.{ZONE}.localhost:*",
        "http://pitchey-staging.pages.dev.localhost:*",
    ]
    here = "http://127.0.0.1:4900/client/v4"
    assert origins(api_url=here, workers_dev=True) == [app, *local]
    assert origins(api_url=here, workers_dev=False) == [app, local[0]]
    assert origins(api_url="https://127.0.0.1.example/client/v4") == [app]


def test_a_key_that_only_verifies_is_bound_beside_the_one_that_signs() -> None:
    other = "4f8aLq0ZrX7mB2nV5cK9tY1wE6uI3oP"
    secrets = {**SECRETS, "JWT_SECRET": OWN_JWT, "JWT_SECRET_PREVIOUS": other}
    found = bindings(MockedStack().up(program(secrets=secrets)))
    assert (found["JWT_SECRET"]["text"], found["JWT_SECRET_PREVIOUS"]["text"]) == (OWN_JWT, other)
    assert "JWT_SECRET_PREVIOUS" not in bindings(MockedStack().up(program()))


def test_a_jwt_secret_is_drawn_and_ones_own_may_come_and_go() -> None:
    stack = MockedStack()
    drawn = bindings(stack.up(program()))["JWT_SECRET"]["text"]
    assert len(base64.b64decode(drawn)) * 8 >= 256
    assert bindings(stack.up(program(own=OWN_JWT)))["JWT_SECRET"]["text"] == OWN_JWT
    assert bindings(stack.up(program()))["JWT_SECRET"]["text"] == drawn


def test_a_class_of_the_rollouts_worker_is_bound_once_it_serves() -> None:
    names = [name for _, name in MockedStack().up(program()).steps]
    assert names.index("pitchey-rollouts-deployment") < names.index("pitchey-api-version")


def test_new_code_of_the_rollouts_worker_serves_at_once_and_the_application_stays() -> None:
    stack = MockedStack()
    stack.up(program())
    (was,) = stack.cloud.live("pitchey-rollouts-staging")
    live = [Share(*share) for share in stack.cloud.live("pitchey-api-staging")]
    run = stack.up(program(rollouts_bundle=b"export class Recorder {}", live=live))
    changed = {name for step, name in run.steps if step != "same"}
    assert changed == {"pitchey-rollouts-api-version", "pitchey-rollouts-deployment"}
    ((now, share),) = stack.cloud.live("pitchey-rollouts-staging")
    assert (now != was[0], share) == (True, 100)


def test_each_worker_has_its_own_secrets_and_no_other_ones() -> None:
    news = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x"}
    run = MockedStack().up(program(deployments_token=DEPLOYMENTS_TOKEN, switch_news=news))
    assert run.outputs["deadMansSwitch"] is True
    own = bindings_of(run, "pitchey-rollouts-api-version")
    kept = {name: row["text"] for name, row in own.items() if row["type"] == "secret_text"}
    assert kept == {
        "DEPLOYMENTS_TOKEN": DEPLOYMENTS_TOKEN,
        "ROLLOUTS_TOKEN": run.outputs["rolloutsToken"],
        **news,
    }
    assert len(base64.b64decode(kept["ROLLOUTS_TOKEN"])) * 8 >= 256
    application = {n for n, row in bindings(run).items() if row["type"] == "secret_text"}
    assert application == {*SECRETS, "JWT_SECRET"}
    assert kept["ROLLOUTS_TOKEN"] not in repr(bindings(run))


def test_without_a_token_for_it_there_is_no_dead_mans_switch() -> None:
    run = MockedStack().up(program(api_url="https://api.example/client/v4/"))
    assert run.outputs["deadMansSwitch"] is False
    own = bindings_of(run, "pitchey-rollouts-api-version")
    assert "DEPLOYMENTS_TOKEN" not in own
    assert own["CLOUDFLARE_BASE_URL"]["text"] == "https://api.example/client/v4"
    assert own["ENVIRONMENT"]["text"] == "staging"
    assert {row["className"] for row in own.values() if "className" in row} == {
        "Recorder",
        "RateLimiter",
        "Ledger",
    }


def _key_rules() -> dict[str, str]:
    """Which requests get a version key from the zone → the expression that makes it."""
    run = MockedStack().up(program())
    (ruleset,) = (
        found.inputs
        for found in run.of("Ruleset")
        if found.inputs["phase"] == "http_request_late_transform"
    )
    rules: dict[str, str] = {}
    for rule in ruleset["rules"]:
        ((header, change),) = rule["actionParameters"]["headers"].items()
        assert (header, change["operation"]) == ("Cloudflare-Workers-Version-Key", "set")
        assert rule["enabled"]
        rules[rule["expression"]] = change["expression"]
    return rules


def test_a_visitors_cookie_is_the_key_by_which_a_version_is_chosen() -> None:
    rules = _key_rules()
    key = rules['(http.cookie contains "pitchey-visitor=")']
    assert key == 'http.request.cookies["pitchey-visitor"][0]'


def test_a_request_with_neither_cookie_nor_key_gets_a_key_that_is_drawn() -> None:
    rules = _key_rules()
    (first,) = (when for when, key in rules.items() if key == "uuidv4(cf.random_seed)")
    assert first == (
        '(not http.cookie contains "pitchey-visitor="'
        ' and not has_key(http.request.headers, "cloudflare-workers-version-key"))'
    )


def test_the_local_edge_understands_the_rules_of_the_version_key() -> None:
    """What it does not understand it skips."""
    for when, key in _key_rules().items():
        assert parse(when, answered=False)
        assert parse_value(key, answered=False)


def test_a_domain_is_given_to_a_worker_that_serves() -> None:
    names = [name for _, name in MockedStack().up(program()).steps]
    assert names.index("pitchey-traffic-deployment") < names.index("pitchey-domain-hostname")


@pytest.mark.parametrize(
    ("one", "other"),
    [("staging", "production"), ("staging", "staging-uploads"), ("a", "api-a"), ("x", "x-cache")],
)
def test_two_stacks_stand_side_by_side_in_one_account(one: str, other: str) -> None:
    cloud = MockedCloudflare()
    first, second = MockedStack(one, cloud), MockedStack(other, cloud)
    first.up(program(one, "one.example"))
    second.up(program(other, "other.example"))
    for stack in (first, second):  # and neither has changed anything of the other
        assert {step for step, _ in stack.up(program_of(stack)).steps} == {"same"}
    owned = [
        {(kept.kind, kept.id) for kept in s.state.values() if kept.custom} for s in (first, second)
    ]
    assert not owned[0] & owned[1]


def program_of(stack: MockedStack) -> Callable[[], None]:
    zone = next(kept for kept in stack.state.values() if kept.kind == "Zone").inputs["name"]
    return program(stack.name, zone)


def test_every_name_that_an_account_has_once_carries_the_environment_or_is_in_its_own_zone() -> (
    None
):
    run = MockedStack("qa7").up(program("qa7", "own.example"))
    claimed = [found for found in run.resources.values() if found.custom and found.kind in CLAIMS]
    assert {found.kind for found in claimed} == CLAIMS.keys() - {"WorkersRoute"}
    for found in claimed:
        names = [found.inputs[key] for key in CLAIMS[found.kind].inputs if key != "accountId"]
        in_own_zone = "zoneId" in CLAIMS[found.kind].inputs or names[0].endswith("own.example")
        assert in_own_zone or "qa7" in names[0], found.name


@pytest.mark.parametrize(
    ("environment", "zone", "said"),
    [("staging", "other.example", "already exist"), ("production", ZONE, "1061")],
)
def test_a_second_stack_of_the_same_environment_or_zone_is_refused(
    environment: str, zone: str, said: str
) -> None:
    cloud = MockedCloudflare()
    first = MockedStack("staging", cloud)
    first.up(program())
    with pytest.raises(CloudflareError, match=said):
        MockedStack(environment, cloud).up(program(environment, zone))
    assert {step for step, _ in first.up(program()).steps} == {"same"}


def test_the_first_preview_knows_every_name_and_no_id_and_makes_nothing() -> None:
    stack = MockedStack()
    run = stack.preview(program())
    assert {step for step, _ in run.steps} == {"create"}
    assert run.outputs["workerName"] == "pitchey-api-staging"
    assert not any(stack.cloud.things.values())


def test_a_preview_of_new_code_replaces_the_version_and_nothing_else() -> None:
    stack = MockedStack()
    stack.up(program())
    run = stack.preview(program(bundle=b"export default {}"))
    changed = {(step, name) for step, name in run.steps if step != "same"}
    # The deployment is replaced here because no live split was read; the program itself reads it.
    assert ("replace", "pitchey-api-version") in changed
    assert {name for _, name in changed} <= {"pitchey-api-version", "pitchey-traffic-deployment"}


def test_somebody_hears_of_errors_and_of_what_expires() -> None:
    run = MockedStack().up(program())
    alerts = {r.inputs["alertType"]: r.inputs for r in run.of("NotificationPolicy")}
    assert set(alerts) == {
        "http_alert_origin_error",
        "universal_ssl_event_type",
        "expiring_service_token_alert",
    }
    assert all(
        alert["mechanisms"] == {"emails": [{"id": "platform@pitchey.example"}]}
        for alert in alerts.values()
    )
    assert all("staging" in alert["name"] for alert in alerts.values())


def test_without_an_address_there_is_no_alert() -> None:
    run = MockedStack().up(program(alert_addresses=()))
    assert not run.of("NotificationPolicy")
