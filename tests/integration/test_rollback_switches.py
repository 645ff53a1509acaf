"""`pitchey rollback --component` for what a key of FLAGS turns off: off and on again on the local cloud, as answers show."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any, Final

import pytest

from delivery.cache_status import cache_status
from tests.integration.application import Api
from tests.integration.checkout import Checkout

pytestmark = pytest.mark.engine
_SECONDS: Final = 5.0
"""The aim; a busy machine is given three times as long."""


@pytest.fixture(scope="module")
def api(checkout: Checkout) -> Generator[Api]:
    made = Api.of(checkout, checkout.up())
    yield made
    made.close()


def turned(checkout: Checkout, *words: str) -> dict[str, Any]:
    told = json.loads(checkout.done("rollback", "staging", "--json", *words))
    [row] = told["components"]
    assert (row["verified"], row["changed"]) == (True, True)
    assert row["seconds"] < 3 * _SECONDS
    return row


def states(checkout: Checkout) -> dict[str, str]:
    rows = json.loads(checkout.done("rollback", "staging", "--list", "--json"))
    return {row["component"]: row["now"] for row in rows}


@pytest.mark.parametrize(
    "name",
    ["edge-cache", "collapsing", "compression", "redis", "smart-ttl", "hyperdrive", "warming"],
)
def test_an_optimisation_is_off_and_on_again(checkout: Checkout, api: Api, name: str) -> None:
    assert states(checkout)[name] == "on"
    row = turned(checkout, "--component", name)
    assert (row["before"], row["after"]) == ("on", "off")
    assert states(checkout)[name] == "off"
    assert api.ask("GET", "/api/pitches?limit=20").status_code == 200
    row = turned(checkout, "--component", name, "--undo")
    assert (row["before"], row["after"]) == ("off", "on")
    assert states(checkout)[name] == "on"


def test_the_edge_keeps_nothing_and_redis_is_not_asked_while_both_are_off(
    checkout: Checkout, api: Api
) -> None:
    both = ("--component", "edge-cache", "--component", "redis")
    checkout.done("rollback", "staging", *both)
    try:
        for _ in range(3):
            answer = api.ask("GET", "/api/pitches?limit=3")
            told = cache_status(answer)
            assert {name: did["fwd"] for name, did in told.items()} == {
                "pitchey-redis": "bypass",
                "pitchey-edge": "bypass",
            }
            assert answer.headers["pitchey-cache"] == "bypass"
    finally:
        checkout.done("rollback", "staging", *both, "--undo")


def test_maintenance_begins_and_ends(checkout: Checkout, api: Api) -> None:
    turned(checkout, "--component", "maintenance", "--undo")
    assert api.ask("GET", "/api/pitches").status_code == 503
    turned(checkout, "--component", "maintenance")
    assert api.ask("GET", "/api/pitches").status_code == 200


def test_health_says_by_which_way_the_database_is_asked(checkout: Checkout, api: Api) -> None:
    turned(checkout, "--component", "hyperdrive")
    told = api.ask("GET", "/api/health").json()["dependencies"]["DATABASE"]
    assert (told["status"], told["detail"]) == ("ok", "direct")
    turned(checkout, "--component", "hyperdrive", "--undo")


def test_all_leaves_them_on(checkout: Checkout, api: Api) -> None:
    assert api.host
    before = states(checkout)
    checkout.pitchey("rollback", "staging", "--all")
    after = states(checkout)
    assert {name: after[name] for name in ("redis", "edge-cache", "hyperdrive")} == {
        name: before[name] for name in ("redis", "edge-cache", "hyperdrive")
    }
