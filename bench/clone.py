"""A fresh clone of the committed project in a folder of its own: what a stranger has, with its own local cloud."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from tests.integration.checkout import ROOT, Checkout, free_ports

WORKER: Final = "pitchey-api-staging"
_MINUTES_20: Final = 1200


class Clone(Checkout):
    """`make` and `pitchey` run in it with what it has installed itself."""

    @staticmethod
    def of_the_project(folder: Path) -> Clone:
        _git("clone", "--quiet", str(ROOT), str(folder))
        return Clone(folder, free_ports())

    def make_verb(self, verb: str, *more: str, env: Mapping[str, str] | None = None) -> float:
        """Seconds that `make <verb>` took. Raises `RuntimeError` with its last words when it fails."""
        started = time.perf_counter()
        done = subprocess.run(
            ["make", verb, *more],
            cwd=self.folder,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MINUTES_20,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"make {verb}: {done.stderr.strip() or done.stdout.strip()}")
        return time.perf_counter() - started

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / ".venv/bin/python"), "-m", "delivery", *arguments]

    def seconds(self, *arguments: str) -> float:
        """Seconds that `pitchey` took for this, start and end of the process included."""
        started = time.perf_counter()
        self.done(*arguments)
        return time.perf_counter() - started


def uncommitted() -> list[str]:
    """Files that a clone does not have as they stand here."""
    return _git("-C", str(ROOT), "status", "--porcelain").splitlines()


def cold_caches(folder: Path) -> dict[str, str]:
    """An environment in which nothing was ever downloaded or built, whatever the user has in theirs."""
    names = {
        "XDG_CACHE_HOME": "cache",
        "PIP_CACHE_DIR": "pip",
        "npm_config_cache": "npm",
        "GOCACHE": "go-build",
        "GOMODCACHE": "go-modules",
    }
    for name in names.values():
        (folder / name).mkdir(parents=True)
    return {key: str(folder / name) for key, name in names.items()}


def upload(
    api: httpx.Client, account: str, worker: str, code: str, *, as_version: bool = False
) -> str:
    """Uploads one ES module with its version's metadata as `VERSION`; returns the version's id."""
    body: dict[str, Any] = {
        "main_module": "index.js",
        "compatibility_date": "2026-01-01",
        "bindings": [{"name": "VERSION", "type": "version_metadata"}],
    }
    path = f"/accounts/{account}/workers/scripts/{worker}"
    files = {
        "metadata": (None, httpx.Response(200, json=body).content, "application/json"),
        "index.js": ("index.js", code.encode(), "application/javascript+module"),
    }
    if as_version:
        answer = api.post(f"{path}/versions", files=files).raise_for_status()
        return str(answer.json()["result"]["id"])
    api.put(path, files=files).raise_for_status()
    api.post(f"{path}/subdomain", json={"enabled": True, "previews_enabled": False})
    found = api.get(f"{path}/deployments").raise_for_status().json()["result"]["deployments"]
    return str(found[0]["versions"][0]["version_id"])


def deploy(api: httpx.Client, account: str, worker: str, *shares: tuple[str, float]) -> None:
    """Deploys up to two versions, (id, percentage) in the order in which they are to stay."""
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": id, "percentage": share} for id, share in shares],
    }
    path = f"/accounts/{account}/workers/scripts/{worker}/deployments"
    api.post(path, json=body).raise_for_status()


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
