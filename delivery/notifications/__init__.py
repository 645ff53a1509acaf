"""News of rollouts for people and pipelines: Slack, e-mail, a signed webhook, GitHub's deployments."""

from delivery.notifications.configured import configured
from delivery.notifications.notification import Notification, Severity, State
from delivery.notifications.sending import Notifier, Tried, try_channels

__all__ = ["Notification", "Notifier", "Severity", "State", "Tried", "configured", "try_channels"]
