"""The front end: `pitchey up` brings it to its domain, again when it changed, and leaves alone what was rolled back."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import httpx
import pytest

from tests.integration.checkout import Checkout

pytestmark = pytest.mark.engine
APP: Final = "app.pitchey-staging.example"
_PAGE: Final = "frontend/src/index.html"


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> dict[str, Any]:
    return up(checkout)


def up(checkout: Checkout) -> dict[str, Any]:
    """What `up` tells of the front end."""
    told: dict[str, Any] = json.loads(checkout.done("up", "staging", "--json"))["frontend"]
    return told


def get(checkout: Checkout, path: str = "/") -> httpx.Response:
    return checkout.get(APP, path, secure=True)


def test_the_site_is_on_its_domain_and_knows_its_api(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    assert (first["is_new"], first["is_live"]) == (True, True)
    page = get(checkout)
    assert 'content="https://api.pitchey-staging.example"' in page.text
    assert "x-robots-tag" not in page.headers
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "https://*.localhost:*" in policy
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        part = get(checkout, path)
        assert part.status_code == 200, path
        assert "text/html" not in part.headers["content-type"]
    for path in ("/log-in", "/pitches/an-id", "/creator/pitches/new"):
        assert get(checkout, path).text == page.text
        assert get(checkout, path).status_code == 200
    assert get(checkout, "/nothing").status_code == 404
    assert get(checkout, "/assets/app.0000000000000000.js").status_code == 404


def test_only_another_site_is_deployed(checkout: Checkout, first: dict[str, Any]) -> None:
    assert up(checkout) == {**first, "is_new": False}
    checkout.edit(_PAGE, ("Pitchey needs JavaScript.", "Pitchey cannot do without JavaScript."))
    changed = up(checkout)
    assert changed["is_new"]
    assert changed["digest"] != first["digest"]
    assert "cannot do without" in get(checkout).text
    # A rollback holds until there is something new.
    checkout.done("rollback", "staging", "--component", "pages", "--reason", "unreadable")
    assert "cannot do without" not in get(checkout).text
    assert up(checkout) == {**changed, "is_new": False, "is_live": False}
    assert "cannot do without" not in get(checkout).text


def test_a_site_that_does_not_compile_stops_nothing_else(
    checkout: Checkout, first: dict[str, Any]
) -> None:
    del first
    checkout.edit("frontend/src/main.ts", ("navigation.start();", "navigation.start(;"))
    page = get(checkout).text
    done = checkout.pitchey("up", "staging", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["frontend"] is None
    last = done.stderr.strip().splitlines()[-1]
    assert "the front end was not built" in last
    assert "src/main.ts" in last
    assert get(checkout).text == page
