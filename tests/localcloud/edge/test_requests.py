"""What a Worker sees of a request, and a client of an answer."""

from __future__ import annotations

import asyncio
import os
import signal

from tests.localcloud.edge.conftest import HOST, Local, deployment, state, until, version

_ECHO = """
export default {
  async fetch(request) {
    return Response.json({
      url: request.url, method: request.method, headers: Object.fromEntries(request.headers),
      cf: request.cf, body: await request.text(),
    });
  },
};
"""


async def test_the_worker_sees_the_public_https_url(local: Local) -> None:
    await local.edge.apply(state(deployment((version(_ECHO), 100))))
    seen = (await local.get("/a%20b/c?x=1&x=2", f"{HOST}.localhost:4801")).json()
    assert seen["url"] == f"https://{HOST}/a%20b/c?x=1&x=2"
    assert seen["headers"]["host"] == HOST
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert seen["headers"]["cf-connecting-ip"] == "127.0.0.1"
    assert seen["headers"]["cf-ray"].endswith("-LCL")
    assert seen["cf"]["colo"] == "LCL"
    assert not [name for name in seen["headers"] if name.startswith("x-edge")]


async def test_a_get_may_bring_a_body(local: Local) -> None:
    await local.edge.apply(state(deployment((version(_ECHO), 100))))
    reader, writer = await asyncio.open_connection("127.0.0.1", local.edge.http_port)
    head = f"GET / HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n"
    writer.write(head.encode() + b"{}")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_client_that_breaks_off_its_body_is_no_error_of_the_version(local: Local) -> None:
    one = version(_ECHO)
    await local.edge.apply(state(deployment((one, 100))))
    reader, writer = await _begun(local)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 499")
    await until(lambda: bool(local.counts) and bool(local.requests))
    assert {count.status for count in local.counts} == {"clientDisconnected"}
    assert [request.status for request in local.requests] == [499]


async def test_a_version_that_ends_while_it_is_sent_a_body_is_one(local: Local) -> None:
    one = version(_ECHO)
    await local.edge.apply(state(deployment((one, 100))))
    reader, writer = await _begun(local)
    os.kill(local.pid(one.id[:8]), signal.SIGKILL)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 502")
    await until(lambda: bool(local.counts))
    assert {count.status for count in local.counts} == {"internalError"}


async def _begun(local: Local) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request of which the version has the head and some of the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", local.edge.http_port)
    head = f"POST / HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: 1000\r\n\r\n"
    writer.write(head.encode() + b"x" * 100)
    await writer.drain()
    await asyncio.sleep(0.5)
    return reader, writer
