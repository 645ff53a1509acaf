"""`pitchey cache`: what people are told, and which exit status, of what became of each cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from delivery.cache.asked import Asked
from delivery.cache.redis import Redis
from delivery.commands import cache
from delivery.errors import FailedError, RefusedError
from tests.unit.delivery.cache.redis_server import TOKEN, URL, RedisServer
from tests.unit.delivery.cache.test_warming import WORKER, Edge

ACCESS = {"CLOUDFLARE_ACCOUNT_ID": "acc", "CLOUDFLARE_API_TOKEN": "t"}


@dataclass
class Stack:
    """In the place of the stack: what it knows, and where its edge and its Redis are."""

    name: str = "staging"
    kept: Mapping[str, str] | None = field(
        default_factory=lambda: {"upstashRedisRestUrl": URL, "upstashRedisRestToken": TOKEN}
    )
    edge: Edge = field(default_factory=Edge)
    redis: RedisServer = field(default_factory=RedisServer)
    cloud: Any = field(init=False)

    def __post_init__(self) -> None:
        def nothing(*_: object) -> None: ...

        self.cloud = SimpleNamespace(
            name="fake", certificate_authority=nothing, working_secret=nothing
        )

    def outputs(self) -> dict[str, Any]:
        urls = {"api": "https://api.example"}
        return {"urls": urls, "zoneName": "example", "zoneId": "z1", "workerName": WORKER}

    def variables(self) -> Mapping[str, str]:
        return ACCESS

    def secrets(self, stack: str) -> Mapping[str, str] | None:
        assert stack == self.name
        return self.kept


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stack:
    made = Stack()
    monkeypatch.chdir(tmp_path)

    class Client(Edge):
        """The edge, given back as a client is opened."""

        def __enter__(self) -> Edge:
            return made.edge

        def __exit__(self, *_: object) -> None: ...

    class Zone:
        def __init__(self, *_: object) -> None: ...

        def purge(self, *_: object) -> int:
            return 1

    def open_stack(*_: object) -> Stack:
        return made

    def redis(client: httpx.Client, url: str, token: str) -> Redis:
        client.close()
        assert (url, token) == (URL, TOKEN)
        return made.redis.client()

    def edge(_cloud: object) -> Client:
        return Client()

    monkeypatch.setattr(cache, "open_stack", open_stack)
    monkeypatch.setattr(cache, "EdgeClient", edge)
    monkeypatch.setattr(cache, "ZoneCache", Zone)
    monkeypatch.setattr(cache, "Redis", redis)
    return made


def run(*words: str) -> Result:
    app = typer.Typer()
    cache.register(app)

    @app.callback()
    def root() -> None: ...  # pyright: ignore[reportUnusedFunction]

    return CliRunner().invoke(app, ["cache", *words])


def test_a_purge_that_is_done_says_so_in_numbers_and_addresses(stack: Stack) -> None:
    result = run("purge", "staging", "--tag", "pitches")
    assert result.exit_code == 0, result.output
    assert "tags with another generation in Redis: 1" in result.stdout
    assert "https://api.example/api/pitches/trending" in result.stdout
    assert stack.redis.changes == [(1, ["pitches"])]


@pytest.mark.parametrize("kept", [None, {}, {"upstashRedisRestUrl": URL}])
def test_without_the_secrets_of_redis_the_rest_is_done_and_the_status_is_2(
    stack: Stack, kept: Mapping[str, str] | None
) -> None:
    stack.kept = kept
    result = run("purge", "staging", "--tag", "pitches", "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert (told["tagsInRedis"], told["callsToZone"]) == (None, 1)
    assert told["left"][0].startswith("Redis still has it: pitchey:upstashRedisRestUrl or ")
    assert "nobody-sees" not in result.output


def test_a_redis_that_is_down_is_told_without_its_address(stack: Stack) -> None:
    stack.redis.moods = [httpx.ConnectError(URL)] * 4
    result = run("purge", "staging", "--everything")
    assert result.exit_code == 2
    assert "left to do: Redis still has it: Redis does not answer" in result.stdout
    assert "nobody-sees" not in result.output


def test_what_cannot_be_meant_changes_nothing(stack: Stack) -> None:
    result = run("purge", "staging")
    assert isinstance(result.exception, RefusedError)
    assert stack.redis.pipelines == []


def test_warming_tells_what_became_of_each(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_api: object, account: str, dataset: str, top: int) -> list[Asked]:
        assert (account, dataset, top) == ("acc", "pitchey_staging", 3)
        return [Asked(f"/api/pitches/{number}", 1) for number in range(3)]

    monkeypatch.setattr(cache, "most_asked", asked)
    stack.edge.kept = {("/api/pitches/0", "v1")}
    stack.edge.missing = ("/api/pitches/2",)
    result = run("warm", "staging", "--top", "3", "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert (told["hit"], told["made"], told["failed"], told["left"]) == (1, 1, 1, 0)
    shown = run("warm", "staging", "--top", "3")
    assert "failed: HTTP 404" in shown.stdout


def test_warming_without_analytics_is_one_error(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> list[Asked]:
        raise FailedError("Analytics Engine does not answer", "run it again")

    monkeypatch.setattr(cache, "most_asked", asked)
    assert isinstance(run("warm", "staging").exception, FailedError)
    assert stack.edge.asked == []
