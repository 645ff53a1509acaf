"""Each rule passes its good fixture, finds every single thing that is broken in it, and nothing where only the look is bad."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies.configuration import Configuration
from policies.properties import Property, Secret
from policies.registry import RULES
from policies.resources import Resource
from policies.rule import Finding, Rule
from tests.policies import cases
from tests.policies.building import PRODUCTION, TODAY, Broken, Case, judged, names, resource


def _all_cases() -> list[Case]:
    found: list[Case] = []
    for module in pkgutil.iter_modules(cases.__path__):
        family: Any = importlib.import_module(f"{cases.__name__}.{module.name}")
        found.extend(family.CASES)
    return found


CASES = _all_cases()


def _entries(which: str) -> Iterator[Any]:
    for case in CASES:
        entries: dict[str, Broken] = getattr(case, which)
        for name, change in entries.items():
            yield pytest.param(case, change, id=f"{case.rule}: {name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_good_fixture_passes(case: Case) -> None:
    assert case.rule not in names(judged(case.stack(), case.context))


@pytest.mark.parametrize(("case", "change"), list(_entries("broken")))
def test_one_broken_property_is_found(case: Case, change: Broken) -> None:
    found = names(judged(case.stack(change), case.context))
    assert case.rule in found


@pytest.mark.parametrize(("case", "change"), list(_entries("harmless")))
def test_what_only_looks_bad_passes(case: Case, change: Broken) -> None:
    assert case.rule not in names(judged(case.stack(change), case.context))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_has_a_case_that_fails_without_it(rule: Rule) -> None:
    left = [other for other in RULES if other is not rule]
    breaking = [
        change
        for case in CASES
        if case.rule == rule.name
        for change in case.broken.values()
        if rule.name not in names(judged(case.stack(change), case.context, left))
    ]
    assert breaking, f"no case in tests/policies/cases/ breaks {rule.name}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_survives_any_shape_of_its_inputs(case: Case) -> None:
    """Numbers for texts, texts for lists, nothing at all: a rule may find something or not, and never fails."""
    for value in (None, 7, "x", [], {}, [1], {"a": [None]}, True):
        for key, _ in case.good[0].inputs.entries():
            inputs = {k: p.plain() for k, p in case.good[0].inputs.entries()} | {key: value}
            odd = replace(case.good[0], inputs=Property(inputs))
            verdict = judged(case.stack([odd, *case.good[1:]]), case.context)
            failed = [v for v in verdict.violations if "could not be checked" in v.message]
            assert not failed, failed


def test_names_are_unique_and_begin_with_a_verb() -> None:
    every = [rule.name for rule in RULES]
    assert len(set(every)) == len(every)
    verbs = ("require-", "forbid-", "keep-", "limit-", "separate-", "protect-", "name-", "verify-")
    assert [name for name in every if not name.startswith(verbs)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert rule.link.startswith("https://developers.cloudflare.com/") or rule.link.startswith(
        ("https://www.pulumi.com/", "https://datatracker.ietf.org/", "https://docs.")
    )
    assert len(rule.why) > 30
    assert not rule.why.endswith(".")
    assert not rule.mend.endswith(".")
    assert rule.kinds


def test_a_crash_is_a_violation_and_tells_no_value() -> None:
    def crash(resource: Resource, _context: object) -> list[Any]:
        raise ValueError(resource.inputs["value"].text)

    rule = replace(RULES[0], kinds=("ZoneSetting",), check=crash, check_stack=None)
    verdict = judged([resource("ZoneSetting", {"value": "strictly-private"})], rules=[rule])
    assert verdict.stops
    assert "could not be checked" in verdict.violations[0].message
    assert "strictly-private" not in str(verdict)


def test_a_secret_that_is_a_key_too_is_masked_in_the_place_as_in_the_message() -> None:
    canary = "drawn-for-this-test"

    def point(resource: Resource, _context: object) -> list[Finding]:
        return [Finding("is at fault", resource.inputs["vars"][canary])]

    rule = replace(RULES[0], kinds=("ZoneSetting",), check=point, check_stack=None)
    inputs = {"vars": {canary: "x"}, "value": Secret(canary)}
    (violation,) = judged([resource("ZoneSetting", inputs)], rules=[rule]).violations
    assert violation.place == "vars.(secret)"
    assert canary not in violation.message


def test_the_configuration_says_what_production_is() -> None:
    assert Configuration().is_production("production")
    assert not Configuration().is_production("staging")
    assert PRODUCTION.today == TODAY
