"""Redis down, slow, failing, answering rubbish, killed: the application is slower, never wrong, and nobody is refused."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.data_bad_days import GOOD, bad_day
from tests.integration.local_processes import processes
from tests.integration.steady_load import PITCH, until

_FAULT_SECONDS = 4.0


@pytest.mark.parametrize(
    ("effect", "fields"),
    [
        ("redis-down", {}),
        ("redis-slow", {"seconds": 1.0}),
        ("redis-errors", {}),
        ("redis-errors", {"after": True}),
        ("redis-rubbish", {}),
        ("redis-rubbish", {"rate": 0.3}),
    ],
    ids=["down", "slow", "errors", "errors-after", "rubbish", "some-rubbish"],
)
def test_nobody_is_refused_and_nobody_told_what_is_old(
    checkout: Checkout, api: Api, creator: Person, effect: str, fields: dict[str, Any]
) -> None:
    with bad_day(checkout, api, creator) as day:
        id, title = published(api, creator), "Before the fault"
        assert shown(api, id) == title
        with day.fault(effect, **fields):
            began = time.monotonic()
            for number in range(3):
                title = f"Changed under {effect} {number}"
                change(api, creator, id, title)
                assert shown(api, id) == title
                assert title in titles(api)
            if "rate" not in fields:
                assert day.failing() == {"REDIS"}
            time.sleep(max(0.0, began + _FAULT_SECONDS - time.monotonic()))
        # Redis is asked again, and what it had from before is not believed.
        for _ in range(10):
            assert shown(api, id) == title
            assert title in titles(api)
            time.sleep(0.1)
    assert set(day.statuses()) <= GOOD
    assert day.failing() == set()


def test_a_killed_redis_is_back(checkout: Checkout, api: Api, creator: Person) -> None:
    with bad_day(checkout, api, creator) as day:
        id = published(api, creator)
        shown(api, id)
        [valkey] = processes(checkout, "valkey")
        killed = time.monotonic()
        os.kill(valkey.pid, signal.SIGKILL)
        change(api, creator, id, "After the kill")
        assert shown(api, id) == "After the kill"
        until(lambda: day.failing() == set())
        assert shown(api, id) == "After the kill"
    assert {one.status for one in day.load.since(killed)} <= GOOD


def published(api: Api, creator: Person) -> str:
    """A pitch's id."""
    body = {**PITCH, "title": "Before the fault", "status": "published"}
    made = api.ask("POST", "/api/pitches", by=creator, json=body)
    assert made.status_code == 201, made.text
    id: str = made.json()["id"]
    return id


def change(api: Api, creator: Person, id: str, title: str) -> None:
    now = api.ask("GET", f"/api/pitches/{id}", by=creator).headers["etag"]
    path = f"/api/pitches/{id}"
    changed = api.ask("PATCH", path, by=creator, json={"title": title}, headers={"if-match": now})
    assert changed.status_code == 200, changed.text


def shown(api: Api, id: str) -> str:
    """The title that anybody is shown."""
    title: str = api.ask("GET", f"/api/pitches/{id}").json()["title"]
    return title


def titles(api: Api) -> list[str]:
    """Of the newest."""
    return [pitch["title"] for pitch in api.ask("GET", "/api/pitches").json()["pitches"]]
