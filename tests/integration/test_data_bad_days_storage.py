"""KV and R2 on bad days: switches hold, and a file is there whole or not at all, with its row or without."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.integration import bad_days
from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.data_bad_days import GOOD, bad_day
from tests.integration.steady_load import PITCH, query, until

PDF = b"%PDF-1.7\n" + os.urandom(700_000)
_FAULT_SECONDS = 4.0
Upload = Callable[[], httpx.Response]


@pytest.mark.parametrize(
    ("effect", "fields", "failing"),
    [
        ("kv-errors", {}, {"CACHE", "SESSIONS", "FLAGS"}),
        ("kv-stale", {"seconds": 60.0}, set[str]()),
        ("kv-slow", {"seconds": 5.0}, {"CACHE", "SESSIONS", "FLAGS"}),
    ],
    ids=["errors", "stale", "slow"],
)
def test_kv_is_needed_by_nobody_at_the_moment(
    checkout: Checkout,
    api: Api,
    creator: Person,
    effect: str,
    fields: dict[str, Any],
    failing: set[str],
) -> None:
    with bad_day(checkout, api, creator) as day, day.fault(effect, **fields):
        assert day.failing() == failing
        time.sleep(_FAULT_SECONDS)
    assert set(day.statuses()) <= GOOD
    assert day.failing() == set()


def test_what_was_switched_off_stays_off_while_kv_fails(checkout: Checkout, api: Api) -> None:
    def verdict() -> str:
        return api.ask("GET", "/api/pitches").headers["pitchey-cache"]

    until(lambda: verdict() == "hit")
    switch(checkout, "edge-cache", "off")
    switch(checkout, "redis", "off")
    until(lambda: verdict() == "bypass")
    with bad_days.fault(checkout, "kv-errors"):
        end = time.monotonic() + 6
        while time.monotonic() < end:
            assert verdict() == "bypass"
            time.sleep(0.3)
    switch(checkout, "edge-cache", "on")
    switch(checkout, "redis", "on")
    until(lambda: verdict() == "hit")


@pytest.fixture(scope="module")
def upload(api: Api, creator: Person) -> Upload:
    """Adds the file to a pitch of the creator's."""
    made = api.ask("POST", "/api/pitches", by=creator, json={**PITCH, "title": "With a deck"})
    path = f"/api/pitches/{made.json()['id']}/uploads?name=deck.pdf"
    headers = {"content-type": "application/pdf"}
    return lambda: api.ask("POST", path, by=creator, content=PDF, headers=headers)


@pytest.mark.parametrize(
    ("effect", "fields"),
    [
        ("r2-errors", {}),
        ("r2-errors", {"after": True}),
        ("r2-cut", {}),
        ("r2-slow", {"seconds": 60.0}),
        ("postgres-read-only", {}),
    ],
    ids=["errors", "errors-after", "cut", "slow", "no-row"],
)
def test_a_file_that_is_not_stored_is_said_not_to_be_and_leaves_nothing(
    checkout: Checkout,
    api: Api,
    creator: Person,
    upload: Upload,
    effect: str,
    fields: dict[str, Any],
) -> None:
    before = stored(checkout)
    whole = upload()
    assert whole.status_code == 201, whole.text
    where = f"/api/uploads/{whole.json()['id']}"
    with bad_days.fault(checkout, effect, **fields):
        refused = upload()
        assert (refused.status_code, refused.headers["retry-after"].isdecimal()) == (503, True)
        if effect.startswith("r2-"):
            expect_no_file(api, creator, where)
        health = api.ask("GET", "/api/health").json()["dependencies"]["UPLOADS"]["status"]
        # An object's head has nothing that could break off.
        assert health == ("failing" if effect in ("r2-errors", "r2-slow") else "ok")
    assert stored(checkout) - before == {whole.json()["id"]}
    # What no row names goes a moment after the answer.
    until(lambda: objects(checkout) == stored(checkout))
    assert api.ask("GET", where, by=creator).content == PDF
    assert upload().status_code == 201


def expect_no_file(api: Api, person: Person, path: str) -> None:
    """A refusal, or a file that can be seen to be broken off: never a part that looks like the whole."""
    try:
        answer = api.ask("GET", path, by=person)
    except httpx.RemoteProtocolError:
        return
    assert (answer.status_code, answer.headers["retry-after"].isdecimal()) == (503, True)


def stored(checkout: Checkout) -> set[str]:
    """Ids of files that the database knows."""
    rows = asyncio.run(query(checkout, "select id::text from uploads"))
    return {row["id"] for row in rows}


def objects(checkout: Checkout) -> set[str]:
    """Ids of files that are in the bucket."""
    path = f"/accounts/{checkout.account()}/r2/buckets/pitchey-staging-uploads/objects"
    with checkout.api() as cloud:
        found = cloud.get(path, params={"per_page": 1000}).json()["result"]
    return {item["key"].rsplit("/", 1)[1] for item in found}


def switch(checkout: Checkout, name: str, value: str) -> None:
    """Sets a key of FLAGS."""
    namespace = checkout.outputs()["namespaceIds"]["flags"]
    path = f"/accounts/{checkout.account()}/storage/kv/namespaces/{namespace}/values/{name}"
    with checkout.api() as cloud:
        assert cloud.put(path, content=value).status_code == 200
