"""The Worker's own bad days: its Durable Objects are evicted, clocks are off by a minute, what KV tells is old."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
import psutil
import pytest

from tests.integration.application import PASSWORD, Api, Person
from tests.integration.bad_days import until
from tests.integration.checkout import Checkout

PITCH: Final = {
    "title": "The Salt Road",
    "logline": "A smuggler of salt must cross a border that moves each night.",
    "genre": "Drama",
    "format": "feature",
    "budget": 4_200_000,
}
_LOGINS: Final = 10
_READERS: Final = "/api/dashboards/investor"


@pytest.fixture(scope="module")
def site(checkout: Checkout) -> Iterator[Api]:
    made = Api.of(checkout, checkout.up())
    yield made
    made.close()


@pytest.fixture(scope="module")
def reader(site: Api) -> Person:
    return site.signed_up("investor", "Chidi")


def test_an_old_or_early_token_is_taken_as_far_as_clocks_may_differ(
    checkout: Checkout, site: Api, reader: Person
) -> None:
    secret = _secret(checkout)
    payload = json.loads(_decoded(reader.token.split(".")[1]))

    def status(**times: int) -> int:
        now = int(time.time())
        moved = {name: now + offset for name, offset in times.items()}
        return _status(site, _signed(secret, {**payload, **moved}))

    life = 900
    # By a machine whose clock is a minute ahead, and by one that is a minute late; with seconds to spare for the test's own.
    assert status(iat=50, nbf=50, exp=50 + life) == 200
    assert status(iat=-life - 45, nbf=-life - 45, exp=-45) == 200
    assert status(iat=90, nbf=90, exp=90 + life) == 401
    assert status(iat=-life - 75, nbf=-life - 75, exp=-75) == 401
    # Nobody gains by a clock what no token of ours has.
    assert status(iat=0, nbf=0, exp=life + 1) == 401
    assert _status(site, _signed("x" * 40, payload)) == 401


def test_what_was_counted_of_requests_outlives_the_recorder(checkout: Checkout, site: Api) -> None:
    told = _Metrics(checkout)
    for _ in range(20):
        assert site.ask("GET", "/api/version").status_code == 200
    until(lambda: told.requests() >= 20)
    before = told.requests()
    _evict(checkout, "pitchey-rollouts-staging objects")
    for _ in range(20):
        # Users are served meanwhile, and told nothing of it.
        assert site.ask("GET", "/api/version").status_code == 200
    until(lambda: told.requests() >= before + 20)


def test_an_upload_that_its_client_breaks_off_leaves_nothing_and_is_nobodys_error(
    checkout: Checkout, site: Api
) -> None:
    told = _Metrics(checkout)
    creator = site.signed_up("creator", "Ada")
    pitch = site.ask("POST", "/api/pitches", by=creator, json=PITCH).json()["id"]
    before = told.requests("errors")
    head = [
        f"POST /api/pitches/{pitch}/uploads?name=deck.pdf HTTP/1.1",
        "host: pitchey-api-staging.pitchey.workers.dev",
        f"authorization: Bearer {creator.token}",
        "content-type: application/pdf",
        "content-length: 100000",
    ]
    with socket.create_connection(("127.0.0.1", checkout.port + 1), timeout=20) as client:
        client.sendall("\r\n".join([*head, "", ""]).encode() + b"%PDF-1.7\n" + b"x" * 50_000)
        time.sleep(0.5)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(4096).startswith(b"HTTP/1.1 4")
    whole = site.ask("GET", f"/api/pitches/{pitch}", by=creator).json()["whole"]
    assert whole["uploads"] == []
    time.sleep(2.5)
    assert told.requests("errors") == before


def test_kv_that_is_hours_late_changes_nothing_for_users(checkout: Checkout, site: Api) -> None:
    checkout.done("local", "faults", "add", "kv-stale", "--seconds", "7200")
    _flag(checkout, "maintenance", "on")
    try:
        for _ in range(6):
            assert site.ask("GET", "/api/pitches").status_code == 200
            assert site.ask("GET", "/api/health").status_code == 200
            time.sleep(0.5)
    finally:
        checkout.done("local", "faults", "clear")
    # What was written meanwhile holds as soon as it can be read.
    until(lambda: site.ask("GET", "/api/pitches").status_code == 503)
    closed = site.ask("GET", "/api/pitches")
    assert int(closed.headers["retry-after"]) > 0
    assert site.ask("GET", "/api/health").status_code == 200
    _flag(checkout, "maintenance", "off")
    until(lambda: site.ask("GET", "/api/pitches").status_code == 200)


def test_who_has_tried_too_often_is_still_refused_when_the_limiter_was_evicted(
    checkout: Checkout, site: Api, reader: Person
) -> None:
    def tried() -> httpx.Response:
        wrong = {"email": reader.email, "password": f"not-{PASSWORD}"}
        return site.ask("POST", "/api/sessions", json=wrong)

    # Some have run in again since the reader came.
    statuses = [tried().status_code for _ in range(_LOGINS + 4)]
    assert statuses[-1] == 429
    assert set(statuses) == {401, 429}
    _evict(checkout, "pitchey-rollouts-staging objects")
    # Until it answers again the isolate counts for itself, from a bucket of its own.
    until(lambda: site.ask("GET", _READERS, by=reader).headers.get("ratelimit") is not None)
    # One may have run in meanwhile; a bucket that was forgotten would have ten.
    again = [tried() for _ in range(3)]
    assert again[-1].status_code == 429
    assert 0 < int(again[-1].headers["retry-after"]) <= 30


def _evict(checkout: Checkout, name: str) -> None:
    """Ends the process in which the objects live, as the platform does with an object at any time."""
    told: dict[str, Any] = json.loads(checkout.done("local", "status", "--json"))
    (pid,) = [one["pid"] for one in told["processes"] if one["name"] == name]
    psutil.Process(pid).send_signal(signal.SIGKILL)


def _flag(checkout: Checkout, name: str, value: str) -> None:
    namespace = checkout.outputs()["namespaceIds"]["flags"]
    path = f"/accounts/{checkout.account()}/storage/kv/namespaces/{namespace}/values/{name}"
    with checkout.api() as api:
        api.put(path, content=value.encode()).raise_for_status()


class _Metrics:
    """What the Rollouts Worker tells of the last minutes."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        self._since = int(time.time()) - 600
        self._token = checkout.done(
            *("pulumi", "staging", "stack", "output", "rolloutsToken", "--show-secrets")
        ).strip()

    def requests(self, what: str = "requests") -> int:
        """All of them, or of another count; 0 while the recorder does not answer."""
        answer = self._checkout.get(
            "pitchey-rollouts-staging.pitchey.workers.dev",
            f"/metrics?after={self._since}",
            {"authorization": f"Bearer {self._token}"},
        )
        if not answer.is_success:
            return 0
        return sum(counts[what] for counts in answer.json()["versions"].values())


def _status(site: Api, token: str) -> int:
    return site.ask("GET", _READERS, headers={"authorization": f"Bearer {token}"}).status_code


def _secret(checkout: Checkout) -> str:
    """What the program has drawn for tokens."""
    told = checkout.done("pulumi", "staging", "stack", "export", "--show-secrets")
    (drawn,) = [
        one["outputs"]["base64"]["plaintext"]
        for one in json.loads(told)["deployment"]["resources"]
        if one["urn"].endswith("-jwt-bytes")
    ]
    secret: str = json.loads(drawn)
    return secret


def _signed(secret: str, payload: dict[str, Any]) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, payload)
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_encoded(signature)}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
