"""One bucket, and a Worker that is bound to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cloudflare import Cloudflare

from localcloud.api.r2.runtime import R2Runtime
from localcloud.edge import KvService
from localcloud.edge.model import Binding
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.edge.conftest import HOST, Local, binding, deployment, make, state, version

BUCKET = "uploads"
_SECRET = "known-to-the-edge-only"


@pytest.fixture
def bucket(api: Cloudflare, account: str) -> str:
    """Its name; it is empty."""
    api.r2.buckets.create(account_id=account, name=BUCKET)
    return BUCKET


@pytest.fixture
def base(account: str, bucket: str) -> str:
    """The bucket's path."""
    return f"/accounts/{account}/r2/buckets/{bucket}"


@dataclass(frozen=True)
class Worker:
    """Code in real workerd with `env.BUCKET` (and what else it is given), asked over HTTP."""

    served: ServedCloud
    local: Local
    bindings: tuple[Binding, ...]

    def deploy(self, source: str) -> None:
        """An ES module."""
        made = version(source, bindings=self.bindings)
        self.served.on_loop(lambda: self.local.edge.apply(state(deployment((made, 100)))))

    def ask(self, path: str = "/", method: str = "GET", **more: Any) -> httpx.Response:
        url = f"http://127.0.0.1:{self.local.edge.http_port}{path}"
        return httpx.request(method, url, headers={"host": HOST}, timeout=30, **more)

    def run(self, code: str) -> Any:
        """What `code` returns, the body of an async function of `bucket` and `env`. `caught` gives an error's text."""
        self.deploy(_PROGRAM % code)
        answer = self.ask()
        assert answer.status_code == 200, answer.text
        return answer.json()


_PROGRAM = """
const caught = async (work) => { try { return await work(); } catch (error) { return String(error.message); } };
export default { async fetch(request, env) {
  const bucket = env.BUCKET;
  try { return Response.json((await (async () => { %s })()) ?? null); }
  catch (error) { return new Response(error.stack, { status: 500 }); }
} };
"""


@pytest.fixture
def worker(served: ServedCloud, bucket: str, tmp_path: Path) -> Iterator[Worker]:
    """With a second bucket, of the jurisdiction `eu` as `env.EU`, and one that is not there as `env.GONE`."""
    served.client().r2.buckets.create(
        account_id=served.account, name=f"{bucket}-eu", cf_r2_jurisdiction="eu"
    )
    listener = socket.create_server(("127.0.0.1", 0))
    app = R2Runtime(served.store, _SECRET)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.run_coroutine_threadsafe(server.serve([listener]), served.loop)
    service = KvService(f"127.0.0.1:{listener.getsockname()[1]}", _SECRET)
    local = make(tmp_path / "edge", service)
    served.on_loop(local.edge.start)
    yield Worker(
        served,
        local,
        (
            binding("BUCKET", "r2_bucket", bucket_name=bucket),
            binding("EU", "r2_bucket", bucket_name=f"{bucket}-eu", jurisdiction="eu"),
            binding("GONE", "r2_bucket", bucket_name="gone"),
        ),
    )
    served.on_loop(local.edge.stop)
    server.should_exit = True
    serving.result(10)
    listener.close()
