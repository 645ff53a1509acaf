"""Bad days of KV, R2 and Redis, as a Worker and an official client live through them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import httpx
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

from localcloud.working_secrets import working_secret
from tests.localcloud.daemon.clone import Clone, Worker, make_namespace

MIB = 1 << 20
CODE = """
const parts = async (bucket, body) => {
  const upload = await bucket.createMultipartUpload("in-parts");
  const part = await upload.uploadPart(1, body);
  return upload.complete([part]);
};
const does = {
  kv: async (env, { method }, name) => {
    if (method === "PUT") { await env.KV.put(name, "written"); return "kept"; }
    return (await env.KV.get(name)) ?? "none";
  },
  r2: async (env, { method, body }, name) => {
    if (method === "PUT") { await env.BUCKET.put(name, body); return "kept"; }
    if (method === "POST") { await parts(env.BUCKET, new Uint8Array(5 << 20)); return "kept"; }
    const item = await env.BUCKET.get(name);
    return item === null ? "none" : `${(await item.arrayBuffer()).byteLength} bytes`;
  },
  redis: async (env) => {
    const answer = await fetch(env.REDIS_URL, {
      method: "POST",
      headers: { authorization: `Bearer ${env.REDIS_TOKEN}` },
      body: JSON.stringify(["INCR", "visits"]),
    });
    return `${answer.status} ${await answer.text()}`;
  },
};
export default { async fetch(request, env) {
  const [, service, name] = new URL(request.url).pathname.split("/");
  try { return new Response(await does[service](env, request, name)); }
  catch (error) { return new Response(String(error.message), { status: 202 }); }
} };
"""


@pytest.fixture(scope="module")
def worker(shared: Clone) -> Worker:
    with shared.control() as control:
        account = control.get("/status").json()["account"]
    api = shared.client()
    api.r2.buckets.create(account_id=account, name="uploads")
    namespace = make_namespace(api, account, "values").id
    secrets = {
        "REDIS_URL": working_secret(shared.cloud.home, "upstashRedisRestUrl", "dev"),
        "REDIS_TOKEN": working_secret(shared.cloud.home, "upstashRedisRestToken", "dev"),
    }
    made = Worker.make(shared, account, "shop")
    bindings: list[dict[str, Any]] = [
        {"type": "kv_namespace", "name": "KV", "namespace_id": namespace},
        {"type": "r2_bucket", "name": "BUCKET", "bucket_name": "uploads"},
        *({"type": "secret_text", "name": name, "text": text} for name, text in secrets.items()),
    ]
    made.deploy({made.upload(CODE, bindings): 100})
    return made


@pytest.fixture
def fault(shared: Clone) -> Iterator[Callable[..., None]]:
    with shared.control() as control:

        def add(effect: str, **fields: Any) -> None:
            answer = control.post("/faults", json={"effect": effect, **fields})
            assert answer.status_code == 200, answer.text

        yield add
        control.delete("/faults")


def clear(clone: Clone) -> None:
    with clone.control() as control:
        control.delete("/faults")


def ask(worker: Worker, path: str, method: str = "GET", content: bytes = b"") -> tuple[int, str]:
    answer = httpx.request(
        method,
        f"http://127.0.0.1:{worker.clone.port + 1}{path}",
        headers={"host": f"{worker.name}.pitchey.workers.dev"},
        content=content,
        timeout=20,
    )
    return answer.status_code, answer.text


def test_kv_refuses_and_may_have_obeyed(worker: Worker, fault: Callable[..., None]) -> None:
    fault("kv-errors")
    status, told = ask(worker, "/kv/a", "PUT")
    assert (status, "500" in told) == (202, True)
    clear(worker.clone)
    assert ask(worker, "/kv/a") == (200, "none")
    fault("kv-errors", after=True)
    assert ask(worker, "/kv/a", "PUT")[0] == 202
    clear(worker.clone)
    assert ask(worker, "/kv/a") == (200, "written")


def test_a_service_is_late(worker: Worker, fault: Callable[..., None]) -> None:
    for service in ("kv", "r2", "redis"):
        ask(worker, f"/{service}/none")
        fault(f"{service}-slow", seconds=0.5)
        began = time.monotonic()
        assert ask(worker, f"/{service}/none")[0] == 200
        assert time.monotonic() - began >= 0.5
        clear(worker.clone)


def test_r2_refuses_and_may_have_obeyed(worker: Worker, fault: Callable[..., None]) -> None:
    fault("r2-errors")
    assert "10001" in ask(worker, "/r2/a", "PUT", b"x")[1]
    clear(worker.clone)
    assert ask(worker, "/r2/a") == (200, "none")
    fault("r2-errors", after=True)
    assert ask(worker, "/r2/a", "PUT", b"x")[0] == 202
    clear(worker.clone)
    assert ask(worker, "/r2/a") == (200, "1 bytes")


def test_contents_of_r2_break_off_half_way_and_nothing_of_them_is_kept(
    worker: Worker, fault: Callable[..., None]
) -> None:
    whole = os.urandom(3 * MIB)
    assert ask(worker, "/r2/whole", "PUT", whole) == (200, "kept")
    fault("r2-cut")
    assert ask(worker, "/r2/half", "PUT", whole)[0] == 202
    # A part of an upload; what has no content comes through.
    assert ask(worker, "/r2/in-parts", "POST")[0] == 202
    assert ask(worker, "/r2/whole")[0] == 202
    assert ask(worker, "/r2/none") == (200, "none")
    s3 = client_of_s3(worker.clone)
    with pytest.raises(botocore.exceptions.BotoCoreError):
        s3.put_object(Bucket="uploads", Key="half", Body=whole)
    with pytest.raises((botocore.exceptions.BotoCoreError, httpx.HTTPError)):
        s3.get_object(Bucket="uploads", Key="whole")["Body"].read()
    clear(worker.clone)
    objects = s3.list_objects_v2(Bucket="uploads")["Contents"]
    assert not {"half", "in-parts"} & {item["Key"] for item in objects}
    assert s3.get_object(Bucket="uploads", Key="whole")["Body"].read() == whole


def test_a_client_of_s3_is_refused_as_r2_refuses(
    worker: Worker, fault: Callable[..., None]
) -> None:
    fault("r2-errors")
    with pytest.raises(botocore.exceptions.ClientError, match="InternalError"):
        client_of_s3(worker.clone).put_object(Bucket="uploads", Key="b", Body=b"x")


def client_of_s3(clone: Clone) -> Any:
    told = json.loads(clone.pitchey_local("env", "--json").stdout)
    make = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(
        "s3",
        endpoint_url=told["R2_ENDPOINT"],
        aws_access_key_id=told["R2_ACCESS_KEY_ID"],
        aws_secret_access_key=told["R2_SECRET_ACCESS_KEY"],
        region_name="auto",
        config=Config(retries={"max_attempts": 0}),
    )


def test_redis_is_down_and_back(worker: Worker, fault: Callable[..., None]) -> None:
    status, told = ask(worker, "/redis")
    assert (status, told[:4]) == (200, "200 ")
    done = worker.clone.pitchey_local("faults", "add", "redis-down")
    assert done.returncode == 0, done.stderr
    assert ask(worker, "/redis")[0] == 202
    assert "redis-down" in worker.clone.pitchey_local("status").stdout
    clear(worker.clone)
    assert ask(worker, "/redis")[1] == f'200 {{"result":{int(told.split(":")[1][:-1]) + 1}}}'
    # It is down after a restart of the cloud, too.
    fault("redis-down")
    worker.clone.cloud.stop()
    worker.clone.start()
    assert ask(worker, "/redis")[0] == 202


def test_redis_refuses_and_may_have_obeyed(worker: Worker, fault: Callable[..., None]) -> None:
    def visits() -> int:
        return int(ask(worker, "/redis")[1].split(":")[1][:-1])

    before = visits()
    fault("redis-errors")
    assert ask(worker, "/redis")[1].startswith("500 ")
    clear(worker.clone)
    assert visits() == before + 1
    fault("redis-errors", after=True)
    assert ask(worker, "/redis")[1].startswith("500 ")
    clear(worker.clone)
    assert visits() == before + 3


def test_redis_answers_what_it_never_says(worker: Worker, fault: Callable[..., None]) -> None:
    fault("redis-rubbish")
    said = {ask(worker, "/redis")[1] for _ in range(60)}
    assert len(said) >= 6
    assert any("<!doctype html>" in one for one in said)
    clear(worker.clone)
    # Each was obeyed.
    assert int(ask(worker, "/redis")[1].split(":")[1][:-1]) > 60
