"""A signed webhook.

What is sent: `POST` of a JSON object (`Webhook.body`), with

- `Pitchey-Delivery: <id>`: the same for every try of the same notification, after a restart too: what was seen already can
  be thrown away;
- `Pitchey-Signature: t=<unix seconds>,v1=<hex>`: `hex` is HMAC-SHA256 of `<t>.<body as received>` under `webhookSecret`.

A receiver computes the same over the raw body, compares in constant time (`hmac.compare_digest`), and refuses a `t` that is
more than five minutes away from its clock, so that a recorded request is of no use later. It ignores `v…` it does not know.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from delivery.notifications.notification import Notification, Severity
from delivery.notifications.posting import exchange


@dataclass(frozen=True)
class Webhook:
    url: str = field(repr=False)
    secret: str = field(repr=False)
    minimum: Severity = Severity.INFO
    name: str = "webhook"
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        written = body(notification)
        headers = {
            "Content-Type": "application/json",
            "Pitchey-Delivery": quote(notification.id, safe="/:@+=,"),
            "Pitchey-Signature": signature(self.secret, written, int(self.clock())),
        }
        exchange("POST", self.url, headers, written, timeout)
        return None


def body(notification: Notification) -> bytes:
    """A JSON object in ASCII, as docs/settings.md tells its fields. Later programs may add some; `version` changes when one
    changes its meaning."""
    return json.dumps(
        {
            "version": 1,
            "id": notification.id,
            "severity": notification.severity,
            "state": notification.state,
            "title": notification.title,
            "text": notification.text,
            "numbers": dict(notification.numbers),
            "measured": notification.measured.to_json() if notification.measured else None,
            "link": notification.link,
            "command": notification.command,
            "address": notification.address,
            "rehearsal": notification.rehearsal,
            "stack": notification.stack,
            "worker": notification.worker,
            "rollout": notification.rollout,
            "stable": notification.stable,
            "candidate": notification.candidate,
            "share": notification.share,
        }
    ).encode()


def signature(secret: str, written: bytes, at: int) -> str:
    """`t=<at>,v1=<hex>`: HMAC-SHA256 (RFC 2104) of `<at>.<written>` under the secret's UTF-8 bytes."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + written, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"
