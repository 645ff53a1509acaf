"""Rate limits bound to Workers: counted by namespace and key, whichever version asks."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from localcloud.edge.model import Version
from tests.localcloud.edge.conftest import (
    HOST,
    Local,
    binding,
    deployment,
    state,
    until,
    version,
)

WORKER = """
export default { async fetch(request, env) {
  const outcomes = [];
  for (const key of JSON.parse(decodeURIComponent(new URL(request.url).search.slice(1)))) {
    try { outcomes.push((await env.LIMIT.limit({ key })).success); }
    catch (error) { outcomes.push(error.name); }
  }
  return Response.json(outcomes);
} };
"""


def _limited(namespace: str, limit: int, period: int = 60, script: str = "api") -> Version:
    rule = {"limit": limit, "period": period}
    return version(
        WORKER, script=script, bindings=[binding("LIMIT", "ratelimit", namespace_id=namespace, simple=rule)]
    )  # fmt: skip


async def _ask(local: Local, keys: Sequence[object], host: str = HOST) -> list[bool | str]:
    return (await local.get(f"/?{json.dumps(list(keys))}", host)).json()


async def _early_in_a_window(period: int) -> None:
    """So that the calls of a test fall into one window."""
    await until(lambda: time.time() % period < period - 4, period)


async def test_each_key_has_a_limit_of_its_own(local: Local) -> None:
    await local.edge.apply(state(deployment((_limited("1", 2), 100))))
    await _early_in_a_window(60)
    assert await _ask(local, ["a", "a", "a", "b", "b", "b", "a"]) == [
        True, True, False, True, True, False, False,
    ]  # fmt: skip


async def test_versions_and_workers_of_one_namespace_count_together(local: Local) -> None:
    await local.edge.apply(state(deployment((_limited("1", 2), 100))))
    await _early_in_a_window(60)
    assert await _ask(local, ["a"]) == [True]
    other = deployment((_limited("1", 2, script="other"), 100))
    third = deployment((_limited("2", 2, script="third"), 100))
    hosts = {HOST: "api", "other.example.com": "other", "third.example.com": "third"}
    await local.edge.apply(state(deployment((_limited("1", 2), 100)), other, third, hosts=hosts))
    assert await _ask(local, ["a"], "other.example.com") == [True]
    assert await _ask(local, ["a"]) == [False]
    assert await _ask(local, ["a"], "third.example.com") == [True]


async def test_a_new_window_counts_anew(local: Local) -> None:
    await local.edge.apply(state(deployment((_limited("1", 1, period=10), 100))))
    await _early_in_a_window(10)
    assert await _ask(local, ["a", "a"]) == [True, False]
    window = time.time() // 10
    await until(lambda: time.time() // 10 > window, 11)
    assert await _ask(local, ["a", "a"]) == [True, False]


async def test_a_key_that_is_no_text_is_refused(local: Local) -> None:
    await local.edge.apply(state(deployment((_limited("1", 2), 100))))
    assert await _ask(local, [1, None]) == ["TypeError", "TypeError"]
