"""Slack, by an incoming webhook: the address is the secret.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://docs.slack.dev/reference/block-kit/blocks (limits)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from delivery.notifications.notification import Notification, Severity, one_line
from delivery.notifications.posting import exchange

_MARKS: Final = {Severity.INFO: "🟢", Severity.WARNING: "🟡", Severity.ERROR: "🔴"}
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MOST_FIELDS: Final = 10


@dataclass(frozen=True)
class Slack:
    url: str = field(repr=False)
    minimum: Severity = Severity.INFO
    name: str = "slack"

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        body = json.dumps(message(notification)).encode()
        headers = {"Content-Type": "application/json"}
        exchange("POST", self.url, headers, body, timeout)
        return None


def message(notification: Notification) -> dict[str, Any]:
    """The webhook's payload. All words are `plain_text`, where Slack reads neither mentions nor marks."""
    mark = _MARKS[notification.severity]
    title = f"{mark} {one_line(notification.title)}"
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(title, 150)}]
    if notification.text.strip():
        blocks.append({"type": "section", "text": _plain(notification.text, 3000)})
    # Ten fields are a section's most; thirty are shown.
    shown = notification.rows()
    fields = [_plain(f"{one_line(k)}\n{one_line(v)}", 2000) for k, v in shown.items()]
    for start in range(0, min(len(fields), 3 * _MOST_FIELDS), _MOST_FIELDS):
        blocks.append({"type": "section", "fields": fields[start : start + _MOST_FIELDS]})
    link = _link(notification.link)
    if link:
        text = {"type": "mrkdwn", "text": f"<{link}|Open>", "verbatim": True}
        blocks.append({"type": "section", "text": text})
    if notification.command:
        typed = f"To read on: {one_line(notification.command)}"
        blocks.append({"type": "section", "text": _plain(typed, 3000)})
    blocks.append({"type": "context", "elements": [_plain(notification.id, 300)]})
    return {
        "text": escape(f"{mark} [{one_line(notification.stack)}] {notification.headline}", 3000),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks,
    }


def escape(text: str, most: int) -> str:
    """At most `most` characters of text as Slack wants them written; no character is cut in two.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    written: list[str] = []
    length = 0
    for character in text.encode(errors="replace").decode():
        piece = _ESCAPES.get(character, character)
        if length + len(piece) > most - 1:
            return "".join(written) + "…"
        written.append(piece)
        length += len(piece)
    return "".join(written)


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escape(text, most) or "-", "emoji": False}


def _link(link: str | None) -> str | None:
    if link is None or not link.startswith(("https://", "http://")):
        return None
    whole = one_line(link).replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return whole.replace("&", "&amp;") if len(whole) < 2000 and " " not in whole else None
