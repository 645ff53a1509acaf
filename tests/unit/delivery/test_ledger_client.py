"""The ledger's client: nothing is written twice, every call ends, and no error shows the token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from delivery.rollout.ledger import (
    LeaseHeldError,
    LeaseLostError,
    Ledger,
    LedgerConflictError,
    LedgerUnreachableError,
    SwitchUnavailableError,
)

TOKEN = "0123456789abcdef-secret"
Handler = Callable[[httpx.Request], httpx.Response]


class FakeEdge:
    """A ledger that loses the next `lose` answers after it has done what it was asked for."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.lease: dict[str, Any] | None = {"holder": "me", "fence": 3, "until": 99.0}
        self.lose = 0
        self.status: int | None = None
        self.calls = 0

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        timeout: float = 5,
    ) -> httpx.Response:
        self.calls += 1
        assert (headers or {})["authorization"] == f"Bearer {TOKEN}"
        if self.status is not None:
            return httpx.Response(self.status, json={"detail": "so it is"})
        answer = self.answer(method, httpx.URL(url), json)
        if method != "GET" and self.lose > 0:
            self.lose -= 1
            raise httpx.ReadTimeout("lost")
        return answer

    def answer(self, method: str, url: httpx.URL, body: Any) -> httpx.Response:
        last = len(self.entries)
        if method == "GET":
            after, limit = int(url.params["after"]), int(url.params["limit"])
            kinds = url.params.get("kinds", "").split(",")
            found = [e for e in self.entries[after:] if kinds == [""] or e["kind"] in kinds]
            told = {"entries": found[:limit], "more": len(found) > limit, "last": last}
            return httpx.Response(
                200, json={**told, "lease": self.lease, "switch": None, "now": 1.5}
            )
        if url.path == "/lease" and method == "POST":
            if self.lease is not None and not body["take"]:
                return httpx.Response(409, json={**self.lease, "detail": "held"})
            self.lease = {"holder": body["holder"], "fence": 4, "until": 50.0}
            return httpx.Response(200, json={"fence": 4, "until": 50.0})
        given = [body] if url.path == "/ledger/requests" else body["entries"]
        fence = body.get("fence")
        if url.path == "/ledger":
            if self.lease is None or fence != self.lease["fence"]:
                return httpx.Response(412, json={"detail": "run out"})
            if body["after"] != last:
                return httpx.Response(409, json={"last": last})
        for entry in json.loads(json.dumps(given)):
            self.entries.append({**entry, "seq": len(self.entries) + 1, "at": 1.0, "fence": fence})
        return httpx.Response(200, json={"last": len(self.entries)})


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


@pytest.fixture
def ledger(edge: FakeEdge) -> Ledger:
    return Ledger(edge, "https://rollouts.pitchey.example", TOKEN, patience=1.5)


def test_entries_of_a_lost_answer_are_written_once(edge: FakeEdge, ledger: Ledger) -> None:
    edge.lose = 1
    assert ledger.append(3, 0, [("step", "r1", {"share": 5}), ("look", "r1", {})]) == 2
    assert [e["kind"] for e in edge.entries] == ["step", "look"]


def test_a_request_of_a_lost_answer_is_written_once(edge: FakeEdge, ledger: Ledger) -> None:
    edge.lose = 1
    assert ledger.request("r1", {"verb": "pause"}) == 1
    assert len(edge.entries) == 1


def test_others_entries_are_a_conflict(edge: FakeEdge, ledger: Ledger) -> None:
    ledger.request("r1", {"verb": "pause"})
    with pytest.raises(LedgerConflictError) as raised:
        ledger.append(3, 0, [("step", "r1", {})])
    assert raised.value.last == 1


def test_a_dead_fence_writes_nothing(edge: FakeEdge, ledger: Ledger) -> None:
    with pytest.raises(LeaseLostError):
        ledger.append(2, 0, [("step", "r1", {})])
    assert edge.entries == []


def test_all_pages_are_read(edge: FakeEdge, ledger: Ledger) -> None:
    edge.entries = [
        {"seq": n + 1, "at": 1.0, "kind": "look", "rollout": "r", "fence": 3, "body": {}}
        for n in range(2500)
    ]
    assert [e.seq for e in ledger.read(10).entries] == list(range(11, 2501))
    assert len(ledger.read(0, all_pages=False).entries) == 1000


def test_a_lease_taken_under_a_lost_answer_is_known(edge: FakeEdge, ledger: Ledger) -> None:
    edge.lease, edge.lose = None, 1
    assert ledger.take("host-1", 15).fence == 4


def test_a_held_lease_names_its_holder(edge: FakeEdge, ledger: Ledger) -> None:
    with pytest.raises(LeaseHeldError, match="me leads") as raised:
        ledger.take("other", 15)
    assert raised.value.until == 99
    assert ledger.take("other", 15, force=True).fence == 4


def test_no_answer_ends_in_time_and_hides_the_token(edge: FakeEdge, ledger: Ledger) -> None:
    edge.status = 503
    started = time.monotonic()
    with pytest.raises(LedgerUnreachableError, match="503") as raised:
        ledger.append(3, 0, [("step", "r1", {})])
    assert time.monotonic() - started < 3
    assert TOKEN not in str(raised.value)
    assert edge.calls > 1


def test_a_refused_token_is_not_tried_again(edge: FakeEdge, ledger: Ledger) -> None:
    edge.status = 401
    with pytest.raises(LedgerUnreachableError, match="401"):
        ledger.read()
    assert edge.calls == 1


def test_a_switch_without_a_token_says_so(edge: FakeEdge, ledger: Ledger) -> None:
    edge.status = 501
    with pytest.raises(SwitchUnavailableError):
        ledger.arm(3, account="a", script="s", stable="v1", candidate="v2", rollout="r1")
