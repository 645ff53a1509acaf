"""Whom a stack's settings want to hear of its rollouts."""

from __future__ import annotations

import os
from collections.abc import Callable

from delivery.notifications.configured import configured
from delivery.notifications.sending import Notifier
from delivery.stack import Stack
from settings.rollouts import read_rollouts


def notifier_of(stack: Stack, report: Callable[[str], None]) -> Notifier:
    """Without a channel where nobody wants to hear; the stack's secrets are decrypted for somebody alone. Raises
    `RolloutsSettingsError`."""
    notify = read_rollouts(stack.project, stack.name).notify
    return configured(
        notify,
        stack.secrets(stack.name) if notify else {},
        project=stack.project,
        environment=os.environ,
        report=report,
    )
