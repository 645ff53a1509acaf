"""The official SDK with one token and nothing else of the user's environment."""

from __future__ import annotations

import ssl
from typing import Final

from cloudflare import DEFAULT_TIMEOUT, Cloudflare, DefaultHttpxClient, Timeout

CLOUDFLARE: Final = "https://api.cloudflare.com/client/v4"
# Loopback is plain HTTP; a context of its own for each client would read the system's authorities, 30 ms each.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client(
    token: str, url: str, *, max_retries: int = 0, timeout: float | Timeout = DEFAULT_TIMEOUT
) -> Cloudflare:
    """A key or an e-mail address that lies in the environment would be sent in place of the token, so they are struck off."""
    plain = DefaultHttpxClient(verify=NO_TLS) if url.startswith("http:") else None
    made = Cloudflare(
        api_token=token, base_url=url, max_retries=max_retries, timeout=timeout, http_client=plain
    )
    made.api_key = made.api_email = made.user_service_key = None
    return made
