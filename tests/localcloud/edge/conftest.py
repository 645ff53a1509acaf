"""A real edge over real workerd, without the API: tests hand it desired states and ask it over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.edge import Edge, EdgeRequest, StorageService
from localcloud.edge.model import (
    Binding,
    DataPoint,
    EdgeProcess,
    EdgeState,
    HostRoute,
    InvocationCount,
    Module,
    ObjectNamespace,
    ScriptDeployment,
    Share,
    Version,
)

ROOT = Path(__file__).parents[3]
WORKERD = ROOT / "node_modules" / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"
ACCOUNT = "00000000000000000000000000000a01"
HOST = "api.example.com"
_numbers = itertools.count(1)


def binding(name: str, type: str, **settings: Any) -> Binding:
    return Binding(name, type, {"name": name, "type": type, **settings})


def version(
    source: str,
    *,
    script: str = "api",
    bindings: Sequence[Binding] = (),
    modules: Sequence[Module] = (),
    **more: Any,
) -> Version:
    """A version of an ES module Worker; `{V}` in the source becomes its number."""
    number = next(_numbers)
    code = source.replace("{V}", str(number)).encode()
    return Version(
        account=ACCOUNT,
        script=script,
        script_id=uuid.uuid5(uuid.NAMESPACE_DNS, script).hex,
        id=str(uuid.uuid4()),
        number=number,
        tag=f"tag-{number}",
        created_on="2026-01-01T00:00:00Z",
        main_module=more.pop("main_module", "index.js"),
        modules=(Module("index.js", "application/javascript+module", code), *modules),
        compatibility_date="2026-01-01",
        compatibility_flags=(),
        bindings=tuple(bindings),
        **more,
    )


def answering(text: str, **more: Any) -> Version:
    return version(f"export default {{ fetch() {{ return new Response({text!r}); }} }}", **more)


def deployment(
    *shares: tuple[Version, float], objects: Sequence[ObjectNamespace] = ()
) -> ScriptDeployment:
    first = shares[0][0]
    return ScriptDeployment(
        first.account,
        first.script,
        str(uuid.uuid4()),
        tuple(Share(version, percentage) for version, percentage in shares),
        tuple(objects),
    )


def state(
    *deployments: ScriptDeployment, hosts: Mapping[str, str] | None = None, **more: Any
) -> EdgeState:
    """`hosts`: host → script; by default the first script is on `HOST`."""
    places = hosts or {HOST: deployments[0].script}
    routes = tuple(HostRoute(f"{host}/*", script, ACCOUNT) for host, script in places.items())
    return EdgeState(deployments=deployments, routes=routes + tuple(more.pop("routes", ())), **more)


@dataclass
class Local:
    """A started edge; `blobs`, `counts`, `requests` and `points` are what it asks for and what it tells."""

    edge: Edge
    home: Path
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    counts: list[InvocationCount] = field(default_factory=list[InvocationCount])
    requests: list[EdgeRequest] = field(default_factory=list[EdgeRequest])
    points: list[DataPoint] = field(default_factory=list[DataPoint])
    client: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)

    async def get(
        self, path: str = "/", host: str = HOST, method: str = "GET", **more: Any
    ) -> httpx.Response:
        headers = {"host": host, **more.pop("headers", {})}
        url = f"http://127.0.0.1:{self.edge.http_port}{path}"
        return await self.client.request(method, url, headers=headers, timeout=20, **more)

    async def text(self, path: str = "/", host: str = HOST, **more: Any) -> str:
        return (await self.get(path, host, **more)).text

    def versions(self) -> list[EdgeProcess]:
        """Processes that run versions."""
        return [p for p in self.edge.processes() if not p.name.startswith("front")]

    def pid(self, name: str) -> int:
        return next(process.pid for process in self.edge.processes() if name in process.name)


def make(home: Path, kv: StorageService | None = None) -> Local:
    blobs: dict[str, bytes] = {}
    counts: list[InvocationCount] = []
    requests: list[EdgeRequest] = []
    points: list[DataPoint] = []
    edge = Edge(
        home,
        WORKERD,
        0,
        0,
        kv or StorageService("127.0.0.1:1", "no-kv"),
        blobs.__getitem__,
        counts.extend,
        requests.append,
        points.extend,
    )
    return Local(edge, home, blobs, counts, requests, points)


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Local]:
    running = make(tmp_path)
    await running.edge.start()
    yield running
    await running.client.aclose()
    await running.edge.stop()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Raises `TimeoutError` when it does not come true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.01)
