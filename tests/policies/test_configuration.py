"""The pack's configuration: what production is, what names speak of, and a mistake in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.configuration import CONFIG, Configuration, ConfigurationError, read_configuration


@pytest.mark.parametrize(
    "stack",
    ["production", "prod", "prod-eu", "shop-prod", "shop-production", "live", "prd", "Production"],
)
def test_production(stack: str) -> None:
    assert Configuration().is_production(stack)


@pytest.mark.parametrize(
    "stack",
    [
        "staging",
        "dev",
        "product",
        "reproduction",
        "preprod",
        "pre-prod",
        "non-prod",
        "live-test",
        "",
    ],
)
def test_not_production(stack: str) -> None:
    assert not Configuration().is_production(stack)


@pytest.mark.parametrize(
    ("name", "speaks_of"),
    [
        ("pitchey-staging-cache", {"other"}),
        ("pitchey_prod_db", {"production"}),
        ("shopProduction", {"production"}),
        ("stg2-sessions", {"other"}),
        ("prod-to-staging-copy", {"production", "other"}),
        ("latest-products-contest-device", set[str]()),
        ("reproduction", set[str]()),
    ],
)
def test_whole_words_speak_of_an_environment(name: str, speaks_of: set[str]) -> None:
    assert Configuration().environments_in(name) == speaks_of


def test_the_file_that_is_shipped_can_be_read() -> None:
    assert read_configuration(CONFIG).is_production("production")


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_configuration(tmp_path / "config.yaml") == Configuration()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("productionStack: [live]", "'productionStack' is unknown"),
        ("productionStacks: live", "must be a list of texts"),
        ("productionStacks: [1]", "must be a list of texts"),
        ("largestStep: much", "must be a number"),
        ("largestStep: -1", "must be a number"),
        ("leastHstsSeconds: 1.5", "must be a whole number"),
        ("leastCompatibilityDate: later", "must be a date"),
        ("- a", "must be a mapping"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_mistake_is_told_in_one_line(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=said) as raised:
        read_configuration(path)
    assert "\n" not in str(raised.value)


def test_a_team_says_what_production_is(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("productionStacks: [live]\nlargestStep: 10")
    configuration = read_configuration(path)
    assert configuration.is_production("live")
    assert not configuration.is_production("production")
    assert configuration.largest_step == 10
