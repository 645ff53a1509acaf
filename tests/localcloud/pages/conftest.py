"""A project, direct uploads as wrangler makes them, and a real edge that serves them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.edge import Edge, StorageService
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.edge.conftest import WORKERD

PROJECT = "site"
Get = Callable[..., httpx.Response]


def hash_of(content: bytes) -> str:
    """Of the form that wrangler gives; Cloudflare takes whatever the client says."""
    return hashlib.sha256(content).hexdigest()[:32]


@dataclass(frozen=True)
class Uploader:
    """`base` is the project's path."""

    http: httpx.Client
    base: str
    session: dict[str, str] = field(default_factory=dict[str, str])

    def open(self) -> dict[str, str]:
        """Headers of an upload session."""
        jwt = self.http.get(f"{self.base}/upload-token").json()["result"]["jwt"]
        return {"authorization": f"Bearer {jwt}"}

    def upload(self, *contents: bytes, kind: str = "text/html") -> httpx.Response:
        rows = [
            {
                "key": hash_of(content),
                "value": base64.b64encode(content).decode(),
                "metadata": {"contentType": kind},
                "base64": True,
            }
            for content in contents
        ]
        return self.http.post("/pages/assets/upload", json=rows, headers=self.open())

    def form(self, files: dict[str, bytes], branch: str = "main", **parts: Any) -> Any:
        manifest = {path: hash_of(content) for path, content in files.items()}
        return {
            "manifest": (None, json.dumps(manifest)),
            "branch": (None, branch),
            **{name.replace("__", "."): (name, content) for name, content in parts.items()},
        }

    def deploy(self, files: dict[str, bytes], branch: str = "main", **parts: Any) -> Any:
        """The deployment; parts such as `_headers` go along (`__` stands for a dot in a name)."""
        assert self.upload(*files.values()).status_code == 200
        made = self.http.post(f"{self.base}/deployments", files=self.form(files, branch, **parts))
        assert made.status_code == 200, made.text
        return made.json()["result"]


@pytest.fixture
def base(http: httpx.Client, account: str) -> str:
    """The path of a project that has no deployment yet."""
    path = f"/accounts/{account}/pages/projects"
    sent = {"name": PROJECT, "production_branch": "main"}
    assert http.post(path, json=sent).status_code == 200
    return f"{path}/{PROJECT}"


@pytest.fixture
def uploader(http: httpx.Client, base: str) -> Uploader:
    return Uploader(http, base)


@pytest.fixture
def get(served: ServedCloud, tmp_path: Path) -> Iterator[Get]:
    """`get(host, path, method, headers)` asks a real edge, which the API has told what to serve."""
    edge = Edge(
        tmp_path / "edge",
        WORKERD,
        0,
        0,
        StorageService("127.0.0.1:1", "no-kv"),
        served.store.blob,
        lambda _counts: None,
        lambda _request: None,
    )
    served.on_loop(edge.start)
    served.cloud.edge = edge
    client = httpx.Client(timeout=20)

    def ask(
        host: str,
        path: str = "/",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = f"http://127.0.0.1:{edge.http_port}{path}"
        return client.request(method, url, headers={"host": host, **(headers or {})})

    yield ask
    client.close()
    served.on_loop(edge.stop)
