"""What is in a Worker's env."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from localcloud.api.kv import models as kv_models
from localcloud.api.kv.runtime import KvRuntime
from localcloud.api.store import Store
from localcloud.edge import StorageService
from localcloud.edge.model import Binding, Module
from tests.localcloud.edge.conftest import (
    ACCOUNT,
    Local,
    answering,
    binding,
    deployment,
    make,
    state,
    version,
)

_KV_SECRET = "kv-secret-of-this-test"
_KV_ID = "00000000000000000000000000000c01"
_WASM = base64.b64decode("AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=")


async def _answer(local: Local, code: str, *bindings: Binding, **more: Any) -> Any:
    """What `code`, the body of an async function of `env` and `request`, returns."""
    source = f"""
    export default {{ async fetch(request, env) {{
      return Response.json(await (async () => {{ {code} }})());
    }} }};
    """
    source = more.pop("prefix", "") + source
    await local.edge.apply(state(deployment((version(source, bindings=bindings, **more), 100))))
    return (await local.get()).json()


async def test_texts_secrets_json_and_the_versions_own_metadata(local: Local) -> None:
    tricky = 'quote " backslash \\ newline \n tab \t unicode ☃ nul-free'
    seen = await _answer(
        local,
        "return env",
        binding("ENVIRONMENT", "plain_text", text=tricky),
        binding("JWT_SECRET", "secret_text", text="s3cret"),
        binding("LIMITS", "json", json={"a": [1, None, "x"]}),
        binding("VERSION", "version_metadata"),
    )
    assert seen["ENVIRONMENT"] == tricky
    assert seen["JWT_SECRET"] == "s3cret"
    assert seen["LIMITS"] == {"a": [1, None, "x"]}
    assert set(seen["VERSION"]) == {"id", "tag", "timestamp"}
    assert seen["VERSION"]["timestamp"] == "2026-01-01T00:00:00Z"


async def test_no_secret_stays_on_disk_while_a_version_serves(local: Local) -> None:
    secret = "a-secret-that-must-not-be-found"
    await _answer(local, "return 1", binding("S", "secret_text", text=secret))
    for path in local.home.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


async def test_a_secret_key_signs(local: Local) -> None:
    key = binding(
        "KEY",
        "secret_key",
        format="raw",
        algorithm={"name": "HMAC", "hash": "SHA-256"},
        usages=["sign", "verify"],
        key_base64=base64.b64encode(b"0123456789abcdef").decode(),
    )
    code = """
    const data = new TextEncoder().encode("x");
    const signature = await crypto.subtle.sign("HMAC", env.KEY, data);
    return [signature.byteLength, await crypto.subtle.verify("HMAC", env.KEY, signature, data)];
    """
    assert await _answer(local, code, key) == [32, True]


async def test_text_data_json_and_wasm_modules_are_imported(local: Local) -> None:
    prefix = """
    import page from "./page.html";
    import bytes from "./blob.bin";
    import config from "./lib/config.json";
    import add from "./add.wasm";
    import { twice } from "./lib/twice.js";
    """
    modules = (
        Module("page.html", "text/plain", b"<p>hi</p>"),
        Module("blob.bin", "application/octet-stream", bytes([0, 255, 10])),
        Module("lib/config.json", "application/json", b'{"deep": {"x": 1}}'),
        Module("add.wasm", "application/wasm", _WASM),
        Module(
            "lib/twice.js", "application/javascript+module", b"export const twice = (x) => 2 * x;"
        ),
        Module("index.js.map", "application/source-map", b"{}"),
    )
    code = """
    const { exports } = await WebAssembly.instantiate(add);
    return [page, [...new Uint8Array(bytes)], config.deep.x, exports.add(20, 22), twice(4)];
    """
    seen = await _answer(local, code, modules=modules, prefix=prefix)
    assert seen == ["<p>hi</p>", [0, 255, 10], 1, 42, 8]


@pytest.mark.parametrize(
    ("type", "what", "use"),
    [
        ("hyperdrive", "Hyperdrive", "env.THING.connectionString"),
        ("d1", "D1 database", "env.THING.prepare('SELECT 1')"),
        ("queue", "Queue", "await env.THING.send('x')"),
        ("ai", "Workers AI", "await env.THING.run('model')"),
    ],
)
async def test_what_is_not_served_here_is_in_env_and_says_so_when_it_is_used(
    local: Local, type: str, what: str, use: str
) -> None:
    code = f"""
    const detected = env.THING.notServedLocally;
    try {{ {use}; }} catch (error) {{ return [detected, error instanceof Error, error.message]; }}
    return "used";
    """
    seen = await _answer(local, code, binding("THING", type))
    assert seen == [True, True, f"{what} binding THING is not served by the local cloud yet"]


async def test_a_service_binding_follows_the_other_scripts_split(local: Local) -> None:
    source = "export default { fetch(request, env) { return env.OTHER.fetch(request); } };"
    caller = version(source, bindings=[binding("OTHER", "service", service="other")])
    echo = """
    export default { async fetch(request) {
      return new Response(`${request.method} ${request.url} ${await request.text()}`);
    } };
    """
    other = version(echo, script="other")
    hosts = {"api.example.com": "api"}
    caller_live = deployment((caller, 100))
    await local.edge.apply(state(caller_live, deployment((other, 100)), hosts=hosts))
    answer = await local.text("/p?q=1", method="POST", content=b"body")
    assert answer == "POST https://api.example.com/p?q=1 body"
    newer = answering("newer", script="other")
    await local.edge.apply(state(caller_live, deployment((other, 0), (newer, 100)), hosts=hosts))
    assert await local.text() == "newer"


@pytest.fixture
def kv(tmp_path: Path) -> Iterator[tuple[StorageService, Store]]:
    store = Store(tmp_path / "state.db")
    store.insert("kv_namespace", ACCOUNT, _KV_ID, {"id": _KV_ID, "title": "cache"}, "cache")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    app = KvRuntime(store, _KV_SECRET)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield StorageService(f"127.0.0.1:{listener.getsockname()[1]}", _KV_SECRET), store
    server.should_exit = True
    thread.join(10)
    listener.close()
    store.close()


async def test_kv_is_one_and_the_same_for_worker_and_api(
    tmp_path: Path, kv: tuple[StorageService, Store]
) -> None:
    service, store = kv
    local = make(tmp_path, service)
    await local.edge.start()
    code = """
    await env.CACHE.put("a/b c", "väl", { metadata: { by: "worker" }, expirationTtl: 600 });
    const { value, metadata } = await env.CACHE.getWithMetadata("a/b c");
    const listed = (await env.CACHE.list({ prefix: "a/" })).keys.map(({ name }) => name);
    const many = await env.CACHE.get(["a/b c", "missing"]);
    await env.CACHE.delete("gone");
    return [value, metadata, listed, many.get("a/b c"), many.get("missing"), await env.CACHE.get("api", "json")];
    """
    kv_models.put(store, _KV_ID, "api", json.dumps([1]).encode(), None, None)
    seen = await _answer(local, code, binding("CACHE", "kv_namespace", namespace_id=_KV_ID))
    assert seen == ["väl", {"by": "worker"}, ["a/b c"], "väl", None, [1]]
    stored = kv_models.get(store, _KV_ID, "a/b c", 0)
    assert stored is not None
    assert stored.content == "väl".encode()
    await local.client.aclose()
    await local.edge.stop()
