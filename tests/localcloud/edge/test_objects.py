"""Durable Objects: one place for their data, whichever version serves."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from localcloud.edge.errors import StartError
from localcloud.edge.model import EdgeFault, ObjectNamespace, Version
from localcloud.edge.supervision import Ground
from tests.localcloud.edge.conftest import (
    Local,
    binding,
    deployment,
    make,
    state,
    until,
    version,
)
from tests.localcloud.edge.load import NONE, ask_many

NAMESPACE = "0123456789abcdef0123456789abcdef"
_COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add(by) {
    const value = ((await this.ctx.storage.get("value")) ?? 0) + by;
    await this.ctx.storage.put("value", value);
    return value;
  }
  code() { return "code {V}"; }
  refuse() { throw new RangeError("not in here"); }
  async fetch(request) {
    if (request.headers.get("upgrade") === "websocket") {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener("message", async ({ data }) => server.send(`${data} ${await this.add(1)}`));
      return new Response(null, { status: 101, webSocket: client });
    }
    return new Response(`${new URL(request.url).pathname} ${await request.text()} ${await this.add(1)}`);
  }
}
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const object = env.COUNTER.get(env.COUNTER.idFromName(url.searchParams.get("name") ?? "one"));
    if (url.pathname === "/code") return new Response(await object.code());
    if (url.pathname === "/refuse") {
      try { await object.refuse(); } catch (error) { return new Response(`${error.name}: ${error.message}`); }
    }
    if (url.pathname.startsWith("/fetch")) return object.fetch(request);
    return new Response(String(await object.add(1)));
  },
};
"""
_OBJECTS = (ObjectNamespace(NAMESPACE, "api", "Counter", use_sqlite=True),)
_BOUND = binding(
    "COUNTER", "durable_object_namespace", class_name="Counter", namespace_id=NAMESPACE
)


def _counter() -> Version:
    return version(_COUNTER, bindings=[_BOUND])


async def test_calls_and_fetches_reach_the_object_from_both_versions(local: Local) -> None:
    old, new = _counter(), _counter()
    await local.edge.apply(state(deployment((old, 50), (new, 50), objects=_OBJECTS)))
    answers = await ask_many(local.edge.http_port, [NONE] * 40)
    # Every call was counted once, in one place, whichever version made it.
    assert sorted(map(int, answers)) == list(range(1, 41))
    fetched = await local.text("/fetch/a", method="POST", content=b"body")
    assert fetched == "/fetch/a body 41"
    assert await local.text("/refuse") == "RangeError: not in here"
    stored = local.edge.stored_objects(NAMESPACE)
    assert len(stored) == 1
    assert len(stored[0]) == 64


async def test_objects_run_the_code_of_the_version_with_the_larger_share(local: Local) -> None:
    old, new = _counter(), _counter()
    for share, number in ((10, old.number), (50, new.number), (90, new.number), (20, old.number)):
        await local.edge.apply(
            state(deployment((old, 100 - share), (new, share), objects=_OBJECTS))
        )
        assert await local.text("/code") == f"code {number}"


async def test_state_survives_a_switch_of_code_under_load_without_a_lost_call(local: Local) -> None:
    old, new = _counter(), _counter()
    await local.edge.apply(state(deployment((old, 100), objects=_OBJECTS)))
    asking = asyncio.create_task(ask_many(local.edge.http_port, [NONE] * 600, connections=8))
    for share in (10, 90, 10, 90, 100):
        shares = [(old, 100 - share), (new, share)] if share < 100 else [(new, 100)]
        await local.edge.apply(state(deployment(*shares, objects=_OBJECTS)))
        await asyncio.sleep(0.05)
    assert sorted(map(int, await asking)) == list(range(1, 601))
    assert await local.text("/code") == f"code {new.number}"


async def test_state_survives_a_restart_of_the_whole_edge(tmp_path: Path) -> None:
    wanted = state(deployment((_counter(), 100), objects=_OBJECTS))
    for expected in ("1", "2"):
        running = make(tmp_path)
        await running.edge.start()
        await running.edge.apply(wanted)
        assert await running.text() == expected
        await running.client.aclose()
        await running.edge.stop()


async def test_state_survives_the_death_of_the_process_that_holds_the_objects(
    local: Local,
) -> None:
    await local.edge.apply(state(deployment((_counter(), 100), objects=_OBJECTS)))
    assert await local.text() == "1"
    before = local.pid("objects")
    os.kill(before, signal.SIGKILL)
    await until(lambda: before not in {process.pid for process in local.edge.processes()})
    await until(lambda: any("objects" in process.name for process in local.edge.processes()))

    async def answers() -> bool:
        return (await local.get()).status_code == 200

    async with asyncio.timeout(5):
        while not await answers():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.02)
    assert int(await local.text()) >= 3


async def test_another_script_reaches_the_objects_by_their_namespace(local: Local) -> None:
    owner = deployment((_counter(), 100), objects=_OBJECTS)
    source = """
    export default { async fetch(request, env) {
      return new Response(String(await env.C.get(env.C.idFromName("one")).add(10)));
    } };
    """
    other = binding(
        "C",
        "durable_object_namespace",
        class_name="Counter",
        script_name="api",
        namespace_id=NAMESPACE,
    )
    guest = deployment((version(source, script="guest", bindings=[other]), 100))
    hosts = {"api.example.com": "api", "guest.example.com": "guest"}
    await local.edge.apply(state(owner, guest, hosts=hosts))
    assert await local.text() == "1"
    assert await local.text(host="guest.example.com") == "11"


_OTHER = binding(
    "C", "durable_object_namespace", class_name="Counter", script_name="api", namespace_id=NAMESPACE
)
_GUEST_SOURCE = """
export default { async fetch(request, env) {
  const object = env.C.get(env.C.idFromName("one"));
  try {
    if (new URL(request.url).pathname === "/fetch") return await object.fetch("https://object/x", { method: "POST", body: "b" });
    return new Response(String(await object.add(1)));
  } catch (error) { return new Response(`failed: ${error.message}`, { status: 503 }); }
} };
"""
_HOSTS = {"api.example.com": "api", "guest.example.com": "guest"}
_GUEST = "guest.example.com"


def _guest() -> Version:
    return version(_GUEST_SOURCE, script="guest", bindings=[_OTHER])


async def test_calls_of_another_script_outlive_a_switch_of_the_owners_code(local: Local) -> None:
    guest = deployment((_guest(), 100))
    old, new = _counter(), _counter()
    answers: list[int] = []

    async def keep_asking() -> None:
        for _ in range(60):
            answers.append(int(await local.text(host=_GUEST)))

    await local.edge.apply(state(deployment((old, 100), objects=_OBJECTS), guest, hosts=_HOSTS))
    asking = asyncio.gather(*(keep_asking() for _ in range(4)))
    for owner in (new, old, new):
        await local.edge.apply(
            state(deployment((owner, 100), objects=_OBJECTS), guest, hosts=_HOSTS)
        )
        await asyncio.sleep(0.05)
    await asking
    assert sorted(answers) == list(range(1, 241))
    assert await local.text("/fetch", host=_GUEST) == "/x b 241"
    assert await local.text("/code") == f"code {new.number}"


async def test_without_the_owner_calls_fail_at_once_and_nothing_else(local: Local) -> None:
    guest = deployment((_guest(), 100))
    owner = deployment((_counter(), 100), objects=_OBJECTS)
    failure = "failed: Durable Object class Counter is not served: its Worker has no deployment."
    # The owner comes later, goes, and comes again.
    for there in (False, True, False, True):
        live = (owner, guest) if there else (guest,)
        await local.edge.apply(state(*live, hosts=_HOSTS))
        async with asyncio.timeout(2):
            got = await local.text(host=_GUEST)
        assert got.isdigit() if there else got == failure
    assert got == "2"


async def test_objects_that_are_gone_on_purpose_are_back_with_their_data(local: Local) -> None:
    guest = deployment((_guest(), 100))
    owner = deployment((_counter(), 100), objects=_OBJECTS)
    fault = EdgeFault("objects-gone", 1, 0, None, "api")
    for faults, there in (((), True), ((fault,), False), ((), True)):
        await local.edge.apply(state(owner, guest, hosts=_HOSTS, faults=faults))
        assert (await local.text(host=_GUEST)).isdigit() is there
        assert (await local.get(host="api.example.com")).status_code == (200 if there else 500)
    assert await local.text(host=_GUEST) == "5"


async def test_objects_are_gone_for_one_version_alone(local: Local) -> None:
    old, new = _counter(), _counter()
    fault = EdgeFault("objects-gone", 1, 0, new.id, "api")
    for shares, faults, statuses in (
        ([(old, 100)], (fault,), {200}),
        # It starts after the fault was turned on.
        ([(old, 50), (new, 50)], (fault,), {200, 500}),
        ([(new, 100)], (fault,), {500}),
        ([(new, 100)], (), {200}),
        # It runs already.
        ([(new, 100)], (fault,), {500}),
        ([(old, 50), (new, 50)], (), {200}),
    ):
        await local.edge.apply(state(deployment(*shares, objects=_OBJECTS), faults=faults))
        seen = {(await local.get()).status_code for _ in range(30)}
        assert seen == statuses, shares


async def test_a_part_of_the_calls_into_objects_fails(local: Local) -> None:
    live = deployment((_counter(), 100), objects=_OBJECTS)
    faults = (EdgeFault("objects-gone", 0.3, 0, None, "api"),)
    await local.edge.apply(state(live, faults=faults))
    failed = sum([(await local.get()).status_code == 500 for _ in range(300)])
    assert 45 < failed < 135
    # Two faults hit independently of each other.
    await local.edge.apply(state(live, faults=faults * 2))
    failed = sum([(await local.get()).status_code == 500 for _ in range(300)])
    assert 108 < failed < 198


async def test_a_worker_and_its_objects_reach_a_server_on_this_machine(local: Local) -> None:
    source = """
    import { DurableObject } from "cloudflare:workers";
    const ask = async (url) => (await fetch(url, { headers: { authorization: "Bearer t" } })).text();
    export class Counter extends DurableObject { ask(url) { return ask(url); } }
    export default { async fetch(request, env) {
      const to = new URL(request.url).searchParams.get("to");
      return new Response([await ask(to), await env.COUNTER.get(env.COUNTER.idFromName("one")).ask(to)].join());
    } };
    """
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nme")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    live = deployment((version(source, bindings=[_BOUND]), 100), objects=_OBJECTS)
    await local.edge.apply(state(live))
    for host in ("127.0.0.1", "localhost"):
        assert await local.text(f"/?to=http://{host}:{port}/client/v4/x") == "me,me"
    assert all(b"Bearer t" in head for head in asked)
    server.close()
    await server.wait_closed()


async def test_objects_that_do_not_start_with_new_code_go_on_with_the_old(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = _counter(), _counter()
    await local.edge.apply(state(deployment((old, 100), objects=_OBJECTS)))
    assert await local.text() == "1"
    start = Ground.start
    failures = 1

    async def failing(ground: Ground, name: str, *more: Any) -> Any:
        nonlocal failures
        if name.endswith("objects") and failures:
            failures -= 1
            raise StartError(name, "on purpose")
        return await start(ground, name, *more)

    monkeypatch.setattr(Ground, "start", failing)
    with pytest.raises(StartError):
        await local.edge.apply(state(deployment((new, 100), objects=_OBJECTS)))
    async with asyncio.timeout(5):
        assert await local.text() == "2"
        assert await local.text("/code") == f"code {old.number}"
    await local.edge.apply(state(deployment((new, 100), objects=_OBJECTS)))
    assert await local.text("/code") == f"code {new.number}"
