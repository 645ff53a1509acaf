"""What a Worker sees of a request, and a client of an answer."""

from __future__ import annotations

from tests.localcloud.edge.conftest import HOST, Local, deployment, state, version

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
