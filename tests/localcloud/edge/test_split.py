"""Requests are divided by the deployed weights."""

from __future__ import annotations

from collections import Counter

from tests.localcloud.edge.conftest import Local, answering, deployment, state


async def test_a_deployed_version_answers_on_its_host(local: Local) -> None:
    await local.edge.apply(state(deployment((answering("one"), 100))))
    assert await local.text() == "one"
    assert await local.text(host="api.example.com.localhost:4801") == "one"
