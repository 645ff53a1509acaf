"""The Redis that a stack's secrets lead to: from a Worker, from the official client, through kills and snapshots."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from upstash_redis import Redis

from localcloud.daemon.home import Home
from localcloud.daemon.record import DaemonRecord
from localcloud.working_secrets import working_secret
from tests.localcloud.daemon.clone import Clone, Worker

COUNTING = """
export default { async fetch(request, env) {
  const answer = await fetch(env.UPSTASH_REDIS_REST_URL, {
    method: "POST",
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(["INCR", "visits"]),
  });
  return new Response(await answer.text(), { status: answer.status });
} };
"""


def _secrets(clone: Clone, stack: str) -> tuple[str, str]:
    home = Home(clone.home)
    found = [working_secret(home, key, stack) for key in ("upstashRedisRestUrl", "upstashRedisRestToken")]  # fmt: skip
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


@contextlib.contextmanager
def _client(clone: Clone, stack: str, monkeypatch: pytest.MonkeyPatch) -> Generator[Redis]:
    monkeypatch.setenv("SSL_CERT_FILE", str(clone.home / "ca.pem"))
    client = Redis(*_secrets(clone, stack), rest_retries=0, allow_telemetry=False)
    try:
        yield client
    finally:
        client.close()


def _valkeys(clone: Clone) -> list[int]:
    told = json.loads(clone.pitchey_local("status", "--json").stdout)
    return [p["pid"] for p in told["processes"] if p["name"].startswith("valkey")]


def test_a_workers_secrets_lead_to_the_stacks_own_redis(
    clone: Clone, running: DaemonRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _valkeys(clone) == []
    url, token = _secrets(clone, "dev")
    assert url in clone.pitchey_local("status").stdout
    worker = Worker.make(clone, running.account, "shop")
    bindings = [
        {"type": "secret_text", "name": "UPSTASH_REDIS_REST_URL", "text": url},
        {"type": "secret_text", "name": "UPSTASH_REDIS_REST_TOKEN", "text": token},
    ]
    worker.deploy({worker.upload(COUNTING, bindings): 100})
    assert worker.get().json() == {"result": 1}
    with _client(clone, "dev", monkeypatch) as dev, _client(clone, "staging", monkeypatch) as other:
        assert dev.incr("visits") == 2
        assert other.get("visits") is None
    first, second = _valkeys(clone)
    with clone.control() as control:
        assert control.post("/snapshots", json={"name": "two"}).status_code < 300
    with _client(clone, "dev", monkeypatch) as dev:
        dev.set("visits", 40)
    os.kill(running.pid, signal.SIGKILL)
    clone.start()
    assert all(_gone(pid) for pid in (first, second))
    assert worker.get().json() == {"result": 41}
    with clone.control() as control:
        assert control.post("/restore", json={"name": "two"}).status_code < 300
    assert worker.get().json() == {"result": 3}
    with clone.control() as control:
        assert control.post("/reset").status_code < 300
    with _client(clone, "dev", monkeypatch) as dev:
        assert dev.dbsize() == 0


def _gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists() or "Z (zombie)" in Path(f"/proc/{pid}/status").read_text()  # fmt: skip


def test_a_taken_port_is_exchanged_for_another(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.home.mkdir(parents=True, mode=0o700)
    url, _ = _secrets(clone, "dev")
    with socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))):
        clone.start()
        assert _secrets(clone, "dev")[0] != url
        with _client(clone, "dev", monkeypatch) as dev:
            assert dev.ping() == "PONG"
