"""A deployment is made once, however the API answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from delivery.deployments import Deployments
from delivery.errors import FailedError, RefusedError
from delivery.rollback import returning
from delivery.rollback.returning import put_back, verify_serving
from delivery.split import Share

ALL = [Share("stable", Decimal(100))]


class Api:
    """Keeps what was deployed; `faults` are taken one for each POST: a status, `lost` after the change, or a code."""

    def __init__(self, *faults: int | str) -> None:
        self.faults: list[int | str] = list(faults)
        self.kept: list[dict[str, Any]] = []
        self.posts: list[httpx.Request] = []
        self.slept: list[float] = []
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(
                200, json={"success": True, "result": {"deployments": self.kept[::-1]}}
            )
        self.posts.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault == 10220 and "force" in request.url.params:
            fault = None
        if fault in {10220, 10210}:
            errors = [{"code": fault, "message": "told by the cloud"}]
            return httpx.Response(400, json={"success": False, "errors": errors})
        if isinstance(fault, int):
            return httpx.Response(fault, headers={"retry-after": "3"} if fault == 429 else {})
        made = {
            **json.loads(request.content),
            "id": f"d{len(self.kept)}",
            "created_on": "2026-01-01T00:00:00Z",
            "source": "api",
        }
        self.kept.append(made)
        if fault == "lost":
            raise httpx.ReadTimeout("lost")
        return httpx.Response(200, json={"success": True, "result": made})

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self) -> Deployments:
        return Deployments(
            {"CLOUDFLARE_ACCOUNT_ID": "a", "CLOUDFLARE_API_TOKEN": "t"},
            "worker",
            transport=httpx.MockTransport(self),
            clock=lambda: self.now,
            sleep=self.sleep,
        )


def test_a_lost_answer_is_read_and_nothing_is_made_twice() -> None:
    api = Api("lost")
    assert api.client().deploy(ALL, "back").served == {"stable": Decimal(100)}
    assert len(api.posts) == len(api.kept) == 1


def test_failures_are_tried_again_and_retry_after_is_honoured() -> None:
    api = Api(500, 429)
    api.client().deploy(ALL, "back")
    assert api.slept == [0.1, 3.0]
    assert len(api.kept) == 1


def test_patience_ends() -> None:
    api = Api(*[500] * 200)
    with pytest.raises(FailedError, match="HTTP 500"):
        api.client().deploy(ALL, "back", patience=5)
    assert api.now <= 5


def test_changed_secrets_are_forced_where_that_is_wanted_alone() -> None:
    api = Api(10220)
    with pytest.raises(RefusedError, match="10220 told by the cloud"):
        api.client().deploy(ALL, "back")
    api.faults.append(10220)
    api.client().deploy(ALL, "back", force=True)
    assert len(api.kept) == 1


def test_nothing_is_done_where_stable_serves_everything() -> None:
    api = Api()
    first = put_back(api.client(), "stable", "back")
    assert put_back(api.client(), "stable", "back") == first
    assert len(api.posts) == 1


class Answers:
    """`version` is told in the body, as by versions older than the header; None is an error that names nobody."""

    def __init__(self, version: Callable[[int], str | None]) -> None:
        self.version = version
        self.asked = 0

    def request(self, *_: object, **__: object) -> httpx.Response:
        self.asked += 1
        version = self.version(self.asked)
        return httpx.Response(503) if version is None else httpx.Response(200, json={"id": version})


class Errors:
    """Every request fails, and the answer says in which version."""

    def __init__(self, version: str) -> None:
        self.version = version

    def request(self, *_: object, **__: object) -> httpx.Response:
        return httpx.Response(500, headers={"pitchey-version": self.version}, json={"title": "x"})


def test_serving_is_verified_by_a_round_of_thirty_answers_without_another() -> None:
    edge = Answers(lambda n: "bad" if n == 5 else "stable")
    seen = verify_serving(edge, "https://x", "stable")
    assert seen.done
    assert edge.asked == 60


def test_a_version_that_never_serves_everything_is_not_believed() -> None:
    edge = Answers(lambda n: "bad" if n % 7 == 0 else "stable")
    seen = verify_serving(edge, "https://x", "stable", limit_seconds=0.3)
    assert not seen.done
    assert "another: bad" in seen.said
    assert seen.said.startswith("not verified")


def test_who_serves_is_verified_also_while_nothing_but_errors_come() -> None:
    seen = verify_serving(Errors("stable"), "https://x", "stable")
    assert (seen.done, seen.answers) == (True, 30)
    seen = verify_serving(Errors("bad"), "https://x", "stable", limit_seconds=0.3)
    assert not seen.done
    assert "another: bad" in seen.said


def test_answers_that_name_nobody_delay_it_and_count_neither_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(returning, "_DOUBT_SECONDS", 0.5)
    edge = Answers(lambda n: "stable" if n % 3 == 0 else None)
    seen = verify_serving(edge, "https://x", "stable", limit_seconds=10)
    assert seen.done
    assert edge.asked >= 90
    assert seen.seconds >= 0.5
    assert "do not: answered 503 without a version" in seen.said


def test_one_answer_of_another_version_among_nameless_ones_begins_it_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(returning, "_DOUBT_SECONDS", 0.0)
    versions: dict[int, str | None] = {0: "stable", 1: "stable"}
    # 20 answers of a round tell: two rounds without another are needed, and each second one has another.
    edge = Answers(lambda n: "bad" if n % 60 == 1 else versions.get(n % 3))
    seen = verify_serving(edge, "https://x", "stable", limit_seconds=1)
    assert not seen.done


def test_where_nearly_nobody_says_who_serves_nothing_is_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(returning, "_DOUBT_SECONDS", 0.0)
    edge = Answers(lambda n: "stable" if n % 10 == 0 else None)
    seen = verify_serving(edge, "https://x", "stable", limit_seconds=1.5)
    assert edge.asked > 300
    assert not seen.done
    assert seen.said.startswith("not verified")
    assert "27 do not tell: answered 503 without a version" in seen.said
