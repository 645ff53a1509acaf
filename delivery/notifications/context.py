"""What every notification gets from where it is told: where one reads on, and that it is only a rehearsal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from delivery.notifications.notification import Notification, State

_LOCAL: Final = "local"
_MARK: Final = "[rehearsal] "


@dataclass(frozen=True)
class Context:
    """`template` is an address with `{stack}`, `{worker}` and `{rollout}` (the setting `newsLink`), `run` the page of the
    pipeline's run; `cloud` as `--cloud` names it."""

    template: str | None = None
    run: str | None = None
    cloud: str = _LOCAL
    rehearsal: bool = False

    def complete(self, notification: Notification) -> Notification:
        """With a link, a command, and the mark of a rehearsal; what it has already is kept."""
        known = replace(
            notification,
            link=notification.link or self._link(notification),
            command=notification.command or self._command(notification),
        )
        if not self.rehearsal or known.rehearsal:
            return known
        return replace(known, title=_MARK + known.title, rehearsal=True)

    def _link(self, notification: Notification) -> str | None:
        template = self.template
        if template is None or ("{rollout}" in template and not _in_ledger(notification)):
            return self.run
        for name in ("stack", "worker", "rollout"):
            template = template.replace(f"{{{name}}}", quote(getattr(notification, name), safe=""))
        return template

    def _command(self, notification: Notification) -> str:
        stack = notification.stack
        words = ["pitchey", "status", stack]
        if notification.state is State.TEST:
            words = ["pitchey", "notify", stack]
        elif _in_ledger(notification):
            words = ["pitchey", "rollout", "report", stack, notification.rollout]
        if self.cloud != _LOCAL:
            words += ["--cloud", self.cloud]
        return shlex.join(words)


def run_address(environment: Mapping[str, str]) -> str | None:
    """The page of the run of GitHub Actions that this is part of; None outside of one."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environment.get(name, "") for name in names)
    if not repository or not run or not server.startswith(("https://", "http://")):
        return None
    return f"{server.rstrip('/')}/{repository}/actions/runs/{run}"


def _in_ledger(notification: Notification) -> bool:
    """A test's rollout is made up, and a rollback by hand is its own."""
    return notification.state is not State.TEST and notification.rollout != notification.id
