"""Upstash's REST protocol, over real Valkey: by its official client, and by HTTP for what that never says."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from upstash_redis import Redis
from upstash_redis.errors import UpstashError

from localcloud.data.redis_rest import RedisRest, read_only_token
from localcloud.data.valkey import Databases
from tests.localcloud.wrangler import NODE

_PROJECT = Path(__file__).parents[3]
TOKENS = {"dev": "token-of-dev", "staging": "token-of-staging"}


@dataclass
class Served:
    url: str
    databases: Databases
    loop: asyncio.AbstractEventLoop

    def client(self, stack: str = "dev", **more: Any) -> Redis:
        return Redis(self.url, TOKENS[stack], rest_retries=0, allow_telemetry=False, **more)

    def http(self, token: str = TOKENS["dev"], **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {token}", **headers})  # fmt: skip


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The tests' own."""


def _serve(folder: Path, distance: float = 0.0) -> Iterator[Served]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    loop = asyncio.new_event_loop()
    databases = Databases(folder)
    app = RedisRest(databases, lambda: TOKENS, lambda: distance)
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))

    async def run() -> None:
        await server.serve(sockets=[listener])
        await databases.close()

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run())
        loop.close()

    # Processes end with the thread that started them, as the daemon's do with its main thread.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", databases, loop)
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from _serve(tmp_path_factory.mktemp("redis"))


@pytest.fixture
def redis(served: Served) -> Iterator[Redis]:
    client = served.client()
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def http(served: Served, redis: Redis) -> Iterator[httpx.Client]:
    with served.http() as client:
        yield client


def test_the_official_client_stores_and_reads(redis: Redis) -> None:
    assert redis.ping() == "PONG"
    assert redis.set("a", "wört ☃", ex=100)
    assert redis.get("a") == "wört ☃"
    assert 90 < redis.ttl("a") <= 100
    assert redis.get("none") is None
    assert redis.incrby("n", 41) == 41
    redis.hset("h", values={"x": "1", "y": "2"})
    assert redis.hgetall("h") == {"x": "1", "y": "2"}
    redis.zadd("z", {"one": 1, "two": 2.5})
    assert redis.zrange("z", 0, -1, withscores=True) == [("one", 1.0), ("two", 2.5)]
    redis.rpush("l", "a", "b")
    assert redis.lrange("l", 0, -1) == ["a", "b"]
    assert redis.eval("return {KEYS[1], ARGV[1], 7}", ["k"], ["v"]) == ["k", "v", 7]
    assert set(redis.keys("*")) == {"a", "n", "h", "z", "l"}


def test_pipelines_and_transactions_of_the_official_client(redis: Redis) -> None:
    pipeline = redis.pipeline()
    pipeline.set("a", 1)
    pipeline.incr("a")
    pipeline.get("a")
    assert pipeline.exec() == [True, 2, "2"]
    transaction = redis.multi()
    transaction.incr("a")
    transaction.exists("a", "b")
    assert transaction.exec() == [3, 1]


def test_a_refused_command_is_an_error(redis: Redis, http: httpx.Client) -> None:
    redis.set("a", "text")
    with pytest.raises(UpstashError, match="ERR value is not an integer"):
        redis.incr("a")
    answer = http.post("/", json=["NOSUCH", "x"])
    assert answer.status_code == 400
    assert "unknown command" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "result"),
    [
        ("GET", "/set/k/v", None, "OK"),
        ("GET", "/get/before", None, "1"),
        ("GET", "/mget/before/none", None, ["1", None]),
        ("POST", "/set/k", b"a body", "OK"),
        ("PUT", "/set/k", b"a body", "OK"),
        ("POST", "/set/k?EX=100&NX", b"a body", "OK"),
        ("GET", "/echo/a%2Fb%20%E2%98%83", None, "a/b ☃"),
        ("GET", "/exists/before/", None, 1),
        ("POST", "/", b'["MSET", "x", 1, "y", 2.5, "z", true]', "OK"),
        ("POST", "/", b'["HGETALL", "none"]', []),
    ],
)
def test_commands_in_the_path_and_in_the_body(
    redis: Redis, http: httpx.Client, method: str, path: str, body: bytes | None, result: object
) -> None:
    redis.set("before", 1)
    answer = http.request(method, path, content=body)
    assert (answer.status_code, answer.json()) == (200, {"result": result})


def test_a_body_is_the_last_argument_before_what_the_query_says(
    redis: Redis, http: httpx.Client
) -> None:
    http.post("/set/k?EX=100", content='{"json": "kept as it is"}')
    assert redis.get("k") == '{"json": "kept as it is"}'
    assert redis.ttl("k") > 90
    http.post("/", json=["MSET", "y", 2.5, "z", True])
    assert redis.mget("y", "z") == ["2.5", "true"]


def test_base64_carries_bytes(served: Served, http: httpx.Client) -> None:
    http.post("/set/k", content=bytes(range(256)))
    with served.http(**{"upstash-encoding": "base64"}) as encoded:
        found = encoded.get("/get/k").json()["result"]
        assert base64.b64decode(found) == bytes(range(256))
        assert encoded.get("/set/k/v").json() == {"result": "OK"}
        assert encoded.get("/ping").json() == {"result": base64.b64encode(b"PONG").decode()}
        nested = encoded.post("/", json=["EVAL", "return {1, {'a'}, false}", "0"]).json()
        assert nested == {"result": [1, ["YQ=="], None]}
        lines = encoded.post("/pipeline", json=[["GET", "k"], ["STRLEN", "k"]]).json()
        assert lines == [{"result": "dg=="}, {"result": 1}]


def test_a_pipeline_goes_on_after_an_error_and_a_transaction_is_all_or_nothing(
    http: httpx.Client,
) -> None:
    commands = [["SET", "a", "x"], ["INCR", "a"], ["GET", "a"]]
    for path in ("/pipeline", "/multi-exec"):
        answer = http.post(path, json=commands)
        assert answer.status_code == 200
        first, second, third = answer.json()
        assert (first, third) == ({"result": "OK"}, {"result": "x"})
        assert "not an integer" in second["error"]
    discarded = http.post("/multi-exec", json=[["SET", "a", "y"], ["GET"]])
    assert discarded.status_code == 400
    assert "EXECABORT Transaction discarded because of: ERR wrong number" in discarded.json()["error"]  # fmt: skip
    assert http.get("/get/a").json() == {"result": "x"}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/", b"", "not JSON"),
        ("/", b"{}", "JSON array"),
        ("/", b"[]", "JSON array"),
        ("/", b'["GET", null]', "texts and numbers"),
        ("/", b'["GET", ["a"]]', "texts and numbers"),
        ("/pipeline", b"[]", "empty pipeline"),
        ("/pipeline", b'["GET", "a"]', "JSON array"),
        ("/multi", None, "not available: 'multi'"),
        ("/subscribe/c", None, "not available"),
        ("/select/1", None, "not available"),
        ("/blpop/l/0", None, "NOPERM"),
        ("/config/get/dir", None, "NOPERM"),
        ("/shutdown", None, "NOPERM"),
        ("/acl/list", None, "NOPERM"),
        ("/pipeline", b'[["SET", "a", "b"], ["AUTH", "default", "-"]]', "not available"),
    ],
)
def test_what_is_refused_is_said(
    http: httpx.Client, path: str, body: bytes | None, told: str
) -> None:
    answer = http.request("GET" if body is None else "POST", path, content=body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert http.get("/exists/a").json() == {"result": 0}


def test_tokens(served: Served, http: httpx.Client) -> None:
    for token in ("wrong", "tökèn", TOKENS["dev"][:-1], read_only_token("wrong")):
        with httpx.Client(base_url=served.url) as stranger:
            answer = stranger.get(
                "/get/a", headers=[(b"authorization", f"Bearer {token}".encode())]
            )
            assert answer.status_code == 401
            assert answer.json() == {"error": "WRONGPASS invalid or missing auth token"}
    with httpx.Client(base_url=served.url) as stranger:
        assert stranger.get("/get/a").status_code == 401
        by_query = stranger.get("/set/a/1", params={"_token": TOKENS["dev"]})
        assert by_query.json() == {"result": "OK"}
    assert http.delete("/get/a").status_code == 405
    with served.http(read_only_token(TOKENS["dev"])) as reader:
        assert reader.get("/get/a").json() == {"result": "1"}
        refused = reader.get("/set/a/2")
        assert refused.status_code == 400
        assert refused.json()["error"].startswith("NOPERM")
        assert reader.post("/multi-exec", json=[["GET", "a"]]).json() == [{"result": "1"}]


def test_stacks_share_nothing(served: Served, redis: Redis) -> None:
    staging = served.client("staging")
    redis.set("a", "dev")
    staging.set("b", "staging")
    assert (staging.get("a"), staging.keys("*")) == (None, ["b"])
    staging.flushall()
    assert redis.get("a") == "dev"
    staging.close()


def test_a_sync_token_is_tolerated(http: httpx.Client) -> None:
    answer = http.get("/ping", headers={"upstash-sync-token": "abc"})
    assert answer.headers["upstash-sync-token"] == "abc"


def test_a_kill_loses_nothing_that_was_answered(served: Served, redis: Redis) -> None:
    for number in range(50):
        redis.set(f"k{number}", number)
    (pid,) = (pid for name, pid in served.databases.processes() if name == "valkey dev")
    os.kill(pid, signal.SIGKILL)
    ends = time.monotonic() + 10
    with served.http() as http:
        # What is on its way to the dead process fails once.
        while (answer := http.get("/dbsize")).status_code != 200:
            assert time.monotonic() < ends
    assert answer.json() == {"result": 50}


def test_a_request_takes_its_way_there_and_back(tmp_path: Path) -> None:
    for served in _serve(tmp_path, distance=0.4):
        with served.http() as http:
            began = time.monotonic()
            assert http.post("/pipeline", json=[["PING"], ["PING"]]).status_code == 200
            assert time.monotonic() - began >= 0.4


def test_the_next_start_has_what_the_last_one_stored(tmp_path: Path) -> None:
    for stored in (0, 1):
        for served in _serve(tmp_path):
            redis = served.client()
            assert redis.dbsize() == stored
            redis.set("a", json.dumps({"x": 1}))
            redis.close()


_IN_JAVASCRIPT = """
import { Redis } from "@upstash/redis";
const [url, token] = process.argv.slice(1);
const redis = new Redis({ url, token, retry: false, enableTelemetry: false });
await redis.set("js:a", { title: "\u00e9t\u00e9", views: 3 }, { ex: 60 });
const pipeline = redis.pipeline().incr("js:n").get("js:a").sadd("js:s", "x", "y");
const transaction = redis.multi().incr("js:n").mget("js:n", "js:none");
let refused = "";
await redis.lpush("js:a", 1).catch((error) => (refused = error.name));
console.log(JSON.stringify([await pipeline.exec(), await transaction.exec(), await redis.ttl("js:a") > 50, refused]));
"""


def test_the_official_client_for_javascript_works(served: Served) -> None:
    ran = subprocess.run(
        [str(NODE), "--input-type=module", "-e", _IN_JAVASCRIPT, served.url, TOKENS["dev"]],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    kept = {"title": "\u00e9t\u00e9", "views": 3}
    assert json.loads(ran.stdout) == [[1, kept, 2], [2, [2, None]], True, "UpstashError"]
