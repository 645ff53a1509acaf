"""docs/settings.md is what the settings say of themselves."""

from __future__ import annotations

from pathlib import Path

import yaml

from settings.loading import ENVIRONMENT
from settings.model import Configuration
from settings.reference import reference
from settings.secrets import SECRETS
from tests.unit.settings.stack import Stack

DOCUMENT = Path(__file__).parents[3] / "docs/settings.md"


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


def test_the_example_in_it_is_accepted(stack: Stack) -> None:
    example = reference().split("```yaml\n")[1].split("```")[0]
    config = yaml.safe_load(example)["config"]
    stack.values = {key.removeprefix("pitchey:"): value for key, value in config.items()}
    assert stack.load().worker.log_sampling == 0.1
