"""Whom a stack's settings want to hear of its rollouts."""

from __future__ import annotations

import os
from collections.abc import Callable

from delivery.notifications.configured import configured
from delivery.notifications.context import Context, run_address
from delivery.notifications.rehearsed import RehearsedNews, Said
from delivery.notifications.sending import Notifier
from delivery.stack import Stack
from settings.rollouts import read_rollouts


def notifier_of(
    stack: Stack, report: Callable[[str], None], rehearsal: RehearsedNews | None = None
) -> Notifier:
    """Without a channel where nobody wants to hear; the stack's secrets are decrypted for somebody alone, and for none of a
    rehearsal that is only said. Raises `RolloutsSettingsError`."""
    settings = read_rollouts(stack.project, stack.name)
    notify = settings.notify
    context = Context(
        settings.news_link, run_address(os.environ), stack.cloud.name, rehearsal is not None
    )
    if rehearsal is RehearsedNews.SAID:
        return Notifier((Said(notify),) if notify else (), report, context=context)
    if rehearsal is RehearsedNews.SENT:
        # A deployment sets off whatever the repository runs on one.
        notify = tuple(entry for entry in notify if entry.kind != "github")
    return configured(
        notify,
        stack.secrets(stack.name) if notify else {},
        project=stack.project,
        environment=os.environ,
        report=report,
        context=context,
    )
