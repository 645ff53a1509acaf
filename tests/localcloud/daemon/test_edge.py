"""The daemon's edge: real requests, restored at each start, frozen for a snapshot, and gone with the daemon."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import time

import psutil
import pytest

from localcloud.api.store import Store
from localcloud.cloud import LocalCloudError
from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

HELLO = "export default { fetch() { return new Response('hello') } }"
COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async fetch() {
    const count = (await this.ctx.storage.get("count") ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    await this.env.CACHE.put("count", String(count));
    return new Response(String(count));
  }
}
export default {
  fetch(request, env) { return env.COUNTER.get(env.COUNTER.idFromName("one")).fetch(request); }
};
"""


@pytest.fixture
def worker(clone: Clone, running: DaemonRecord) -> Worker:
    made = Worker.make(clone, running.account, "shop")
    made.deploy({made.upload(HELLO): 100})
    return made


def family(record: DaemonRecord) -> list[psutil.Process]:
    process = psutil.Process(record.pid)
    return [process, *process.children(recursive=True)]


def ended(processes: list[psutil.Process], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_deployed_worker_answers_and_is_in_the_log(clone: Clone, worker: Worker) -> None:
    assert worker.get("/some/path?x=1").text == "hello"
    version = json.loads(clone.pitchey_local("status", "--json").stdout)["deployments"][0][
        "versions"
    ]
    found: list[dict[str, object]] = []
    deadline = time.monotonic() + 10
    while not found:
        assert time.monotonic() < deadline
        lines = map(json.loads, clone.pitchey_local("logs", "--json").stdout.splitlines())
        found = [line for line in lines if line["source"] == "edge"]
    assert found[0]["path"] == "https://shop.pitchey.workers.dev/some/path?x=1"
    assert (found[0]["method"], found[0]["status"]) == ("GET", 200)
    assert found[0]["version"] == version[0]["id"]


def test_after_a_kill_it_serves_again_what_was_deployed(
    clone: Clone, running: DaemonRecord, worker: Worker
) -> None:
    processes = family(running)
    os.kill(running.pid, signal.SIGKILL)
    assert ended(processes)
    clone.start()
    assert worker.get().text == "hello"


def test_a_stop_ends_the_runtimes_too(clone: Clone, running: DaemonRecord, worker: Worker) -> None:
    processes = family(running)
    assert len(processes) >= 3
    stopped = clone.cloud.stop()
    assert {p.pid for p in processes} == {int(name.split()[-1].rstrip(")")) for name in stopped}
    assert ended(processes, 0)


def test_a_stop_of_a_hanging_daemon_ends_the_runtimes_too(
    clone: Clone, running: DaemonRecord, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.daemon.lifecycle._STOP_SECONDS", 0.2)
    processes = family(running)
    os.kill(running.pid, signal.SIGSTOP)
    clone.cloud.stop()
    assert ended(processes, 0)


def test_a_snapshot_holds_objects_and_values_of_one_moment(
    clone: Clone, running: DaemonRecord
) -> None:
    api = clone.client()
    cache = api.kv.namespaces.create(account_id=running.account, title="cache")
    assert cache is not None
    counter = Worker.make(clone, running.account, "counter")
    version = counter.upload(
        COUNTER,
        [
            {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"},
            {"type": "kv_namespace", "name": "CACHE", "namespace_id": cache.id},
        ],
        migrations={"new_tag": "v1", "new_sqlite_classes": ["Counter"]},
    )
    counter.deploy({version: 100})
    assert [counter.get().text for _ in range(3)] == ["1", "2", "3"]
    assert clone.pitchey_local("snapshot", "three").returncode == 0
    assert [counter.get().text for _ in range(2)] == ["4", "5"]
    assert clone.pitchey_local("restore", "three", "--yes").returncode == 0
    assert counter.get().text == "4"
    value = api.kv.namespaces.values.get("count", account_id=running.account, namespace_id=cache.id)
    assert value.read() == b"4"
    (namespace,) = api.durable_objects.namespaces.list(account_id=running.account)
    objects = list(
        api.durable_objects.namespaces.objects.list(namespace.id or "", account_id=running.account)
    )
    assert [found.has_stored_data for found in objects] == [True]
    assert clone.pitchey_local("reset", "--yes").returncode == 0
    assert counter.get().status_code == 404


@pytest.mark.parametrize("neighbour", [1, 2])
def test_a_port_of_the_edge_that_is_taken_is_named(clone: Clone, neighbour: int) -> None:
    with (
        socket.create_server(("127.0.0.1", clone.port + neighbour)),
        pytest.raises(LocalCloudError) as refusal,
    ):
        clone.start()
    assert f"port {clone.port + neighbour} is taken by" in str(refusal.value)
    assert f"`pitchey local up --port {clone.port + 100}`" in str(refusal.value)
    assert clone.processes() == []


def test_a_version_that_fails_on_purpose(clone: Clone, worker: Worker) -> None:
    status = json.loads(clone.pitchey_local("status", "--json").stdout)
    version = status["deployments"][0]["versions"][0]["id"]
    added = clone.pitchey_local("faults", "add", "version-errors", "--version", version)
    assert added.returncode == 0
    assert worker.get().status_code == 500
    assert clone.pitchey_local("faults", "clear").returncode == 0
    assert worker.get().text == "hello"


def test_a_worker_that_does_not_start_any_more_leaves_the_api_up(
    clone: Clone, running: DaemonRecord, worker: Worker
) -> None:
    clone.cloud.stop()
    store = Store(clone.home / "state.db")
    store.execute("UPDATE blobs SET content = ?", (b"this is no code",))
    store.close()
    again = clone.start()
    assert [a.id for a in clone.client().accounts.list()] == [again.account]
    status = json.loads(clone.pitchey_local("status", "--json").stdout)
    assert "shop" in status["edge_error"]
    assert "EDGE " in clone.pitchey_local("status").stdout


def test_without_workerd_it_says_what_to_do(clone: Clone) -> None:
    (clone.folder / "node_modules").unlink()
    with pytest.raises(
        LocalCloudError, match=r"/bin/workerd is missing; install it with `make install`$"
    ):
        clone.start()
    assert clone.processes() == []


def test_https_answers_with_a_certificate_of_the_local_authority(
    clone: Clone, worker: Worker
) -> None:
    host = "shop.pitchey.workers.dev.localhost"
    context = ssl.create_default_context(cafile=str(clone.home / "ca.pem"))
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", clone.port + 2), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(request.encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"hello" in answer
    trusted = clone.pitchey_local("trust")
    assert trusted.returncode == 0
    assert str(clone.home / "ca.pem") in trusted.stdout
