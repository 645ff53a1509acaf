"""Alarms of Durable Objects fire once and in time, whoever dies or changes hands meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from localcloud.edge.model import ObjectNamespace, Version
from localcloud.edge.supervision import Ground
from tests.localcloud.edge.conftest import Local, binding, deployment, make, state, version

NAMESPACE = "0123456789abcdef0123456789abcdef"
_OBJECTS = (ObjectNamespace(NAMESPACE, "api", "Counter", use_sqlite=True),)
_BOUND = binding(
    "COUNTER", "durable_object_namespace", class_name="Counter", namespace_id=NAMESPACE
)
_ALARMED = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async set(milliseconds) { await this.ctx.storage.setAlarm(Date.now() + milliseconds); return "set"; }
  async alarm() { await this.ctx.storage.put("fired", [...((await this.ctx.storage.get("fired")) ?? []), "{V}"]); }
  async fired() { return ((await this.ctx.storage.get("fired")) ?? []).join(); }
}
export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  const object = env.COUNTER.get(env.COUNTER.idFromName("one"));
  return new Response(pathname === "/set" ? await object.set(Number(searchParams.get("in"))) : await object.fired());
} };
"""


def _alarmed() -> Version:
    return version(_ALARMED, bindings=[_BOUND])


async def _fired(local: Local, text: str) -> None:
    async with asyncio.timeout(5):
        while await local.text() != text:  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.02)


async def test_an_alarm_survives_the_death_of_its_process_and_a_switch_of_code(
    local: Local,
) -> None:
    old, new = _alarmed(), _alarmed()
    await local.edge.apply(state(deployment((old, 100), objects=_OBJECTS)))
    await local.text("/set?in=50")
    await _fired(local, f"{old.number}")
    await local.text("/set?in=400")
    os.kill(local.pid("objects"), signal.SIGKILL)
    await _fired(local, f"{old.number},{old.number}")
    await local.text("/set?in=400")
    await local.edge.apply(state(deployment((new, 100), objects=_OBJECTS)))
    await _fired(local, f"{old.number},{old.number},{new.number}")
    # Once, and by nobody else.
    await asyncio.sleep(0.5)
    assert await local.text() == f"{old.number},{old.number},{new.number}"


async def test_an_alarm_set_while_the_code_changes_hands_is_not_lost(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = _alarmed(), _alarmed()
    await local.edge.apply(state(deployment((old, 100), objects=_OBJECTS)))
    setting: list[asyncio.Task[str]] = []
    start = Ground.start

    async def starting(ground: Ground, name: str, *more: Any) -> Any:
        running = await start(ground, name, *more)
        if name.endswith("objects"):
            # The new process runs: what is set from now on in the old one would be unknown to it.
            setting.append(asyncio.create_task(local.text("/set?in=400")))
            await asyncio.sleep(0.1)
        return running

    monkeypatch.setattr(Ground, "start", starting)
    await local.edge.apply(state(deployment((new, 100), objects=_OBJECTS)))
    assert await setting[0] == "set"
    await _fired(local, str(new.number))


async def test_an_alarm_that_was_due_while_the_edge_was_down_fires_soon_after(
    tmp_path: Path,
) -> None:
    alarmed = _alarmed()
    wanted = state(deployment((alarmed, 100), objects=_OBJECTS))
    for expected in ("", str(alarmed.number)):
        running = make(tmp_path)
        await running.edge.start()
        await running.edge.apply(wanted)
        await _fired(running, expected)
        if not expected:
            await running.text("/set?in=200")
        await running.client.aclose()
        await running.edge.stop()
        await asyncio.sleep(0.4)
