"""A Worker and its version: the same code is the same version, and a secret shows nowhere."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.bindings import Binding, listed
from components.durable_objects import DurableObjects, DurableObjectsArgs
from components.worker import Worker, WorkerArgs, version_tag
from tests.unit.components.cloud_mocks import ACCOUNT
from tests.unit.components.engine_mock import MockedStack
from tests.unit.components.registrations import Run

ARGS = WorkerArgs(
    account_id=ACCOUNT,
    name="api",
    bundle=b"code",
    bindings=[
        Binding("ENVIRONMENT", "plain_text", "staging"),
        Binding("KEY", "secret_text", "hidden-value"),
        Binding("VERSION", "version_metadata"),
    ],
    object_classes=["Counter"],
)


def up(**changes: Any) -> Run:
    return MockedStack().up(lambda: Worker("api", dataclasses.replace(ARGS, **changes)))


@given(st.binary(max_size=50), st.lists(st.sampled_from(["nodejs_compat", "a", "b"]), unique=True))
def test_the_same_code_and_settings_have_the_same_tag(bundle: bytes, flags: list[str]) -> None:
    one = dataclasses.replace(ARGS, bundle=bundle, compatibility_flags=tuple(flags))
    other = dataclasses.replace(ARGS, bundle=bytes(bundle), compatibility_flags=list(flags))
    assert version_tag(one) == version_tag(other)
    assert len(version_tag(one)) <= 25


@pytest.mark.parametrize(
    "change",
    [
        {"bundle": b"code "},
        {"compatibility_date": "2026-01-02"},
        {"compatibility_flags": ["nodejs_compat"]},
        {"object_classes": ["Counter", "Limiter"]},
        {"bindings": ARGS.bindings[:-1]},
        {"bindings": [Binding("ENVIRONMENT", "plain_text", "production"), *ARGS.bindings[1:]]},
        {"bindings": [*ARGS.bindings, Binding("OTHER", "version_metadata")]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_a_version_changes_its_tag(change: dict[str, Any]) -> None:
    assert version_tag(dataclasses.replace(ARGS, **change)) != version_tag(ARGS)


def test_a_class_of_another_worker_is_another_binding() -> None:
    bound = Binding("RECORDER", "durable_object_namespace", "Recorder")
    tags = {
        version_tag(dataclasses.replace(ARGS, bindings=[dataclasses.replace(bound, script=script)]))
        for script in (None, "one", "other")
    }
    assert len(tags) == 3
    foreign = dataclasses.replace(bound, script="one")
    (told,) = up(bindings=[foreign]).one("WorkerVersion").inputs["bindings"]
    assert (told["className"], told["scriptName"]) == ("Recorder", "one")


def test_a_secret_is_in_no_tag_no_annotation_and_no_plain_input() -> None:
    other = [*ARGS.bindings[:1], Binding("KEY", "secret_text", "another"), *ARGS.bindings[2:]]
    assert version_tag(dataclasses.replace(ARGS, bindings=other)) == version_tag(ARGS)
    assert "hidden-value" not in repr(listed(list(ARGS.bindings)))
    version = MockedStack().up(with_secret_output).one("WorkerVersion")
    assert version.secret == {"bindings.0.text"}
    assert "hidden" not in repr(version.inputs["annotations"])


def with_secret_output() -> None:
    secret = Binding("KEY", "secret_text", pulumi.Output.secret("hidden-value"))
    Worker("api", dataclasses.replace(ARGS, bindings=[secret]))


def test_neither_the_bundle_nor_a_secret_is_shown_when_args_are_printed() -> None:
    assert "code" not in repr(ARGS)


def test_the_version_carries_the_code_its_bindings_and_every_durable_object_class() -> None:
    version = up().one("WorkerVersion").inputs
    assert base64.b64decode(version["modules"][0]["contentBase64"]) == b"code"
    assert version["modules"][0]["name"] == version["mainModule"]
    assert version["bindings"] == [
        {"name": "ENVIRONMENT", "type": "plain_text", "text": "staging"},
        {"name": "KEY", "type": "secret_text", "text": "hidden-value"},
        {"name": "VERSION", "type": "version_metadata"},
    ]
    assert version["exports"] == {"Counter": {"type": "durable-object", "storage": "sqlite"}}
    assert version["annotations"]["workersTag"] == version_tag(ARGS)


def test_flags_that_are_not_there_are_left_out_as_the_api_leaves_them_out() -> None:
    assert "compatibilityFlags" not in up().one("WorkerVersion").inputs
    version = up(compatibility_flags=["nodejs_compat"]).one("WorkerVersion").inputs
    assert version["compatibilityFlags"] == ["nodejs_compat"]


def test_no_address_but_the_domain_answers_unless_it_is_asked_for() -> None:
    worker = next(found for found in up().resources.values() if found.name == "api-worker")
    assert worker.inputs["subdomain"] == {"enabled": False, "previewsEnabled": False}
    assert worker.inputs["observability"]["enabled"] is True


def test_a_worker_without_crons_has_no_trigger() -> None:
    assert up().of("WorkersCronTrigger") == []
    trigger = up(crons=["0 3 * * *", "0 4 * * *"]).one("WorkersCronTrigger")
    assert trigger.inputs["schedules"] == [{"cron": "0 3 * * *"}, {"cron": "0 4 * * *"}]


def test_durable_objects_are_bound_by_name_and_each_class_is_listed_once() -> None:
    made: list[DurableObjects] = []
    classes = {"COUNTER": "Counter", "LIMITER": "Limiter", "OTHER": "Counter"}
    args = DurableObjectsArgs(script_name="api", classes=classes)
    MockedStack().up(lambda: made.append(DurableObjects("objects", args)))
    assert made[0].class_names == ["Counter", "Limiter"]
    assert {binding.name: binding.target for binding in made[0].bindings} == classes


def test_it_says_whose_it_is_and_keeps_logs_and_traces() -> None:
    run = up(owner="payments", log_sampling=0.5)
    (worker,) = (made.inputs for made in run.of("Worker") if "accountId" in made.inputs)
    assert worker["tags"] == ["owner:payments"]
    assert worker["observability"] == {
        "enabled": True,
        "headSamplingRate": 0.5,
        "traces": {"enabled": True, "headSamplingRate": 0.5},
    }
