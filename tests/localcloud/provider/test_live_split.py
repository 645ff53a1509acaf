"""The program reads who serves from the API itself: whichever plugin it runs with, a live split is seen as it is."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pulumi
import pytest
import stamina

from tests.localcloud.conftest import ACCOUNT, ServedCloud
from tests.localcloud.provider import workers

with warnings.catch_warnings():
    # Importing pulumi_cloudflare warns about resource types that Cloudflare has renamed and nobody here uses.
    warnings.simplefilter("ignore", DeprecationWarning)
    from components.live_split import Share
    from settings.live_split import read_live_split

_A = f"/accounts/{ACCOUNT}"


def environment(served: ServedCloud, **other: str) -> dict[str, str]:
    return {"CLOUDFLARE_BASE_URL": served.url, "CLOUDFLARE_API_TOKEN": served.token, **other}


def uploaded(http: httpx.Client, count: int) -> list[str]:
    made = http.post(f"{_A}/workers/workers", json={"name": "shop"}).json()["result"]
    path = f"{_A}/workers/workers/{made['id']}/versions"
    code = {"main_module": "index.js", "modules": [workers.MODULE]}
    return [http.post(path, json=code).json()["result"]["id"] for _ in range(count)]


def deploy(http: httpx.Client, *shares: tuple[str, float]) -> None:
    versions = [{"version_id": id, "percentage": percentage} for id, percentage in shares]
    body = {"strategy": "percentage", "versions": versions}
    assert http.post(f"{_A}/workers/scripts/shop/deployments", json=body).status_code == 200


def test_a_live_split_is_read_in_its_own_order(served: ServedCloud, http: httpx.Client) -> None:
    stable, candidate = uploaded(http, 2)
    deploy(http, (stable, 100))
    deploy(http, (candidate, 0.5), (stable, 99.5))
    assert read_live_split(ACCOUNT, "shop", environment(served), {}) == (
        Share(candidate, 0.5),
        Share(stable, 99.5),
    )


def test_a_worker_that_serves_nothing_yet_has_no_split(
    served: ServedCloud, http: httpx.Client
) -> None:
    assert read_live_split(ACCOUNT, "shop", environment(served), {}) is None
    uploaded(http, 1)
    assert read_live_split(ACCOUNT, "shop", environment(served), {}) is None


def test_the_stacks_configuration_of_the_provider_goes_before_the_environment(
    served: ServedCloud, http: httpx.Client
) -> None:
    (only,) = uploaded(http, 1)
    deploy(http, (only, 100))
    config = {"cloudflare:baseUrl": served.url + "/", "cloudflare:apiToken": served.token}
    elsewhere = {"CLOUDFLARE_BASE_URL": "http://127.0.0.1:1", "CLOUDFLARE_API_TOKEN": "x"}
    for outside in ({}, elsewhere):
        assert read_live_split(ACCOUNT, "shop", outside, config) == (Share(only, 100),)


@pytest.mark.parametrize(
    ("other", "account", "said"),
    [
        ({"CLOUDFLARE_API_TOKEN": "x" * 40}, ACCOUNT, "Authentication error|Invalid"),
        ({"CLOUDFLARE_API_TOKEN": ""}, ACCOUNT, "no CLOUDFLARE_API_TOKEN"),
        ({}, "f" * 32, "7403"),
    ],
)
def test_what_cannot_be_read_is_no_missing_worker(
    served: ServedCloud, other: dict[str, str], account: str, said: str
) -> None:
    with pytest.raises(pulumi.RunError, match=said) as refusal:
        read_live_split(account, "shop", environment(served, **other), {})
    assert "nothing was changed" in str(refusal.value)
    assert served.token not in str(refusal.value)


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Generator[str]:
    """An API that gives these answers one after the other, the last for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


NONE = b'{"success":true,"errors":[],"result":{"deployments":[]}}'


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_cloud_that_fails_now_and_then_is_asked_again(status: int) -> None:
    with (
        answering((status, b"{}"), (status, b"{}"), (200, NONE)) as base,
        stamina.set_testing(True, attempts=5),
    ):
        told = read_live_split(
            ACCOUNT, "shop", {"CLOUDFLARE_BASE_URL": base, "CLOUDFLARE_API_TOKEN": "t"}, {}
        )
    assert told is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>not found</html>"),
        (404, b'{"success":false,"errors":[{"code":7003,"message":"no route"}],"result":null}'),
        (200, b'{"success":true,"errors":[],"result":{"items":[]}}'),
        (200, b'{"success":true,"errors":[],"result":{"deployments":[{"versions":[]}]}}'),
        (500, b"{}"),
    ],
    ids=["no API", "no route", "another answer", "no versions", "down"],
)
def test_an_answer_that_is_not_understood_is_not_taken_for_no_deployment(
    status: int, body: bytes
) -> None:
    settings = {"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_EMAIL": "a@example.com"}
    with answering((status, body)) as base, stamina.set_testing(True, attempts=2):  # noqa: SIM117
        with pytest.raises(pulumi.RunError, match="could not be read"):
            read_live_split(ACCOUNT, "shop", {"CLOUDFLARE_BASE_URL": base, **settings}, {})
