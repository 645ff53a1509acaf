"""A notification as a rollout makes them."""

from __future__ import annotations

from typing import Any

from delivery.notifications import Notification, Severity, State
from delivery.notifications.measured import Judged, Measured, Served

CANARY = "k3yCanary0f7hisTest"
"""Stands in every secret of a test, and must be in nothing that anybody reads."""


MEASURED = Measured(
    250.0,
    Served(900, 108, 910.0),
    Served(8100, 8, 205.0),
    verdicts=[Judged("error rate", "fail", "error rate 12 % of 900 requests: worse", 0.12, 0.001)],
)


def news(number: int, **changed: Any) -> Notification:
    fields: dict[str, Any] = {
        "id": f"r-42-{number}",
        "severity": Severity.INFO,
        "title": f"Event {number}",
        "text": "The candidate does as well as stable.",
        "stack": "staging",
        "worker": "pitchey-api-staging",
        "rollout": "r-42",
        "state": State.PROGRESS,
        "numbers": {"error rate": "0.1 % (stable 0.1 %)"},
        "measured": MEASURED,
        "link": "https://example.test/report?a=1&b=2",
        "command": "pitchey rollout report staging r-42",
        "address": "https://api.example.test",
        "stable": "11111111-aaaa",
        "candidate": "22222222-bbbb",
        "share": 10.0,
    }
    return Notification(**{**fields, **changed})
