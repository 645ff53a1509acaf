"""A Worker's bucket on the running daemon: what was acknowledged is there after a kill, and in snapshots."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import httpx
import pytest

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

CODE = """
export default { async fetch(request, env) {
  const key = new URL(request.url).pathname.slice(1);
  if (request.method === "PUT") {
    await env.BUCKET.put(key, request.body);
    return new Response("kept");
  }
  const item = await env.BUCKET.get(key);
  return item === null ? new Response("none", { status: 404 }) : new Response(item.body);
} };
"""
MIB = 1 << 20
_KEPT = 4 * 4 + 1
"""Chunks of what was acknowledged: four objects of a bit more than 3 MiB, and a small one."""


@pytest.fixture
def worker(clone: Clone, running: DaemonRecord) -> Worker:
    clone.client().r2.buckets.create(account_id=running.account, name="uploads")
    made = Worker.make(clone, running.account, "files")
    bucket = {"type": "r2_bucket", "name": "BUCKET", "bucket_name": "uploads"}
    made.deploy({made.upload(CODE, [bucket]): 100})
    return made


def put(worker: Worker, key: str, content: bytes) -> None:
    answer = httpx.put(
        f"http://127.0.0.1:{worker.clone.port + 1}/{key}",
        headers={"host": f"{worker.name}.pitchey.workers.dev"},
        content=content,
        timeout=20,
    )
    assert answer.text == "kept"


def chunks(clone: Clone) -> int:
    with contextlib.closing(sqlite3.connect(clone.home / "state.db")) as state:
        return state.execute("SELECT COUNT(*) FROM r2_chunks").fetchone()[0]


def wait_for_chunks(clone: Clone, more_than: int) -> None:
    deadline = time.monotonic() + 10
    while chunks(clone) <= more_than:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_acknowledged_survives_a_kill_and_what_was_not_leaves_nothing(
    clone: Clone, running: DaemonRecord, worker: Worker
) -> None:
    kept = {f"{number}": os.urandom(3 * MIB + 1 + number) for number in range(4)}
    for key, content in kept.items():
        put(worker, key, content)
    with socket.create_connection(("127.0.0.1", clone.port + 1)) as half:
        head = f"PUT /half HTTP/1.1\r\nhost: files.pitchey.workers.dev\r\ncontent-length: {20 * MIB}\r\n\r\n"
        half.sendall(head.encode() + bytes(8 * MIB))
        put(worker, "last", b"x")
        wait_for_chunks(clone, more_than=_KEPT)
        os.kill(running.pid, signal.SIGKILL)
    clone.start()
    for key, content in {**kept, "last": b"x"}.items():
        assert worker.get(f"/{key}").content == content
    assert worker.get("/half").status_code == 404
    clone.cloud.stop()
    assert chunks(clone) == _KEPT


def test_a_snapshot_holds_objects(clone: Clone, worker: Worker) -> None:
    put(worker, "a", b"first")
    assert clone.pitchey_local("snapshot", "first").returncode == 0
    put(worker, "a", b"second")
    put(worker, "b", b"later")
    assert clone.pitchey_local("restore", "first", "--yes").returncode == 0
    assert worker.get("/a").text == "first"
    assert worker.get("/b").status_code == 404


def test_a_client_of_s3_is_pointed_at_it_by_env(clone: Clone, worker: Worker) -> None:
    told = json.loads(clone.pitchey_local("env", "--json").stdout)
    make = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    made = make(
        "s3",
        endpoint_url=told["R2_ENDPOINT"],
        aws_access_key_id=told["R2_ACCESS_KEY_ID"],
        aws_secret_access_key=told["R2_SECRET_ACCESS_KEY"],
        region_name="auto",
    )
    with contextlib.closing(made) as client:
        client.put_object(Bucket="uploads", Key="by-s3", Body=b"x" * MIB)
        assert worker.get("/by-s3").content == b"x" * MIB
        put(worker, "by-worker", b"y")
        assert client.get_object(Bucket="uploads", Key="by-worker")["Body"].read() == b"y"
    lines = map(json.loads, clone.pitchey_local("logs", "--json").stdout.splitlines())
    logged = [(line["method"], line["status"]) for line in lines if line["source"] == "s3"]
    assert logged == [("PUT", 200), ("GET", 200)]
