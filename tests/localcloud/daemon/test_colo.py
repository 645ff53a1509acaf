"""What a deployed Worker keeps in the cache and writes to Analytics Engine, as the API sees it."""

from __future__ import annotations

import os
import signal
import time

import httpx
import pytest

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

PAGES = """
export default { async fetch(request, env) {
  const found = await caches.default.match(request.url);
  if (found) return found;
  env.VISITS.writeDataPoint({ indexes: ["made"], blobs: [new URL(request.url).pathname], doubles: [2.5] });
  const made = new Response("made by {V}", { headers: { "cache-tag": "pages", "cache-control": "max-age=600" } });
  await caches.default.put(request.url, made.clone());
  return made;
} };
"""


@pytest.fixture
def pages(clone: Clone, running: DaemonRecord) -> Worker:
    made = Worker.make(clone, running.account, "pages")
    client = clone.client()
    zone = client.zones.create(account={"id": running.account}, name="example.org", type="full")
    assert zone is not None
    client.workers.routes.create(zone_id=zone.id, pattern="example.org/*", script="pages")
    return made


def _deploy(worker: Worker, name: str) -> None:
    bindings = [{"type": "analytics_engine", "name": "VISITS", "dataset": "visits"}]
    worker.deploy({worker.upload(PAGES.replace("{V}", name), bindings): 100})


def _get(clone: Clone, path: str) -> tuple[str, str | None]:
    answer = httpx.get(
        f"http://127.0.0.1:{clone.port + 1}{path}", headers={"host": "example.org"}, timeout=20
    )
    assert answer.status_code == 200
    assert "cache-tag" not in answer.headers
    return answer.text, answer.headers.get("cf-cache-status")


def _written(clone: Clone, account: str, points: int) -> list[dict[str, object]]:
    """Once so many points are there: they are written after the answer has left."""
    ends = time.monotonic() + 10
    while True:
        found = _asked(clone, account)
        if sum(int(str(row["n"])) for row in found) >= points or time.monotonic() > ends:
            return found


def _asked(clone: Clone, account: str) -> list[dict[str, object]]:
    answer = httpx.post(
        f"http://127.0.0.1:{clone.port}/client/v4/accounts/{account}/analytics_engine/sql",
        headers={"authorization": f"Bearer {clone.token}"},
        content="SELECT blob1, sum(_sample_interval * double1) AS sum, count() AS n FROM visits GROUP BY blob1 ORDER BY blob1",
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_purges_and_points_through_the_api(
    clone: Clone, running: DaemonRecord, pages: Worker
) -> None:
    _deploy(pages, "one")
    assert _get(clone, "/a") == ("made by one", None)
    assert _get(clone, "/a") == ("made by one", "HIT")
    _deploy(pages, "two")
    assert _get(clone, "/a") == ("made by one", "HIT")
    assert _get(clone, "/b") == ("made by two", None)
    client = clone.client()
    (zone,) = client.zones.list(name="example.org")
    client.cache.purge(zone_id=zone.id, files=["https://example.org/a"])
    assert _get(clone, "/a") == ("made by two", None)
    assert _get(clone, "/b") == ("made by two", "HIT")
    client.cache.purge(zone_id=zone.id, tags=["pages"])
    assert _get(clone, "/b") == ("made by two", None)
    made = [{"blob1": "/a", "sum": 5, "n": "2"}, {"blob1": "/b", "sum": 5, "n": "2"}]
    assert _written(clone, running.account, 4) == made
    os.kill(running.pid, signal.SIGKILL)
    again = clone.start()
    assert _written(clone, again.account, 4) == made
    assert _get(clone, "/b") == ("made by two", None)
