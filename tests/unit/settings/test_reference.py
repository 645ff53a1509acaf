"""docs/settings.md is what the settings say of themselves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from settings.loading import ENVIRONMENT
from settings.model import Configuration, RateLimitsSettings
from settings.reference import reference
from settings.secrets import SECRETS
from tests.unit.settings.stack import Stack

PROJECT = Path(__file__).parents[3]
DOCUMENT = PROJECT / "docs/settings.md"
LIMITS = PROJECT / "worker/src/security/rates/defaults.json"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == reference(), "run `python -m settings > docs/settings.md`"


def test_every_setting_secret_and_variable_is_there_with_its_meaning() -> None:
    rows = [line.split(" | ") for line in reference().splitlines() if line.startswith("| `")]
    keys = [row[0].strip("| `") for row in rows]
    expected = {f"pitchey:{key}" for key in SECRETS} | ENVIRONMENT.keys()
    assert expected <= set(keys)
    assert "requestsPer10Seconds" in keys
    assert all(f"## `pitchey:{name}`" in reference() for name in Configuration.model_fields)
    assert [row for row in rows if not row[-1].strip(" |")] == []


def test_the_usual_limits_are_those_of_the_application() -> None:
    usual = json.loads(LIMITS.read_text())
    for name, rule in usual.items():
        assert re.search(
            rf"^\| `rateLimits\.{name}` .*; unless set, `{rule}`\. \|$", reference(), re.M
        )
    fields = RateLimitsSettings.model_fields.items()
    assert {field.alias or name for name, field in fields} == usual.keys()


def test_the_example_in_it_is_accepted(stack: Stack) -> None:
    example = reference().split("```yaml\n")[1].split("```")[0]
    config = yaml.safe_load(example)["config"]
    stack.values = {key.removeprefix("pitchey:"): value for key, value in config.items()}
    assert stack.load().worker.log_sampling == 0.1
