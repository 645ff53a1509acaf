"""A checkout in a temporary folder, with a local cloud of its own on ports that nobody uses."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from cloudflare import Cloudflare

from localcloud.cloud import LocalCloud
from localcloud.daemon.record import DaemonRecord

ROOT: Final = Path(__file__).parents[3]
CLI: Final = "from localcloud.cli import app; app()"
_TRIES: Final = 200


def free_ports(count: int = 3) -> int:
    """The first of `count` neighbouring ports that nobody listens on."""
    for _ in range(_TRIES):
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(_listener(0)).getsockname()[1]
            if first + count > 60_000:
                continue
            try:
                for n in range(1, count):
                    stack.enter_context(_listener(first + n))
            except OSError:
                continue
            return int(first)
    raise AssertionError("no free ports")


def _listener(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


@dataclass
class Clone:
    folder: Path
    port: int
    reports: list[str] = field(default_factory=list[str])

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
        """The official SDK without retries."""
        url = f"http://127.0.0.1:{self.port}/client/v4"
        return Cloudflare(api_token=self.token, base_url=url, max_retries=0, timeout=10)

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
        self.cloud.stop()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()


def titles(api: Cloudflare, account: str) -> list[str | None]:
    return [namespace.title for namespace in api.kv.namespaces.list(account_id=account)]


def make_namespace(api: Cloudflare, account: str, title: str) -> Any:
    return api.kv.namespaces.create(account_id=account, title=title)
