"""Nobody is paged by a rehearsal, unless somebody asked for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from delivery.notifications import Notifier, Severity
from delivery.notifications.of_stack import notifier_of
from delivery.notifications.rehearsed import RehearsedNews, Said
from delivery.notifications.webhook import Webhook
from delivery.stack import Stack
from settings.model import NotifySettings
from tests.unit.delivery.notifications.news import CANARY, news

SETTINGS = """
config:
  pitchey:rollouts:
    newsLink: https://reports.test/{rollout}
    notify:
      - {kind: slack, minimum: warning}
      - {kind: webhook}
      - {kind: email, to: [ops@pitchey.test], minimum: error}
      - {kind: github, repository: owner/name}
"""
SECRETS = {
    "webhookUrl": f"https://example.test/{CANARY}",
    "webhookSecret": f"qZ8vN1rT5wXy2LpA{CANARY}",
    "githubToken": CANARY,
}
Opened = Callable[[RehearsedNews | None], Notifier]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def asked() -> list[str]:
    """The stacks whose secrets were decrypted."""
    return []


@pytest.fixture
def opened(
    tmp_path: Path, said: list[str], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> Opened:
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    (tmp_path / "Pulumi.staging.yaml").write_text(SETTINGS)

    def secrets(stack: str) -> dict[str, str]:
        asked.append(stack)
        return SECRETS

    cloud = SimpleNamespace(name="local")
    stack = SimpleNamespace(project=tmp_path, name="staging", cloud=cloud, secrets=secrets)
    return lambda rehearsal: notifier_of(cast("Stack", stack), said.append, rehearsal)


def test_what_would_be_told_is_said_with_whom_it_would_reach(
    opened: Opened, said: list[str], asked: list[str]
) -> None:
    notifier = opened(RehearsedNews.SAID)
    for number, severity in enumerate(Severity):
        notifier.send(news(number, severity=severity, link=None))
    assert notifier.close(20) == []
    numbers = "10 %; errors 12 % of 900, stable 0.0988 % of 8,100; p95 910 ms, stable 205 ms"
    where = "https://reports.test/r-42"
    assert said == [
        f"would have told: webhook, github: info: [rehearsal] Event 0; {numbers} → {where}",
        f"would have told: slack, webhook, github: warning: [rehearsal] Event 1; {numbers} → {where}",
        "would have told: slack, webhook, email to ops@pitchey.test, github: "
        f"error: [rehearsal] Event 2; {numbers} → {where}",
    ]
    assert asked == []


def test_where_nobody_is_to_be_told_nothing_is_said() -> None:
    slack = Said([NotifySettings(kind="slack", minimum="error")])
    assert slack.deliver(news(1), 1.0) is None


def test_what_is_sent_is_marked_and_never_a_deployment(opened: Opened, said: list[str]) -> None:
    notifier = opened(RehearsedNews.SENT)
    assert [channel.name for channel in notifier.channels] == ["webhook"]
    assert notifier.context.rehearsal
    assert len(said) == len(notifier.left_out) == 2  # slack and e-mail have no secrets here


def test_a_rollout_that_is_none_is_told_as_ever(opened: Opened) -> None:
    notifier = opened(None)
    assert isinstance(notifier.channels[0], Webhook)
    assert "github owner/name" in [channel.name for channel in notifier.channels]
    assert notifier.context.template == "https://reports.test/{rollout}"
    assert not notifier.context.rehearsal
