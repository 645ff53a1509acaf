"""As much of GitHub's deployments as the channel asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.delivery.notifications.receiver import Received, Reply


@dataclass
class GitHubApi:
    deployments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    statuses: list[tuple[int, dict[str, Any]]] = field(
        default_factory=list[tuple[int, dict[str, Any]]]
    )
    lose_next_answer: bool = False

    def __call__(self, told: Received) -> Reply:
        parts = urlsplit(told.path)
        if told.headers.get("authorization", "")[:7] != "Bearer ":
            return Reply(401)
        if not parts.path.startswith("/repos/owner/name/deployments"):
            return Reply(404)
        if told.method == "GET":
            wanted = {key: value[0] for key, value in parse_qs(parts.query).items()}
            keys = ("environment", "task")
            rows = [d for d in self.deployments if all(d[k] == wanted[k] for k in keys)]
            return Reply(200, json.dumps(rows).encode())
        if parts.path.endswith("/statuses"):
            number = int(parts.path.split("/")[-2])
            self.statuses.append((number, told.json()))
            return Reply(201, b'{"id": 1}')
        made = {"id": 100 + len(self.deployments), **told.json()}
        self.deployments.append(made)
        lost, self.lose_next_answer = self.lose_next_answer, False
        return Reply(201, json.dumps(made).encode(), lost=lost)
