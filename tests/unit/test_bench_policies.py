"""What the policy pack's figures are taken from: mistakes and their twins for checkov, and a state made of the corpus."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bench.checkov import read_mistakes, resources_of
from bench.figures import Measured, Table, at_most, merge, read, write
from bench.policies import state_of
from policies.documents import stack_of_state
from policies.properties import UNKNOWN, Secret
from policies.resources import Stack
from tests.policies.building import resource
from tests.policies.labelled import Labelled, read_corpus

FIXTURES = Path(__file__).parents[2] / "bench/checkov"
CANARY = "canary-9f3b1c77"


def test_each_mistake_has_a_twin_that_differs_and_no_mark_is_left() -> None:
    mistakes = read_mistakes()
    assert len({mistake.said for mistake in mistakes}) == len(mistakes) >= 30
    for mistake in mistakes:
        assert mistake.bad != mistake.good
        assert not [mark for mark in ("(+)", "# good", "# mistake") if mark in mistake.bad]
        assert not [mark for mark in ("(+)", "# good", "# mistake") if mark in mistake.good]


def test_no_mistake_looks_like_a_leaked_secret_in_the_repository() -> None:
    shapes = r"ghp_\w{20}|AKIA[A-Z0-9]{16}|sk_live_|xox[bp]-|BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{10}"
    for path in FIXTURES.glob("*.tf"):
        assert not re.search(shapes, path.read_text())


def test_terraform_is_turned_into_what_pulumis_bridge_makes_of_it() -> None:
    document = {
        "resource": [
            {
                "cloudflare_zero_trust_access_policy": {
                    "office": {
                        "account_id": ["${var.account_id}"],
                        "session_duration": ["12h"],
                        "include": [[{"email_domain": {"domain": "shop.example"}}]],
                        "note": ["${jsonencode({'a.b': '*'})}"],
                        "lifecycle": [{"prevent_destroy": [True]}],
                        "__start_line__": 1,
                    }
                }
            },
            {
                "cloudflare_pages_project": {
                    "shop": {
                        "deployment_configs": [
                            {"preview": {"env_vars": {"A_KEY": {"type": "plain_text"}}}}
                        ]
                    }
                }
            },
        ],
        "provider": [{"cloudflare": {"api_key": ["k"]}}],
    }
    policy, pages, provider = resources_of(document)
    assert (policy.kind, policy.name, policy.protect) == ("ZeroTrustAccessPolicy", "office", True)
    assert not policy.inputs["accountId"].is_told
    assert policy.inputs.at("includes", 0, "emailDomain", "domain").text == "shop.example"
    assert policy.inputs["note"].parsed().plain() == {"a.b": "*"}
    assert (pages.kind, pages.protect) == ("PagesProject", False)
    variables = pages.inputs.at("deploymentConfigs", "preview", "envVars")
    assert [name for name, _ in variables.entries()] == ["A_KEY"]
    assert (provider.kind, provider.inputs["apiKey"].text) == ("Provider", "k")


def test_the_state_has_as_many_resources_as_are_asked_for_and_can_be_read() -> None:
    stack = stack_of_state(state_of(read_corpus(), 300))
    assert len(stack.resources) == 301
    assert len({resource.kind for resource in stack.resources}) > 20
    assert stack.is_whole


def test_a_secret_of_the_corpus_is_encrypted_in_the_state() -> None:
    inputs = {"a": Secret(CANARY), "b": [{"c": Secret({"d": CANARY})}], "e": UNKNOWN, "f": True}
    case = Labelled(
        "x", "y", Stack("production", "shop", [resource("Worker", inputs)]), frozenset()
    )
    document = state_of([case], 2)
    assert CANARY not in json.dumps(document)
    first, second = stack_of_state(document).resources[1:]
    assert first.urn != second.urn
    assert first.inputs["a"].is_secret
    assert first.inputs.at("b", 0, "c").is_secret
    assert not first.inputs["e"].exists
    assert first.inputs["f"].flag is True


def test_figures_and_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    table = Table(
        "t",
        ["a", "b"],
        [["x", 1.5], ["\N{EN DASH}", 2]],
        {"tool": "1.0"},
        "make bench",
        "2026-01-01",
    )
    figures: list[Measured] = [at_most("f", 1, "s", 2), table, Table("empty", ["a"], [])]
    file = tmp_path / "results.json"
    write(figures, file)
    assert read(file) == figures
    later = Table("t", ["a"], [["y"]])
    assert merge(read(file), [later]) == [figures[0], later, figures[2]]
