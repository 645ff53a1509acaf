"""Who is told is what the settings say, and who cannot be told is said."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from delivery.notifications import Notifier, Severity, configured
from delivery.notifications.email import Email
from delivery.notifications.github import GitHub
from delivery.notifications.slack import Slack
from delivery.notifications.webhook import Webhook
from settings.model import NotifySettings
from tests.unit.delivery.notifications.news import CANARY, news
from tests.unit.delivery.notifications.receiver import Receiver, Reply

KEY = f"qZ8vN1rT5wXy2LpA{CANARY}"
SECRETS = {
    "slackWebhookUrl": f"https://hooks.test/{CANARY}",
    "smtpUrl": f"smtps://u:{CANARY}@mail.test",
    "webhookUrl": f"https://example.test/{CANARY}",
    "webhookSecret": KEY,
    "githubToken": CANARY,
}
PIPELINE = {"GITHUB_REPOSITORY": "owner/name", "GITHUB_SHA": "c0ffee"}


def entry(kind: str, **more: Any) -> NotifySettings:
    return NotifySettings.model_validate({"kind": kind, **more})


ALL = (
    entry("slack", minimum="warning"),
    entry("email", to=["ops@pitchey.test"]),
    entry("webhook"),
    entry("github"),
)


def made(
    notify: tuple[NotifySettings, ...],
    folder: Path,
    secrets: Mapping[str, str] | None = SECRETS,
    environment: Mapping[str, str] = PIPELINE,
) -> tuple[Notifier, list[str]]:
    said: list[str] = []
    notifier = configured(
        notify, secrets, project=folder, environment=environment, report=said.append
    )
    assert list(notifier.left_out) == said
    return notifier, said


def test_each_kind_becomes_its_channel(tmp_path: Path) -> None:
    notifier, said = made(ALL, tmp_path)
    assert said == []
    by_name = {channel.name: channel for channel in notifier.channels}
    assert by_name == {
        "slack": Slack(SECRETS["slackWebhookUrl"], Severity.WARNING),
        "email to ops@pitchey.test": Email(
            SECRETS["smtpUrl"], ("ops@pitchey.test",), "ops@pitchey.test"
        ),
        "webhook": Webhook(SECRETS["webhookUrl"], KEY),
        "github owner/name": GitHub(CANARY, "owner/name", "c0ffee"),
    }


@pytest.mark.parametrize("missing", list(SECRETS))
def test_a_channel_without_its_secret_is_left_out_and_said(tmp_path: Path, missing: str) -> None:
    secrets = {key: value for key, value in SECRETS.items() if key != missing}
    notifier, said = made(ALL, tmp_path, secrets)
    assert len(notifier.channels) == 3
    assert len(said) == 1
    assert said[0].endswith(
        f"is not told of rollouts: the secret {missing} is not set "
        f"(`pulumi config set --secret pitchey:{missing}` asks for it)"
    )


def test_a_secret_that_cannot_work_is_said_without_it(tmp_path: Path) -> None:
    notifier, said = made(
        (entry("slack"),), tmp_path, {"slackWebhookUrl": f"http://hooks.test/{CANARY}"}
    )
    assert notifier.channels == ()
    assert "the secret slackWebhookUrl is no https:// address" in said[0]
    assert CANARY not in said[0]


def test_secrets_that_cannot_be_decrypted_are_one_line_however_many_channels(
    tmp_path: Path,
) -> None:
    notifier, said = made(ALL, tmp_path, None)
    assert notifier.channels == ()
    assert len(said) == 1
    assert "cannot be decrypted here" in said[0]
    assert made((), tmp_path, None)[1] == []


def test_two_entries_for_one_receiver_tell_it_once(tmp_path: Path) -> None:
    twice = (entry("slack", minimum="error"), entry("slack", minimum="info"))
    notifier, _ = made(twice, tmp_path)
    assert [channel.minimum for channel in notifier.channels] == [Severity.INFO]


def test_github_s_repository_is_the_one_named_before_the_pipeline_s(tmp_path: Path) -> None:
    notifier, _ = made((entry("github", repository="other/one"),), tmp_path)
    assert [channel.name for channel in notifier.channels] == ["github other/one"]


def test_github_without_repository_or_commit_is_said(tmp_path: Path) -> None:
    _, said = made((entry("github"),), tmp_path, environment={})
    assert "no repository is named" in said[0]
    _, said = made((entry("github", repository="a/b"),), tmp_path, environment={})
    assert "no commit is known" in said[0]


def test_no_secret_reaches_a_log_an_output_or_a_file(
    receiver: Receiver,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = iter([Reply(503, CANARY.encode()), Reply(302, headers={"Location": CANARY})])
    receiver.reply = lambda _: next(answers, Reply())
    said: list[str] = []
    channels = (
        Slack(f"{receiver.url}/{CANARY}"),
        Webhook(f"{receiver.url}/{CANARY}", KEY),
        GitHub(CANARY, "owner/name", "c0ffee", api=receiver.url),
        Email(f"smtps://u:{CANARY}@127.0.0.1:1", ("a@b.test",), "a@b.test"),
    )
    notifier = Notifier(channels, said.append, folder=tmp_path)
    notifier.send(news(1))
    lost = notifier.close(3)
    assert len(receiver.received) > 3
    out, err = capfd.readouterr()
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    everything = (
        f"{out}{err}{caplog.text}{said}{lost}{kept}{channels!r}{notifier!r}{vars(notifier)}"
    )
    assert CANARY not in everything
