"""A namespace, its values through the SDK, and the way a Worker's binding speaks to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.kv.runtime import NAMESPACE_HEADER, KvRuntime
from tests.localcloud.conftest import ServedCloud

_SECRET = "known-to-the-edge-only"
Binding = Callable[..., httpx.Response]


@dataclass(frozen=True)
class Values:
    """One namespace through the SDK."""

    api: Cloudflare
    account: str
    namespace: str

    def put(self, key: str, value: str | bytes, **more: Any) -> None:
        self.api.kv.namespaces.values.update(
            key,
            account_id=self.account,
            namespace_id=self.namespace,
            value=value.encode() if isinstance(value, str) else value,
            **more,
        )

    def get(self, key: str) -> bytes:
        return self.api.kv.namespaces.values.get(
            key, account_id=self.account, namespace_id=self.namespace
        ).read()

    def delete(self, key: str) -> None:
        self.api.kv.namespaces.values.delete(
            key, account_id=self.account, namespace_id=self.namespace
        )

    def metadata(self, key: str) -> Any:
        return self.api.kv.namespaces.metadata.get(
            key, account_id=self.account, namespace_id=self.namespace
        )

    def keys(self, **query: Any) -> list[str]:
        found = self.api.kv.namespaces.keys.list(self.namespace, account_id=self.account, **query)
        return [key.name for key in found]


@pytest.fixture
def namespace(api: Cloudflare, account: str) -> str:
    made = api.kv.namespaces.create(account_id=account, title="cache")
    assert made is not None
    return made.id


@pytest.fixture
def base(account: str, namespace: str) -> str:
    """The namespace's path."""
    return f"/accounts/{account}/storage/kv/namespaces/{namespace}"


@pytest.fixture
def values(api: Cloudflare, account: str, namespace: str) -> Values:
    return Values(api, account, namespace)


@pytest.fixture
def binding(served: ServedCloud, namespace: str) -> Binding:
    """The requests that workerd makes of a `KVNamespace` (tests/localcloud/edge has the real workerd send them)."""
    runtime = KvRuntime(served.store, _SECRET)

    def request(method: str, path: str, secret: str = _SECRET, **more: Any) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {secret}",
            NAMESPACE_HEADER: more.pop("namespace", namespace),
            **more.pop("headers", {}),
        }

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(runtime)
            async with httpx.AsyncClient(transport=transport, base_url="http://kv") as client:
                return await client.request(method, path, headers=headers, **more)

        return served.on_loop(send)

    return request
