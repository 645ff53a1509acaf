"""docs/policies.md is what the rules say of themselves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from policies.configuration import Configuration
from policies.reference import (
    EVERY_RULE,
    judged_where,
    mandatory_on,
    reference,
)
from policies.registry import RULES
from policies.rule import Applies, Rule, Severity, Where
from policies.waivers import read_waivers
from tests.policies.building import PRODUCTION, STAGING

DOCUMENT = Path(__file__).parents[2] / "docs/policies.md"


def test_the_document_is_up_to_date() -> None:
    said = "run `python -m policies.reference > docs/policies.md`"
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), said


def test_every_rule_has_a_row_with_all_that_it_says() -> None:
    rows = re.findall(r"^\| \[`([a-z0-9-]+)`\]\((\S+)\) \| (.*) \|$", reference(), re.MULTILINE)
    assert [name for name, _, _ in rows] == [rule.name for rule in EVERY_RULE]
    for rule, (_, link, rest) in zip(EVERY_RULE, rows, strict=True):
        assert link == rule.link
        cells = re.split(r" (?<!\\)\| ", rest)
        assert cells[0] == rule.severity.word
        assert len(cells) == 6
        assert not [cell for cell in cells if not cell.strip()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_where_it_is_mandatory_is_where_a_violation_stops(rule: Rule) -> None:
    stops = {
        context.stack
        for context in (PRODUCTION, STAGING)
        if rule.is_for(context) and rule.is_mandatory(context)
    }
    told = {
        "none (warns)": set[str](),
        "production": {"production"},
        "every stack but production": {"staging"},
        "every stack": {"production", "staging"},
    }
    assert told[mandatory_on(rule)] == stops


@pytest.mark.parametrize("applies", list(Applies))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("hardening", [True, False])
def test_also_for_rules_that_nobody_wrote_yet(
    applies: Applies, severity: Severity, hardening: bool
) -> None:
    rule = replace(RULES[0], applies=applies, severity=severity, hardening=hardening)
    test_where_it_is_mandatory_is_where_a_violation_stops(rule)


def test_who_judges_is_told() -> None:
    assert judged_where(replace(RULES[0], where=Where.PACK)) == "pack, gate"
    assert judged_where(replace(RULES[0], where=Where.GATE)) == "gate"


def test_every_key_of_the_configuration_is_explained() -> None:
    keys = re.findall(r"^\| `([a-zA-Z]+)` \|", reference(), re.MULTILINE)
    assert len(keys) == len(vars(Configuration()))


def test_the_waiver_in_it_can_be_read(tmp_path: Path) -> None:
    example = reference().split("```yaml\n")[1].split("```")[0]
    file = tmp_path / "waivers.yaml"
    file.write_text(example)
    waivers, bad = read_waivers(file)
    assert (len(waivers), list(bad)) == (1, [])
    assert yaml.safe_load(example)[0]["rule"] in {rule.name for rule in RULES}


def test_the_comparison_is_there_once_it_is_measured(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert "checkov" not in reference(results)
    for nothing in ("", "[]", "{}", '[{"name": "make up"}]', '[{"name": "beside checkov"}]'):
        results.write_text(nothing)
        assert "checkov" not in reference(results)
    measured = {
        "name": "beside checkov",
        "columns": ["mistake", "this pack", "checkov"],
        "rows": [["public bucket", "found", "a | b"]],
        "versions": {"checkov": "3.3.1"},
        "command": "make bench",
    }
    results.write_text(json.dumps([{"name": "other"}, measured]))
    section = reference(results).split("## Beside checkov\n")[1]
    assert "| mistake | this pack | checkov |\n| --- | --- | --- |" in section
    assert "| public bucket | found | a \\| b |" in section
    assert "Versions: checkov 3.3.1." in section
    assert "```sh\nmake bench\n```" in section
