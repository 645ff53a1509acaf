"""What the tests of bad days share: a command in the background, a fault for a while, what the cloud has, the line that was told."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import httpx
import psutil

from tests.integration.checkout import Checkout, Done

Json = dict[str, Any]
_LIST: Final = {"per_page": "100"}


def refusal(done: Done, status: int = 1) -> str:
    """The one error that was told: no traceback, nothing on standard output, the expected exit status."""
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == status, told
    assert done.stdout == ""
    assert "Traceback" not in told
    assert told.count("error: ") == 1, told
    return done.stderr.split("error: ", 1)[1].strip()


def begin(
    checkout: Checkout, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """`pitchey` in the background, in a process group of its own as a shell would start it."""
    return subprocess.Popen(
        checkout.command(*arguments),
        cwd=checkout.folder,
        env=checkout.environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=90)
    return Done(process.args, process.returncode, out, err)


def until(holds: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def engine_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The engine that a `pitchey` in the background runs now."""
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = [c for c in psutil.Process(process.pid).children() if c.name() == "pulumi"]
        return bool(found)

    until(look)
    return found[0]


def _control(checkout: Checkout) -> httpx.Client:
    token = (checkout.home / "token").read_text().strip()
    base = f"http://127.0.0.1:{checkout.port}/_local"
    return httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=20)


def _clear(checkout: Checkout) -> None:
    with _control(checkout) as control:
        assert control.delete("/faults").status_code == 200


@contextlib.contextmanager
def fault(checkout: Checkout, effect: str, **fields: Any) -> Generator[None]:
    """A fault of the API for as long as the block lasts."""
    with _control(checkout) as control:
        answer = control.post("/faults", json={"effect": effect, **fields})
        assert answer.status_code == 200, answer.text
    try:
        yield
    finally:
        try:
            _clear(checkout)
        except httpx.ConnectError:
            # Where the daemon was ended on purpose, the one that follows it is asked.
            checkout.done("local", "up")
            _clear(checkout)


def inventory(checkout: Checkout) -> dict[str, list[Any]]:
    """All that the account has, by kind: names, with what makes doubles visible."""
    account = f"/accounts/{checkout.account()}"
    with checkout.api() as api:

        def listed(path: str, *keys: str) -> list[Json]:
            rows: Any = api.get(path, params=_LIST).json()["result"] or []
            for key in keys:
                rows = rows[key]
            return rows

        workers = listed(f"{account}/workers/workers")
        zones = listed("/zones")
        found: dict[str, list[Any]] = {
            "workers": [row["name"] for row in workers],
            "namespaces": [row["title"] for row in listed(f"{account}/storage/kv/namespaces")],
            "buckets": [row["name"] for row in listed(f"{account}/r2/buckets", "buckets")],
            "databases": [row["name"] for row in listed(f"{account}/hyperdrive/configs")],
            "projects": [row["name"] for row in listed(f"{account}/pages/projects")],
            "domains": [row["hostname"] for row in listed(f"{account}/workers/domains")],
            "zones": [row["name"] for row in zones],
            "records": [
                (row["name"], row["type"], row["content"])
                for zone in zones
                for row in listed(f"/zones/{zone['id']}/dns_records")
            ],
            "rulesets": [
                row["phase"] for zone in zones for row in listed(f"/zones/{zone['id']}/rulesets")
            ],
            "versions": [
                row["id"]
                for worker in workers
                for row in listed(f"{account}/workers/workers/{worker['id']}/versions")
            ],
            "deployments": [
                row["id"]
                for worker in workers
                for row in listed(
                    f"{account}/workers/scripts/{worker['name']}/deployments", "deployments"
                )
            ],
        }
    return {kind: sorted(rows) for kind, rows in found.items()}
