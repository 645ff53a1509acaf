"""A rollout warms its candidate's caches if it may and can, and goes on in any case."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from delivery.patient_api import PatientApi
from delivery.rollout import warming
from delivery.rollout.leading import Place
from delivery.rollout.warming import warm_candidate
from tests.unit.delivery.cache.test_warming import WORKER, Edge

ACCESS = {
    "CLOUDFLARE_ACCOUNT_ID": "acc",
    "CLOUDFLARE_API_TOKEN": "t",
    "CLOUDFLARE_BASE_URL": "https://cloudflare.example/v4",
}
ACCOUNT = "/v4/accounts/acc"


@dataclass
class Cloudflare:
    flag: str | None = None
    paths: list[str] = field(default_factory=lambda: ["/api/pitches"])
    broken: tuple[str, ...] = ()

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(ACCOUNT)
        if path.startswith(self.broken):
            return httpx.Response(403, json={"success": False, "errors": []})
        if path == "/analytics_engine/sql":
            return httpx.Response(200, json={"data": [{"path": p, "times": 1} for p in self.paths]})
        if path == "/storage/kv/namespaces":
            told: Any = [{"id": "f", "title": "pitchey-staging-flags"}]
        else:
            assert json.loads(request.content)["keys"] == ["warming"]
            told = {"values": {"warming": self.flag}}
        return httpx.Response(200, json={"success": True, "result": told})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloudflare:
    made = Cloudflare()
    transport = httpx.MockTransport(made.answer)

    def patient(environment: dict[str, str], *, patience: float) -> PatientApi:
        return PatientApi(environment, patience=patience, transport=transport)

    def connect(_environment: dict[str, str]) -> httpx.Client:
        return httpx.Client(base_url=ACCESS["CLOUDFLARE_BASE_URL"], transport=transport)

    monkeypatch.setattr(warming, "PatientApi", patient)
    monkeypatch.setattr(warming.api, "connect", connect)
    return made


def warmed(edge: Edge) -> list[str]:
    """What people are told."""
    place = SimpleNamespace(
        variables=ACCESS,
        account="acc",
        edge=edge,
        worker=WORKER,
        outputs={"urls": {"api": "https://api.example"}},
        stack=SimpleNamespace(name="staging"),
    )
    said: list[str] = []
    warm_candidate(cast("Place", place), "candidate", said.append, lambda _text: None)
    return said


def test_it_asks_the_candidate_and_says_what_came_of_it(cloud: Cloudflare) -> None:
    edge = Edge()
    assert warmed(edge) == ["caches warmed for candidat: 1 asked for: 1 made, 0 kept already"]
    assert edge.kept == {("/api/pitches", "candidate")}


@pytest.mark.parametrize("value", ["off", '"off"'])
def test_its_switch_turns_it_off(cloud: Cloudflare, value: str) -> None:
    cloud.flag = value
    edge = Edge()
    assert warmed(edge) == ["caches are not warmed: `warming` is off in FLAGS"]
    assert edge.asked == []


@pytest.mark.parametrize("broken", ["/storage/kv/", "/analytics_engine/"])
def test_what_fails_is_one_line_and_no_more(cloud: Cloudflare, broken: str) -> None:
    cloud.broken = (broken,)
    edge = Edge()
    [said] = warmed(edge)
    assert said.startswith("caches are not warmed: ")
    assert edge.asked == []


def test_a_candidate_that_does_not_answer_is_told_and_left_to_the_rollout(
    cloud: Cloudflare,
) -> None:
    assert warmed(Edge(down=True)) == [
        "caches warmed for candidat: 1 asked for: 0 made, 0 kept already, 1 failed (no connection)"
    ]


def test_it_ends_in_time(cloud: Cloudflare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "_SECONDS", 0.5)
    cloud.paths = [f"/api/pitches/{number}" for number in range(500)]
    [said] = warmed(Edge(slow=0.1))
    assert "not asked for in time" in said


def test_where_nothing_was_asked_for_there_is_nothing_to_warm(cloud: Cloudflare) -> None:
    cloud.paths = []
    assert warmed(Edge()) == [
        "caches are not warmed: nobody has asked for anything since yesterday"
    ]
