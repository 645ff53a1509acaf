"""A creation whose answer was lost: found again when it was made, made when it was not, and never taken for a namesake."""

from __future__ import annotations

from typing import Any, Final

import grpc
import pytest

from localcloud.api.faults import Fault, add_fault, clear_faults
from localcloud.plugins.cloudflare.paths import fill_path
from localcloud.plugins.cloudflare.types import TYPES
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.plugins.asking import Asked, Made
from tests.localcloud.plugins.cases import CASES, TOKENS, Case
from tests.localcloud.plugins.scripted import Clock
from tests.localcloud.plugins.world import World

BY_NAME: Final = {case.name: case for case in CASES}
POSTED: Final = [case for case in CASES if TYPES[case.token].create[0] == "POST"]
LISTED: Final = [case for case in POSTED if TYPES[case.token].find is not None]


def rows(world: World, case: Case, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    found = TYPES[case.token].find
    assert found is not None
    told = world.made("GET", fill_path(found[0], inputs), None)
    for key in found[1]:
        told = told[key]
    return list(told)


def test_every_creation_that_is_not_repeatable_can_be_found_again() -> None:
    assert {case.name for case in POSTED} - {case.name for case in LISTED} == {
        # Setting a subdomain twice is setting it once.
        "WorkersScriptSubdomain",
        # The domain is the name: a second creation is refused as the first one's.
        "R2CustomDomain",
    }


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.name)
def test_what_was_made_is_made_once(
    case: Case, served: ServedCloud, provider: Asked, world: World
) -> None:
    inputs = world.filled(case.inputs)
    before = {_name(row) for row in rows(world, case, inputs)}
    add_fault(served.store, Fault("lost", "cut", method="POST", after=True))
    made = provider.create(case.token, inputs)
    clear_faults(served.store)
    new = [row for row in rows(world, case, inputs) if _name(row) not in before]
    assert len(new) == 1
    assert made.id in {_name(new[0]), new[0].get("name")}
    refreshed = provider.refresh(case.token, made)
    assert (refreshed.inputs, refreshed.properties) == (inputs, made.properties)


def _name(row: dict[str, Any]) -> str:
    return str(row.get("id") or row["name"])


@pytest.mark.usefixtures("clock")
def test_somebody_elses_namespace_of_the_same_title_is_not_taken(
    served: ServedCloud, provider: Asked, world: World
) -> None:
    add_fault(served.store, Fault("broken", "500", method="POST"))
    inputs = world.filled({"accountId": "{account}", "title": "cache"})
    with pytest.raises(grpc.RpcError) as refusal:
        provider.create(TOKENS["WorkersKvNamespace"], inputs)
    assert refusal.value.details() == "10013: An unknown error has occurred"


@pytest.mark.usefixtures("clock")
def test_two_of_one_name_in_one_program_are_not_one(
    served: ServedCloud, provider: Asked, world: World
) -> None:
    inputs = world.filled({"accountId": "{account}", "title": "twice"})
    provider.create(TOKENS["WorkersKvNamespace"], inputs)
    add_fault(served.store, Fault("broken", "500", method="POST"))
    with pytest.raises(grpc.RpcError):
        provider.create(TOKENS["WorkersKvNamespace"], inputs)


@pytest.mark.usefixtures("clock")
def test_a_rollback_is_not_taken_for_the_deployment_of_last_week(
    served: ServedCloud, provider: Asked, world: World
) -> None:
    """The split that is asked for has been live before, and is not now."""
    inputs = world.filled(BY_NAME["WorkersDeployment"].inputs)
    newer: dict[str, Any] = {**world.filled(BY_NAME["WorkerVersion"].inputs), "bindings": []}
    version = provider.create(TOKENS["WorkerVersion"], newer).id
    other = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
    path = fill_path("/accounts/{accountId}/workers/scripts/{scriptName}/deployments", inputs)
    world.made("POST", path, other)
    add_fault(served.store, Fault("broken", "500", method="POST"))
    with pytest.raises(grpc.RpcError):
        provider.create(TOKENS["WorkersDeployment"], inputs)
    clear_faults(served.store)
    provider.create(TOKENS["WorkersDeployment"], inputs)
    live = world.made("GET", path, None)["deployments"][0]
    assert live["versions"][0]["version_id"] == inputs["versions"][0]["versionId"]


def test_a_third_of_calls_failing_makes_everything_once(
    served: ServedCloud, provider: Asked, world: World, clock: Clock
) -> None:
    add_fault(served.store, Fault("a", "500", rate=0.2, after=True))
    add_fault(served.store, Fault("b", "429", rate=0.2, seconds=1))
    token = TOKENS["WorkersKvNamespace"]
    made: list[Made] = [
        provider.create(token, world.filled({"accountId": "{account}", "title": f"t{number}"}))
        for number in range(8)
    ]
    clear_faults(served.store)
    namespaces = world.made("GET", f"/accounts/{served.account}/storage/kv/namespaces", None)
    assert sorted(n["id"] for n in namespaces if n["title"] != "cache") == sorted(
        m.id for m in made
    )
    assert clock.pauses
