"""One local cloud a test: the API as a real server on loopback, its state in a temporary folder, an edge that only records."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from localcloud.api.app import PREFIX, ApiApp
from localcloud.api.cloud import Cloud, RecordingDataPlane
from localcloud.api.edge_state import desired_state
from localcloud.api.ids import hex_id
from localcloud.api.request_log import RequestLog
from localcloud.api.services import SERVICES
from localcloud.api.store import Store
from localcloud.api.tokens import create_token
from localcloud.api.zones.models import create_zone
from tests.localcloud import official_sdk
from tests.localcloud.wrangler import Wrangler

T = TypeVar("T")
TOKEN = "local-test-token-0123456789abcdefghijklm"
ACCOUNT = "00000000000000000000000000000a01"
ZONE = "00000000000000000000000000000b01"
ZONE_NAME = "example.com"


@dataclass
class ServedCloud:
    """`api` is the official SDK without retries, `http` plain HTTP with the token and `/client/v4` as base, for what the
    SDK cannot say. `store` may be read and written by a test between requests."""

    cloud: Cloud
    edge: RecordingDataPlane
    url: str
    loop: asyncio.AbstractEventLoop
    account: str = ACCOUNT
    zone: str = ZONE
    zone_name: str = ZONE_NAME
    token: str = TOKEN
    _clients: list[Any] = field(default_factory=list[Any])

    @property
    def store(self) -> Store:
        return self.cloud.store

    def client(self, token: str | None = None) -> Cloudflare:
        client = official_sdk.client(token or self.token, self.url)
        self._clients.append(client)
        return client

    def plain(self, token: str | None = None) -> httpx.Client:
        headers = {"authorization": f"Bearer {token or self.token}"}
        client = httpx.Client(
            base_url=self.url, headers=headers, timeout=30, verify=official_sdk.NO_TLS
        )
        self._clients.append(client)
        return client

    def token_with(self, *permissions: str, accounts: tuple[str, ...] = ("*",)) -> str:
        """A new token that has only these permissions."""
        secret = f"scoped-{hex_id()}"
        create_token(self.store, secret, name="scoped", permissions=permissions, accounts=accounts)
        return secret

    def on_loop(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Runs a coroutine where the handlers run."""
        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(30)

    def close(self) -> None:
        for client in self._clients:
            client.close()


def add_zone(store: Store, name: str, account: str = ACCOUNT, id: str | None = None) -> str:
    return create_zone(store, account, name, id=id).id


class _Server(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn's own would look every 100 ms whether it should, and wait as long again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        while self.server_state.connections:
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await asyncio.sleep(0.001)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCloud]:
    store = Store(tmp_path / "state.db")
    create_account(store, "Test account", ACCOUNT)
    add_zone(store, ZONE_NAME, ACCOUNT, ZONE)
    create_token(store, TOKEN, name="tests")
    edge = RecordingDataPlane()
    cloud = Cloud(store=store, edge=edge, desired_state=desired_state)
    # With the protocol named: asyncio sets TCP_NODELAY on no other, and each answer would wait 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    cloud.addresses.api_port = port
    app = ApiApp(cloud, SERVICES, RequestLog(None))
    server = _Server(
        uvicorn.Config(app, log_level="error", lifespan="off", access_log=False, ws="none")
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, server, listener), daemon=True)
    thread.start()
    running = ServedCloud(cloud, edge, f"http://127.0.0.1:{port}{PREFIX}", loop)
    yield running
    running.close()
    loop.call_soon_threadsafe(server.ended.set)
    thread.join(10)
    listener.close()
    store.close()


def _serve(
    loop: asyncio.AbstractEventLoop, server: uvicorn.Server, listener: socket.socket
) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(server.serve(sockets=[listener]))
    loop.close()


@pytest.fixture
def api(served: ServedCloud) -> Cloudflare:
    """The official SDK."""
    return served.client()


@pytest.fixture
def http(served: ServedCloud) -> httpx.Client:
    """Plain HTTP with the token; paths are relative to /client/v4, without a leading slash or with one."""
    return served.plain()


@pytest.fixture
def account(served: ServedCloud) -> str:
    return served.account


@pytest.fixture
def zone(served: ServedCloud) -> str:
    return served.zone


@pytest.fixture
def store(served: ServedCloud) -> Store:
    return served.store


@pytest.fixture
def edge(served: ServedCloud) -> RecordingDataPlane:
    return served.edge


@pytest.fixture
def wrangler(served: ServedCloud, tmp_path: Path) -> Wrangler:
    """The official wrangler, by base URL alone; guard its tests with `needs_wrangler`."""
    return Wrangler.make(tmp_path, served.token, served.account, served.url)
