"""GitHub's deployments: one for each rollout, then a status for each thing that happens to it.

https://docs.github.com/en/rest/deployments/deployments
https://docs.github.com/en/rest/deployments/statuses
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlencode

from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.notification import Notification, Severity, State, one_line
from delivery.notifications.posting import exchange

API: Final = "https://api.github.com"
_TASK: Final = "rollout"
_MOST_DESCRIPTION: Final = 140
_STATUSES: Final = {
    State.STARTED: "in_progress",
    State.PROGRESS: "in_progress",
    State.PAUSED: "in_progress",
    State.RESUMED: "in_progress",
    State.FINISHED: "success",
    State.RETURNED: "failure",
    State.FAILED: "failure",
    State.ABORTED: "inactive",
}


@dataclass(frozen=True)
class GitHub:
    """`repository` is `owner/name`, `commit` what a deployment is made of when the rollout has none yet.

    A rollout's deployment is found by its payload, so that another machine goes on with the same one, and so does a try
    after one whose answer was lost.
    """

    token: str = field(repr=False)
    repository: str
    commit: str
    minimum: Severity = Severity.INFO
    api: str = API
    _deployments: dict[str, int] = field(default_factory=dict[str, int], repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"github {self.repository}"

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        if notification.state is State.TEST:
            # A deployment would set off whatever the repository runs on one.
            self._listed(notification.stack, timeout)
            return "deployments can be read; none was made for a test"
        number = self._deployment(notification, timeout)
        status = {
            "state": _STATUSES[notification.state],
            "description": _short(notification.headline),
            "environment": notification.stack,
            **_address("log_url", notification.link),
            **_address("environment_url", notification.address),
        }
        self._ask("POST", f"/{number}/statuses", status, timeout)
        return None

    def _deployment(self, notification: Notification, timeout: float) -> int:
        known = self._deployments.get(notification.rollout)
        if known is None:
            known = self._found(notification, timeout) or self._made(notification, timeout)
            self._deployments[notification.rollout] = known
        return known

    def _listed(self, stack: str, timeout: float) -> list[dict[str, Any]]:
        query = urlencode({"environment": stack, "task": _TASK, "per_page": 100})
        rows: Any = self._ask("GET", f"?{query}", None, timeout)
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) for row in cast("list[Any]", rows)
        ):
            raise NotDeliveredError("answered something else than deployments", again=False)
        return cast("list[dict[str, Any]]", rows)

    def _found(self, notification: Notification, timeout: float) -> int | None:
        for row in self._listed(notification.stack, timeout):
            payload: Any = row.get("payload")
            if isinstance(payload, str):
                try:
                    payload = json.loads(payload)
                except ValueError:
                    continue
            if isinstance(payload, dict) and payload.get("rollout") == notification.rollout:
                return _number(row)
        return None

    def _made(self, notification: Notification, timeout: float) -> int:
        wanted: dict[str, Any] = {
            "ref": self.commit,
            "task": _TASK,
            "environment": notification.stack,
            "description": _short(f"Rollout {notification.rollout} of {notification.worker}"),
            "payload": {
                "rollout": notification.rollout,
                "worker": notification.worker,
                "stable": notification.stable,
                "candidate": notification.candidate,
            },
            "auto_merge": False,
            "required_contexts": [],
            "production_environment": notification.stack == "production",
        }
        try:
            made = self._ask("POST", "", wanted, timeout)
        except NotDeliveredError as error:
            reason = f"no deployment could be made of commit {self.commit[:12]}: {error.reason}"
            raise NotDeliveredError(reason, again=error.again, after=error.after) from None
        return _number(made)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, timeout: float) -> Any:  # noqa: ANN401
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Content-Type": "application/json",
        }
        url = f"{self.api}/repos/{self.repository}/deployments{path}"
        written = None if body is None else json.dumps(body).encode()
        return exchange(method, url, headers, written, timeout).json()


def _number(row: Any) -> int:  # noqa: ANN401
    number = cast("dict[str, Any]", row).get("id") if isinstance(row, dict) else None
    if not isinstance(number, int):
        raise NotDeliveredError("answered no deployment", again=False)
    return number


def _address(name: str, url: str | None) -> dict[str, str]:
    """GitHub refuses a status whose address is none."""
    return {name: url} if url and url.startswith(("https://", "http://")) else {}


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MOST_DESCRIPTION else line[: _MOST_DESCRIPTION - 1] + "…"
