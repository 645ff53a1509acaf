"""Webhooks (kind `notification_webhook`, by account), and the test message that a new or changed one gets.

The message is posted, with the secret in `cf-webhook-auth`, to addresses of this machine alone. A webhook anywhere else
is kept and never contacted: the local cloud reaches nobody but this machine, so `last_success` stays empty.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import httpx

from localcloud.api.alerting import errors
from localcloud.api.store import Json

KIND: Final = "notification_webhook"
_MESSAGE: Final = {
    "text": "Hello World! This is a test message sent from https://cloudflare.com. "
    "If you can see this, your webhook is configured properly."
}
_TIMEOUT_SECONDS: Final = 5
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_SERVICES: Final = {
    "hooks.slack.com": "slack",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "chat.googleapis.com": "gchat",
    "api.datadoghq.com": "datadog",
    "api.opsgenie.com": "opsgenie",
    "open.feishu.cn": "feishu",
}


def plain_id(id: str) -> str:
    """Ids of notifications are 32 hexadecimal digits, and may be written as UUIDs."""
    return id.replace("-", "")


def checked(sent: Json) -> Json:
    """Name, url and perhaps secret. Raises `ApiError`."""
    if not isinstance(sent.get("name"), str) or not sent["name"]:
        raise errors.BAD_REQUEST(what="webhook", reason="name is missing")
    url = _url(sent.get("url"))
    if url is None or url.scheme not in {"http", "https"} or not _HOST.fullmatch(url.host):
        raise errors.BAD_REQUEST(what="webhook", reason="url must begin with http:// or https://")
    if not isinstance(sent.get("secret") or "", str):
        raise errors.BAD_REQUEST(what="webhook", reason="secret must be a text")
    return {key: sent[key] for key in ("name", "url", "secret") if sent.get(key)}


def _url(sent: object) -> httpx.URL | None:
    if not isinstance(sent, str):
        return None
    try:
        return httpx.URL(sent)
    except httpx.InvalidURL:
        return None


def service_type(url: str) -> str:
    """Which service a webhook speaks to, by the host of its URL."""
    parts = httpx.URL(url)
    if parts.path.startswith("/services/collector"):
        return "splunk"
    return _SERVICES.get(parts.host, "generic")


def shown(body: Json) -> Json:
    """The secret is write-only."""
    return {key: value for key, value in body.items() if key != "secret"}


async def send_test(url: str, secret: str | None) -> bool:
    """Whether a message was sent. Raises `ApiError` when it was and was not taken."""
    parts = httpx.URL(url)
    if not _is_here(parts.host):
        return False
    headers = {"host": parts.netloc.decode("ascii")}
    if secret:
        headers["cf-webhook-auth"] = secret
    # A name under `.localhost` need not resolve, and a proxy of the user's would be somewhere else.
    target = parts.copy_with(host="127.0.0.1") if parts.host.endswith("localhost") else parts
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.post(target, json=_MESSAGE, headers=headers)
    except httpx.HTTPError as error:
        raise errors.TEST_FAILED(reason=f": {str(error) or type(error).__name__}") from error
    if not answer.is_success:
        reason = f" with status code {answer.status_code} {answer.reason_phrase}"
        raise errors.TEST_FAILED(reason=reason)
    return True


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
