"""Settings that are wrong: all mistakes at once, no secret repeated or kept anywhere, and nothing of it applied."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.bad_days import inventory, refusal
from tests.integration.checkout import Checkout

STAGING = "Pulumi.staging.yaml"
PLAIN = "a-password-in-plain-text-8271"
SHORT = "short-jwt-4711"


@pytest.fixture(autouse=True)
def nothing_applied(checkout: Checkout) -> Iterator[None]:
    """Each of these leaves the settings as they were, and the cloud empty."""
    settings = (checkout.folder / STAGING).read_text()
    yield
    (checkout.folder / STAGING).write_text(settings)
    assert not any(inventory(checkout).values())


def kept_anywhere(checkout: Checkout, secret: str) -> list[Path]:
    files = [path for path in (checkout.folder / ".pitchey").rglob("*") if path.is_file()]
    return [path for path in files if secret.encode() in path.read_bytes()]


def test_all_mistakes_are_told_at_once_and_a_secret_in_plain_text_is_repeated_nowhere(
    checkout: Checkout,
) -> None:
    (checkout.folder / STAGING).write_text(
        f"""\
config:
  pitchey:zone: {{}}
  pitchey:worker:
    workersDevs: true
    logSampling: 7
  pitchey:uplods: {{}}
  pitchey:databaseUrl: postgresql://pitchey:{PLAIN}@db.example/pitchey
  cloudflare:apiToken: {PLAIN}
"""
    )
    told = refusal(checkout.pitchey("up", "staging"))
    for mistake in (
        "settings of stack staging",
        "pitchey:zone.name: not set; add it",
        "workersDevs: unknown; did you mean workersDev?",
        "pitchey:worker.logSampling: 7 ",
        "pitchey:uplods: unknown; did you mean uploads?",
        "pitchey:databaseUrl: stands in plain text",
        "cloudflare:apiToken: stands in plain text",
    ):
        assert mistake in told
    assert PLAIN not in told
    assert kept_anywhere(checkout, PLAIN) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("config:\n  pitchey:zone: [\n", f"{STAGING}:3: "),
        ("config: words\n", f"{STAGING}: config is not a mapping"),
        ("config:\n  zone: {name: a.example}\n", "config.zone has no namespace"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    checkout: Checkout, text: str, told: str
) -> None:
    (checkout.folder / STAGING).write_text(text)
    line = refusal(checkout.pitchey("up", "staging"))
    assert told in line
    assert len(line.splitlines()) == 1


def test_a_short_jwt_secret_is_refused_without_being_told(checkout: Checkout) -> None:
    key = "pitchey:jwtSecret"
    subprocess.run(
        checkout.command("pulumi", "staging", "config", "set", key, "--secret"),
        cwd=checkout.folder,
        env=checkout.environment(),
        input=SHORT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = refusal(checkout.pitchey("up", "staging"))
    assert f"{key}: has {8 * len(SHORT)} bits, and 256 are the least" in told
    assert SHORT not in told
    assert kept_anywhere(checkout, SHORT) == []
    checkout.done("pulumi", "staging", "config", "rm", key)


def test_two_stacks_cannot_claim_one_zone(checkout: Checkout) -> None:
    checkout.edit(STAGING, ("pitchey-staging.example", "pitchey.example"))
    told = refusal(checkout.pitchey("up", "production"))
    assert "pitchey:zone.name: pitchey.example is claimed by stack staging too" in told


@pytest.mark.parametrize("command", ["status", "outputs"])
def test_a_stack_that_was_never_up_is_said_to_be_so(checkout: Checkout, command: str) -> None:
    line = refusal(checkout.pitchey(command, "staging"))
    assert line == "stack staging is not up on the cloud local; `pitchey up staging` brings it up"


def test_a_stack_without_settings_is_not_known(checkout: Checkout) -> None:
    line = refusal(checkout.pitchey("up", "prod"))
    assert line.startswith("there is no stack 'prod'")
    assert line.endswith("use one of production, staging")
