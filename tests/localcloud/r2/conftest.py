"""One bucket, and a Worker that is bound to it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import httpx
import pytest
import uvicorn
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from cloudflare import Cloudflare
from starlette.types import ASGIApp

from localcloud.api.ids import hex_id
from localcloud.api.r2.runtime import R2Runtime
from localcloud.api.r2.s3.app import S3App
from localcloud.api.request_log import RequestLog
from localcloud.api.tokens import find_token
from localcloud.edge import StorageService
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
    with _serving(served, R2Runtime(served.store, _SECRET)) as address:
        local = make(tmp_path / "edge", StorageService(address, _SECRET))
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


@contextlib.contextmanager
def _serving(served: ServedCloud, app: ASGIApp) -> Generator[str]:
    """The address of another server, in the loop that has the store."""
    # With the protocol named: asyncio sets TCP_NODELAY on no other, and each answer would wait 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.run_coroutine_threadsafe(server.serve([listener]), served.loop)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    serving.result(10)
    listener.close()


@dataclass(frozen=True)
class S3:
    """S3's API at `url` (without a bucket). `client` makes the official client of it, by default with the cloud's own token."""

    served: ServedCloud
    url: str
    opened: contextlib.ExitStack

    def keys(self, token: str | None = None) -> tuple[str, str]:
        """Access key and secret of a token: its id, or any for one that is not of this cloud, and the SHA-256 of its value."""
        value = token or self.served.token
        found = find_token(self.served.store, value)
        return found.id if found else hex_id(), hashlib.sha256(value.encode()).hexdigest()

    def client(self, token: str | None = None, **settings: Any) -> Any:
        access_key, secret = self.keys(token)
        config = {"retries": {"max_attempts": 0}, **settings.pop("config", {})}
        make = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
        made = make(
            "s3",
            endpoint_url=settings.pop("url", self.url),
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            region_name="auto",
            config=Config(**config),
            **settings,
        )
        return self.opened.enter_context(contextlib.closing(made))


@pytest.fixture
def s3(served: ServedCloud, bucket: str) -> Iterator[S3]:
    del bucket
    with (
        _serving(served, S3App(served.store, RequestLog(None))) as address,
        contextlib.ExitStack() as opened,
    ):
        yield S3(served, f"http://{address}/s3/{served.account}", opened)
