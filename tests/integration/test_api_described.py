"""The API against whatever its own description lets a client send, and whatever it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.application import Api
from tests.integration.checkout import Checkout
from tests.integration.described import drive

pytestmark = pytest.mark.timeout(600)
# So few of each kind that all four take a minute or two; `bench/described.py` asks for thousands.
EXAMPLES = 4
TAKEN = {
    "anonymous": ("GET /api/pitches", "GET /api/pitches/trending", "GET /api/health"),
    "creator": ("POST /api/pitches", "GET /api/ndas"),
    "investor": ("GET /api/pitches", "GET /api/ndas"),
    "production": ("GET /api/pitches", "GET /api/ndas"),
}


@pytest.fixture(autouse=True)
def near(checkout: Checkout) -> None:
    """What is answered does not depend on how far the data is."""
    checkout.done("local", "distance", "--postgres", "0ms", "--redis", "0ms")


@pytest.mark.parametrize("role", TAKEN)
def test_it_answers_as_it_describes(api: Api, tmp_path: Path, role: str) -> None:
    caller = None if role == "anonymous" else api.signed_up(role, "Described")
    driven = drive(api, caller, tmp_path, examples=EXAMPLES, seed=1)
    assert driven.failed == 0, driven.said
    # Refusals alone would be no test: what is valid was done.
    for operation in TAKEN[role]:
        assert driven.taken[operation] > 0, operation
