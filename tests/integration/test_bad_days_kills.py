"""`kill -9` in the middle of `up`, of the engine or of pitchey itself: the next `up` recovers, and nothing is made twice."""

from __future__ import annotations

import json
from typing import Any

from localcloud.plugins.cloudflare.paths import fill_id
from localcloud.plugins.cloudflare.types import TYPES
from tests.integration.bad_days import begin, end, engine_of, fault, inventory, until
from tests.integration.checkout import Checkout, live_split

WORKER = "pitchey-api-staging"
CODE = "worker/src/index.ts"
RECOVERS = "the last run was cut short: reading what it left behind"


def killed(checkout: Checkout, whom: str, made: dict[str, int], path: str = "*") -> None:
    """An `up` that is killed when the cloud has made what its state does not know of yet: the answers are held back."""
    with fault(checkout, "timeout", after=True, method="POST", path=path):
        up = begin(checkout, "up", "staging")
        engine = engine_of(up)
        until(lambda: all(len(inventory(checkout)[kind]) >= n for kind, n in made.items()))
        engine = engine_of(up)
        (engine if whom == "engine" else up).kill()
        done = end(up)
        assert done.returncode != 0
        if whom == "engine":
            assert (
                "error: the engine was ended by signal 9; the same command goes on" in done.stderr
            )


def test_killed_after_the_first_creations(checkout: Checkout) -> None:
    first = {"workers": 1, "namespaces": 3, "buckets": 1, "databases": 1, "projects": 1, "zones": 1}
    killed(checkout, "engine", first)
    have = {kind: rows for kind, rows in inventory(checkout).items() if kind in first}
    assert all(len(set(rows)) == len(rows) >= first[kind] for kind, rows in have.items()), have


def test_pitchey_itself_killed_while_records_and_rules_are_made(checkout: Checkout) -> None:
    killed(checkout, "pitchey", {"records": 6, "rulesets": 2}, "/zones/*")


def test_the_next_up_recovers_and_nothing_was_made_twice(checkout: Checkout) -> None:
    recovered = checkout.pitchey("up", "staging")
    assert recovered.returncode == 0, recovered.stderr
    assert RECOVERS in recovered.stderr
    have = inventory(checkout)
    for kind, rows in have.items():
        assert len(set(rows)) == len(rows), kind
    counts = {kind: len(rows) for kind, rows in have.items()}
    assert counts == {
        "workers": 2, "namespaces": 3, "buckets": 1, "databases": 1, "projects": 1, "domains": 2, "zones": 1,
        "records": 7, "rulesets": 3, "versions": 2, "deployments": 2,
    }  # fmt: skip
    ((version, share),) = live_split(checkout, WORKER)
    assert share == 100
    assert version in have["versions"]
    checkout.done("pulumi", "staging", "preview", "--expect-no-changes")


def test_killed_while_a_version_is_uploaded_it_is_uploaded_once(checkout: Checkout) -> None:
    before = inventory(checkout)
    source = (checkout.folder / CODE).read_text()
    (checkout.folder / CODE).write_text(f"{source}\nObject.assign(globalThis, {{ killed: 1 }});\n")
    killed(checkout, "engine", {"versions": len(before["versions"]) + 1}, "*/versions")
    live = live_split(checkout, WORKER)
    recovered = checkout.pitchey("up", "staging", "--json")
    assert recovered.returncode == 0, recovered.stderr
    assert RECOVERS in recovered.stderr
    after = inventory(checkout)
    (version,) = set(after["versions"]) - set(before["versions"])
    assert {**after, "versions": before["versions"]} == before
    assert json.loads(recovered.stdout)["outputs"]["uploadedVersionId"] == version
    assert live_split(checkout, WORKER) == live


def test_killed_while_a_split_is_made_it_is_made_once(checkout: Checkout) -> None:
    before = inventory(checkout)["deployments"]
    with fault(checkout, "timeout", after=True, method="POST", path="*/deployments"):
        split = begin(checkout, "split", "staging", "stable=80", "uploaded=20")
        until(lambda: len(inventory(checkout)["deployments"]) > len(before))
        engine_of(split).kill()
        assert end(split).returncode == 2
    shares = live_split(checkout, WORKER)
    assert [percentage for _, percentage in shares] == [80, 20]
    recovered = checkout.pitchey("up", "staging")
    assert recovered.returncode == 0, recovered.stderr
    assert live_split(checkout, WORKER) == shares
    assert len(inventory(checkout)["deployments"]) == len(before) + 1


def test_a_state_that_was_lost_is_imported_whole_and_nothing_is_replaced(
    checkout: Checkout,
) -> None:
    have = inventory(checkout)
    state: dict[str, Any] = json.loads(checkout.done("pulumi", "staging", "stack", "export"))
    resources: list[dict[str, Any]] = state["deployment"]["resources"]
    lost = [resource for resource in resources if resource["type"] in TYPES]
    kept = [resource for resource in resources if resource["type"] not in TYPES]
    for resource in kept:
        resource.pop("dependencies", None)
        resource.pop("propertyDependencies", None)
    state["deployment"]["resources"] = kept
    (checkout.folder / "state.json").write_text(json.dumps(state))
    orders = {
        "nameTable": {_name(r["parent"]): r["parent"] for r in lost},
        "resources": [
            {
                "type": resource["type"],
                "name": _name(resource["urn"]),
                "parent": _name(resource["parent"]),
                "id": fill_id(
                    TYPES[resource["type"]].import_id,
                    {"jurisdiction": "default", **resource["inputs"], "id": resource["id"]},
                ),
            }
            for resource in lost
        ],
    }
    (checkout.folder / "import.json").write_text(json.dumps(orders))
    checkout.done("pulumi", "staging", "stack", "import", "--file", "state.json")
    checkout.done(
        *("pulumi", "staging", "import", "--file", "import.json", "--yes", "--skip-preview"),
        *("--generate-code=false", "--protect=false"),
    )
    live = live_split(checkout, WORKER)
    # Secrets cannot be read back: the database's password is set again, and versions with their own are uploaded once more; that
    # of the Worker that keeps rollouts serves from then on, the application's has to wait.
    checkout.up()
    after = inventory(checkout)
    made = ("versions", "deployments")
    assert {**after, **{kind: have[kind] for kind in made}} == have
    assert [len(after[kind]) - len(have[kind]) for kind in made] == [2, 1]
    assert live_split(checkout, WORKER) == live


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
