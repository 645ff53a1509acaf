"""Versions that come and go under users who write and stay signed in, while the key of sessions is exchanged: no write is lost
or made twice, nobody is signed out, no request fails."""

from __future__ import annotations

import pytest

from bench.continuity.figure import go_through
from tests.integration.checkout import Checkout

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


def test_writes_and_sessions_outlast_versions_and_keys(checkout: Checkout) -> None:
    said: list[str] = []
    outcome = go_through(checkout, said.append, pairs=2)
    wrong = [*outcome.faults, *outcome.felt.signed_out, *outcome.felt.failed]
    assert wrong == [], "\n".join(said)
    assert (outcome.promoted, outcome.returned) == (2, 2)
    assert len(outcome.felt.kids) == 2
