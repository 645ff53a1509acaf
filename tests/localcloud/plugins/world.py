"""What a resource stands on: a served API with Workers, versions, a bucket, a project, and a hook that is called."""

from __future__ import annotations

import base64
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import httpx

from tests.localcloud.conftest import ServedCloud, add_zone
from tests.localcloud.plugins.cases import CODE

Json = dict[str, Any]
OTHER: Final = {
    "other_account": "0" * 32,
    "other_zone": "f" * 32,
    "other_worker": "e" * 32,
    "other_version": "v2",
}
_SLOT: Final = "{%s}"


@dataclass(frozen=True)
class World:
    """`known` fills the `{names}` in a case."""

    http: httpx.Client
    known: dict[str, str]

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list):
            return [self.filled(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, str) and value[:1] == "{" and value[1:-1] in self.known:
            return self.known[value[1:-1]]
        return value

    def made(self, method: str, path: str, body: Any) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()["result"]


def build(served: ServedCloud, http: httpx.Client, hook: str) -> World:
    account = served.account
    zone = add_zone(served.store, "example.org")
    world = World(
        http, {**OTHER, "account": account, "zone": served.zone, "second_zone": zone, "hook": hook}
    )
    workers = f"/accounts/{account}/workers/workers"
    worker = world.made("POST", workers, {"name": "shop"})["id"]
    world.made("POST", workers, {"name": "blog"})
    code = base64.b64encode(CODE.encode()).decode()
    version = world.made(
        "POST", f"{workers}/{worker}/versions",
        {
            "main_module": "index.js", "compatibility_date": "2026-01-01",
            "modules": [{"name": "index.js", "content_type": "application/javascript+module", "content_base64": code}],
        },
    )["id"]  # fmt: skip
    deployed = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
    world.made("POST", f"/accounts/{account}/workers/scripts/shop/deployments", deployed)
    world.made("POST", f"/accounts/{account}/r2/buckets", {"name": "uploads"})
    project = {"name": "site", "production_branch": "main"}
    world.made("POST", f"/accounts/{account}/pages/projects", project)
    namespace = world.made("POST", f"/accounts/{account}/storage/kv/namespaces", {"title": "cache"})
    world.known.update(
        worker=worker, version=version, other_script="blog", namespace=namespace["id"]
    )
    return world


@contextmanager
def hook() -> Generator[str]:
    """The address of a web service on loopback that takes whatever it is sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
