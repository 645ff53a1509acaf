"""Requests to public addresses, wherever the cloud serves them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import httpx

from delivery.clouds import Cloud

SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 2.0


class Edge(Protocol):
    """What answers public URLs; raises `httpx.HTTPError`."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = SECONDS,
    ) -> httpx.Response: ...


class EdgeClient:
    """One pool of connections, made when it is first needed, for any number of threads. Nothing is tried again here."""

    def __init__(self, cloud: Cloud, transport: httpx.BaseTransport | None = None) -> None:
        self._cloud = cloud
        self._transport = transport
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = SECONDS,
    ) -> httpx.Response:
        """`timeout` in seconds, for connecting and for each part of the answer. Raises `httpx.HTTPError`, also when the
        cloud itself is not running."""
        try:
            address, own = self._cloud.resolve(url)
            client = self._pool()
        except Exception as error:
            # What a cloud raises on purpose has this: it is down, as a name that leads nowhere.
            if not hasattr(error, "exit_status"):
                raise
            raise httpx.ConnectError(str(error)) from error
        extensions: dict[str, Any] = {}
        if urlsplit(address).scheme == "https":
            extensions["sni_hostname"] = own.get("host") or urlsplit(url).hostname or ""
        return client.request(
            method,
            address,
            headers={**(headers or {}), **own},
            json=json,
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            extensions=extensions,
        )

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pool(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    verify=ssl.create_default_context(cafile=self._cloud.certificate_authority()),
                    transport=self._transport,
                    follow_redirects=False,
                    # What the environment says of proxies is not meant for an address of our own.
                    trust_env=False,
                )
            return self._client
