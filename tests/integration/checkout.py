"""A checkout of the project in a folder of its own, with a local cloud of its own: what a user has after cloning."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[2]
_LEFT_OUT: Final = ("tests", "docs", "bench", ".github", ".ci")
Done = subprocess.CompletedProcess[str]


def copy_project(target: Path) -> None:
    """The files that are in the repository or would be added to it, and what was installed, by reference."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        source = ROOT / name
        if name.startswith(_LEFT_OUT) or not source.is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / name)
    for installed in (".venv", "node_modules", "worker/node_modules"):
        if (ROOT / installed).exists():
            (target / installed).symlink_to(ROOT / installed)


def free_ports(count: int = 3) -> int:
    """The first of `count` neighbouring ports that nobody listens on, and that no outgoing connection is given."""
    while True:
        first = random.randrange(20_000, 32_000)  # noqa: S311
        with contextlib.suppress(OSError), contextlib.ExitStack() as taken:
            for port in range(first, first + count):
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
            return first


@dataclass(frozen=True)
class Checkout:
    """`pitchey` runs in the folder as a user would run it."""

    folder: Path
    port: int

    @staticmethod
    def make(folder: Path) -> Checkout:
        folder.mkdir()
        copy_project(folder)
        return Checkout(folder, free_ports())

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("CLOUDFLARE_", "PULUMI_", "PITCHEY_", "COV_", "PYTEST_"))
        }
        return kept | {"NO_COLOR": "1"} | dict(extra or {})

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "delivery", *arguments]

    def pitchey(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 150
    ) -> Done:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def done(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Standard output of a command that must succeed."""
        result = self.pitchey(*arguments, env=env)
        assert result.returncode == 0, f"{arguments}: {result.stdout}\n{result.stderr}"
        return result.stdout

    def up(self, stack: str = "staging") -> dict[str, Any]:
        """The stack's outputs after `pitchey up`."""
        outputs: dict[str, Any] = json.loads(self.done("up", stack, "--json"))["outputs"]
        return outputs

    def outputs(self, stack: str = "staging") -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.done("outputs", stack))
        return values

    @property
    def home(self) -> Path:
        return self.folder / ".pitchey/local"

    def api(self) -> httpx.Client:
        """Plain HTTP to the local cloud's API with its token."""
        token = (self.home / "token").read_text().strip()
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/client/v4",
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
        )

    def account(self) -> str:
        with self.api() as api:
            id: str = api.get("/accounts").json()["result"][0]["id"]
            return id

    def get(
        self,
        host: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        secure: bool = False,
    ) -> httpx.Response:
        """A request to the edge for a public host name; over HTTPS the local CA vouches."""
        named = {"host": host, **(headers or {})}
        if secure:
            authority = ssl.create_default_context(cafile=str(self.home / "ca.pem"))
            with httpx.Client(verify=authority, timeout=30) as client:
                url = f"https://127.0.0.1:{self.port + 2}{path}"
                return client.get(url, headers=named, extensions={"sni_hostname": host})
        url = f"http://127.0.0.1:{self.port + 1}{path}"
        return httpx.get(url, headers=named, timeout=30)

    def edit(self, name: str, *replacements: tuple[str, str]) -> str:
        """Replaces text in a file; returns what it was before."""
        path = self.folder / name
        before = path.read_text()
        after = before
        for old, new in replacements:
            assert old in after, f"{old!r} is not in {name}"
            after = after.replace(old, new)
        path.write_text(after)
        return before

    def processes(self) -> list[int]:
        """Ids of processes that work in this folder or have it in their command line."""
        import psutil

        found: list[int] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                places = [process.cwd(), *process.cmdline()]
                if process.pid != os.getpid() and any(str(self.folder) in at for at in places):
                    found.append(process.pid)
        return found


def live_split(checkout: Checkout, worker: str) -> list[tuple[str, float]]:
    """What the API says is live: (version id, percentage)."""
    return [
        (v["version_id"], v["percentage"]) for v in deployments(checkout, worker)[0]["versions"]
    ]


def deployments(checkout: Checkout, worker: str) -> list[dict[str, Any]]:
    """All deployments of a Worker, newest first."""
    path = f"/accounts/{checkout.account()}/workers/scripts/{worker}/deployments"
    with checkout.api() as api:
        found: list[dict[str, Any]] = api.get(path).json()["result"]["deployments"]
        return found
