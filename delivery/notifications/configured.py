"""The channels that a stack's settings name, with the secrets each needs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from delivery.notifications.channel import Channel
from delivery.notifications.context import Context
from delivery.notifications.email import Email
from delivery.notifications.github import API, GitHub
from delivery.notifications.notification import Severity
from delivery.notifications.sending import Notifier
from delivery.notifications.slack import Slack
from delivery.notifications.webhook import Webhook
from settings.model import NotifySettings
from settings.project import PROJECT
from settings.secrets import check_secret

_NEEDS: Final = {
    "slack": ("slackWebhookUrl",),
    "email": ("smtpUrl",),
    "webhook": ("webhookUrl", "webhookSecret"),
    "github": ("githubToken",),
}
_GIT_SECONDS: Final = 5.0


class _LeftOutError(Exception):
    """The words say which channel is left out, why, and what would mend it."""


def configured(
    notify: Sequence[NotifySettings],
    secrets: Mapping[str, str] | None,
    *,
    project: Path,
    environment: Mapping[str, str],
    report: Callable[[str], None] = lambda _: None,
    context: Context | None = None,
) -> Notifier:
    """A notifier for `settings.rollouts.read_rollouts(project, stack).notify`, with `Stack.secrets(stack)`, which is
    None where they cannot be decrypted.

    A channel that cannot be used is left out, and `report` and `left_out` say why in one line: news is no reason to hold a
    rollout back. `environment` tells of the pipeline that runs (GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_API_URL).
    """
    if secrets is None and notify:
        line = (
            "nobody is told of rollouts: the secrets of the stack cannot be decrypted here "
            "(export PULUMI_CONFIG_PASSPHRASE, or log in where the stack keeps its key)"
        )
        report(line)
        return Notifier((), report, left_out=[line], context=context)
    channels: dict[str, Channel] = {}
    left_out: list[str] = []
    # Two entries for one receiver would tell it everything twice: the one that tells more counts.
    for entry in sorted(notify, key=lambda entry: Severity(entry.minimum).rank):
        try:
            channel = _channel(entry, secrets or {}, project, environment)
        except _LeftOutError as error:
            left_out.append(str(error))
        else:
            channels.setdefault(channel.name, channel)
    left_out = list(dict.fromkeys(left_out))
    for line in left_out:
        report(line)
    folder = project / ".pitchey" / "notified"
    return Notifier(
        tuple(channels.values()), report, folder=folder, left_out=left_out, context=context
    )


def _channel(
    entry: NotifySettings,
    secrets: Mapping[str, str],
    project: Path,
    environment: Mapping[str, str],
) -> Channel:
    for key in _NEEDS[entry.kind]:
        value = secrets.get(key)
        wrong = "is not set" if value is None else check_secret(key, value)
        if wrong is not None:
            raise _LeftOutError(
                f"{entry.kind} is not told of rollouts: the secret {key} {wrong} "
                f"(`pulumi config set --secret {PROJECT}:{key}` asks for it)"
            )
    minimum = Severity(entry.minimum)
    match entry.kind:
        case "slack":
            return Slack(secrets["slackWebhookUrl"], minimum)
        case "email":
            return Email(secrets["smtpUrl"], entry.to, entry.sender or entry.to[0], minimum)
        case "webhook":
            return Webhook(secrets["webhookUrl"], secrets["webhookSecret"], minimum)
        case "github":
            return _github(entry, minimum, secrets["githubToken"], project, environment)


def _github(
    entry: NotifySettings,
    minimum: Severity,
    token: str,
    project: Path,
    environment: Mapping[str, str],
) -> GitHub:
    repository = entry.repository or environment.get("GITHUB_REPOSITORY")
    if not repository:
        raise _LeftOutError(
            "github is not told of rollouts: no repository is named, and no pipeline runs that has one "
            "(set `repository` of the entry)"
        )
    commit = environment.get("GITHUB_SHA") or _head(project)
    if not commit:
        raise _LeftOutError(
            "github is not told of rollouts: no commit is known, and a deployment needs one "
            "(run it in a clone, or set GITHUB_SHA)"
        )
    api = environment.get("GITHUB_API_URL") or API
    return GitHub(token, repository, commit, minimum, api.rstrip("/"))


def _head(project: Path) -> str | None:
    command = ["git", "-C", str(project), "rev-parse", "--verify", "HEAD"]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() or None
