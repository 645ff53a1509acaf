"""Public URLs are asked where the cloud serves them, under their own name."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import httpx
import pytest

from delivery.clouds import Cloud
from delivery.edge import EdgeClient


class DownError(Exception):
    exit_status = 2


class FakeCloud:
    def __init__(self, *, elsewhere: bool = True, up: bool = True) -> None:
        self.elsewhere, self.up = elsewhere, up

    def resolve(self, url: str) -> tuple[str, Mapping[str, str]]:
        if not self.up:
            raise DownError("the local cloud is not running")
        if not self.elsewhere:
            return url, {}
        return "https://127.0.0.1:4802/version", {"host": "api.example.com"}

    def certificate_authority(self) -> Path | None:
        return None


def ask(edge: EdgeClient) -> httpx.Response:
    return edge.request("GET", "https://api.example.com/")


def client(cloud: FakeCloud, seen: list[httpx.Request]) -> EdgeClient:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"location": "/elsewhere"})

    return EdgeClient(cast(Cloud, cloud), httpx.MockTransport(handle))


def test_a_url_is_asked_where_the_cloud_serves_it_under_its_own_name() -> None:
    seen: list[httpx.Request] = []
    with client(FakeCloud(), seen) as edge:
        answer = edge.request("GET", "https://api.example.com/version", headers={"x": "1"})
    (request,) = seen
    assert answer.status_code == 302
    assert str(request.url) == "https://127.0.0.1:4802/version"
    assert (request.headers["host"], request.headers["x"]) == ("api.example.com", "1")
    assert request.extensions["sni_hostname"] == "api.example.com"


def test_a_public_cloud_is_asked_as_it_is() -> None:
    seen: list[httpx.Request] = []
    with client(FakeCloud(elsewhere=False), seen) as edge:
        edge.request("POST", "https://api.example.com/x", json={"a": 1})
    assert str(seen[0].url) == "https://api.example.com/x"
    assert seen[0].headers["host"] == "api.example.com"
    assert seen[0].content == b'{"a":1}'


def test_a_cloud_that_is_down_is_a_failed_connection() -> None:
    with (
        client(FakeCloud(up=False), []) as edge,
        pytest.raises(httpx.ConnectError, match="is not running"),
    ):
        edge.request("GET", "https://api.example.com/version")


def test_threads_share_it() -> None:
    seen: list[httpx.Request] = []
    with client(FakeCloud(), seen) as edge, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [edge] * 40))
    assert len(answers) == len(seen) == 40
