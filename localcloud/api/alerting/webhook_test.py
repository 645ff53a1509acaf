"""The test message that a new webhook gets, with its secret in `cf-webhook-auth`.

Only addresses of this machine are spoken to: the local cloud reaches nobody else, so a webhook elsewhere is kept untested.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import httpx

from localcloud.api.alerting import errors

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_MESSAGE: Final = {"text": "Hello World! This is a test message sent from Cloudflare."}


async def send_test(url: str, secret: str | None) -> bool:
    """Whether a message was sent. Raises `ApiError` when it was and was not taken."""
    host = urlsplit(url).hostname or ""
    if host not in _LOOPBACK and not host.endswith(".localhost"):
        return False
    headers = {"cf-webhook-auth": secret} if secret else {}
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.post(url, json=_MESSAGE, headers=headers)
    except httpx.HTTPError as error:
        raise errors.TEST_FAILED(reason=str(error) or type(error).__name__) from error
    if answer.status_code >= 300:
        raise errors.TEST_FAILED(reason=f"HTTP {answer.status_code}")
    return True
