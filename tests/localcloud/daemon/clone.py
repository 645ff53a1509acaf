"""A checkout in a temporary folder, with a local cloud of its own on ports that nobody uses."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from cloudflare import Cloudflare

from localcloud.cloud import LocalCloud
from localcloud.daemon.record import DaemonRecord
from tests.localcloud import official_sdk

ROOT: Final = Path(__file__).parents[3]
CLI: Final = "from localcloud.cli import app; app()"
_TRIES: Final = 200


def free_ports() -> int:
    """The first of three neighbouring ports that nobody listens on, and that no outgoing connection is given by the system."""
    for _ in range(_TRIES):
        first = random.randrange(20_000, 32_000)  # noqa: S311
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + 3):
                stack.enter_context(_listener(port))
            return first
    raise AssertionError("no free ports")


def _listener(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


@dataclass
class Clone:
    folder: Path
    port: int
    reports: list[str] = field(default_factory=list[str])
    _clients: list[Cloudflare] = field(default_factory=list[Cloudflare])

    @staticmethod
    def make(folder: Path) -> Clone:
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: pitchey\nruntime: python\n")
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        return Clone(folder, free_ports())

    @property
    def cloud(self) -> LocalCloud:
        return LocalCloud(self.folder)

    @property
    def home(self) -> Path:
        return self.folder / ".pitchey/local"

    @property
    def token(self) -> str:
        return (self.home / "token").read_text().strip()

    def start(self, port: int | None = None) -> DaemonRecord:
        return self.cloud.start_daemon(self.reports.append, port or self.port)

    def client(self) -> Cloudflare:
        """The official SDK without retries, closed with the clone: left to the collector, its socket may be found first."""
        url = f"http://127.0.0.1:{self.port}/client/v4"
        made = official_sdk.client(self.token, url, timeout=10)
        self._clients.append(made)
        return made

    def control(self, token: str | None = None, **headers: str) -> httpx.Client:
        """The control's paths, plainly."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/_local",
            headers={"authorization": f"Bearer {token or self.token}", **headers},
            timeout=20,
        )

    def pitchey_local(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """`pitchey local …` as a process in this folder."""
        return subprocess.run(
            [sys.executable, "-c", CLI, *arguments],
            cwd=self.folder,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def environment(self, **env: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **env}

    def processes(self) -> list[psutil.Process]:
        """Every process that names this folder in its command line."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(str(self.folder) in word for word in process.cmdline()):
                    found.append(process)
        return found

    def end(self) -> None:
        for client in self._clients:
            client.close()
        self.cloud.stop()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()


def titles(api: Cloudflare, account: str) -> list[str | None]:
    return [namespace.title for namespace in api.kv.namespaces.list(account_id=account)]


def make_namespace(api: Cloudflare, account: str, title: str) -> Any:
    return api.kv.namespaces.create(account_id=account, title=title)


@dataclass(frozen=True)
class Worker:
    """A Worker of a clone, answering on workers.dev."""

    clone: Clone
    account: str
    name: str
    id: str

    @staticmethod
    def make(clone: Clone, account: str, name: str) -> Worker:
        made = clone.client().workers.beta.workers.create(
            account_id=account, name=name, subdomain={"enabled": True, "previews_enabled": False}
        )
        return Worker(clone, account, name, made.id)

    def upload(self, code: str, bindings: Any = (), **fields: Any) -> str:
        """A version's id."""
        module: Any = {
            "name": "index.js",
            "content_type": "application/javascript+module",
            "content_base64": base64.b64encode(code.encode()).decode(),
        }
        version = self.clone.client().workers.beta.workers.versions.create(
            self.id,
            account_id=self.account,
            main_module="index.js",
            compatibility_date="2026-01-01",
            modules=[module],
            bindings=bindings,
            **fields,
        )
        return version.id

    def deploy(self, shares: Mapping[str, float]) -> None:
        self.clone.client().workers.scripts.deployments.create(
            self.name,
            account_id=self.account,
            strategy="percentage",
            versions=[{"version_id": id, "percentage": share} for id, share in shares.items()],
        )

    def get(self, path: str = "/") -> httpx.Response:
        """A request over HTTP to the edge."""
        return httpx.get(
            f"http://127.0.0.1:{self.clone.port + 1}{path}",
            headers={"host": f"{self.name}.pitchey.workers.dev"},
            timeout=20,
        )

    def delete(self) -> None:
        self.clone.client().workers.beta.workers.delete(self.id, account_id=self.account)
