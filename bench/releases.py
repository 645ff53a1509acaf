"""New versions of a clone's Worker and how they are rolled out: by the clone's own commands, looked at from outside."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any, Final

import httpx
import psutil

from bench.clone import WORKER
from bench.crowd import Crowd
from delivery.clouds import find_cloud
from delivery.rollout.journal import Rollout, read_rollouts
from delivery.rollout.leading import Place, place_of
from delivery.rollout.ledger import Entry, LedgerState
from delivery.stack import Stack
from tests.integration.checkout import Checkout, live_split

HOST: Final = f"{WORKER}.pitchey.workers.dev"
_STACK: Final = "staging"
_CODE: Final = "worker/src/index.ts"
_SETTINGS: Final = """  pitchey:rollouts:
    deadMansSwitch: true
    leaseSeconds: """
_TOKEN_SECONDS: Final = 900
"""As long as the Worker's own live; none that lives longer is taken."""
_SHARE_SECONDS: Final = 300.0
_change = count(1)


@dataclass(frozen=True)
class Releases:
    """Of stack staging of a clone that is up. `secret` is what the Worker signs tokens with."""

    clone: Checkout
    place: Place
    secret: str = field(repr=False)

    @staticmethod
    def on(clone: Checkout, strategies: Mapping[str, str], lease_seconds: int = 30) -> Releases:
        """Brings the settings for rollouts, with the switch, the strategies (name → YAML) and the stack that has them;
        one version serves everything then."""
        folder = clone.folder / "strategies"
        folder.mkdir(exist_ok=True)
        for name, text in strategies.items():
            (folder / f"{name}.yaml").write_text(text)
        settings = clone.folder / f"Pulumi.{_STACK}.yaml"
        content, _, _ = settings.read_text().partition(_SETTINGS)
        settings.write_text(f"{content}{_SETTINGS}{lease_seconds}\n")
        clone.done("up", _STACK)
        live = dict(live_split(clone, WORKER))
        if len(live) > 1:
            # What other figures have left split is nothing to begin from.
            clone.done("split", _STACK, f"{max(live, key=live.__getitem__)}=100")
        cloud = find_cloud("local", clone.folder)
        stack = Stack(clone.folder, _STACK, cloud, report=lambda _text: None)
        return Releases(clone, place_of(stack), _jwt_secret(stack))

    def new_version(self) -> tuple[str, str]:
        """Uploads one that differs in nothing that users see: what serves, and what was uploaded."""
        code = self.clone.folder / _CODE
        change = f"\nObject.assign(globalThis, {{ change: {next(_change)} }});\n"
        code.write_text(code.read_text() + change)
        self.clone.done("up", _STACK)
        outputs = self.clone.outputs(_STACK)
        return outputs["stableVersionId"], outputs["uploadedVersionId"]

    def command(self, *words: str) -> subprocess.Popen[str]:
        """A command of the clone that goes on by itself; what it says is read when it has ended."""
        return subprocess.Popen(
            self.clone.command(*words),
            cwd=self.clone.folder,
            env=self.clone.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def start(self, strategy: str) -> subprocess.Popen[str]:
        return self.command("rollout", "start", _STACK, "--strategy", strategy)

    def crowd(self, *, rate: float, count: int) -> Crowd:
        zone_host = f"api.{self.place.outputs['zoneName']}"
        authority = self.clone.home / "ca.pem"
        token = partial(_jwt, self.secret)
        return Crowd(self.clone.port + 1, HOST, zone_host, authority, token, rate, count)

    def split(self) -> dict[str, Decimal]:
        """What the API says is live, without shares of 0."""
        live = live_split(self.clone, WORKER)
        return {version: Decimal(str(share)) for version, share in live if share > 0}

    def until_share(self, process: subprocess.Popen[str], version: str, share: Decimal) -> None:
        """Waits for it. Raises `RuntimeError` when the command that leads there ends before."""
        deadline = time.monotonic() + _SHARE_SECONDS
        while self.split().get(version) != share:
            if process.poll() is not None:
                ended(process, 1)
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{version} did not come to its share")
            time.sleep(0.05)

    def ledger(self, after: int = 0) -> LedgerState:
        return self.place.ledger.read(after)

    def fault(self, effect: str, **settings: object) -> None:
        """Turns a fault on, in milliseconds and not in the second that a command takes to start."""
        self._control("POST", {"effect": effect, **settings})

    def no_faults(self) -> None:
        self._control("DELETE", None)

    def _control(self, method: str, body: Mapping[str, object] | None) -> None:
        url = f"http://127.0.0.1:{self.clone.port}/_local/faults"
        token = (self.clone.home / "token").read_text().strip()
        headers = {"authorization": f"Bearer {token}"}
        httpx.request(method, url, json=body, headers=headers, timeout=30).raise_for_status()


def last_rollout(entries: tuple[Entry, ...]) -> Rollout | None:
    found = read_rollouts(entries)
    return found[-1] if found else None


def kill(process: subprocess.Popen[str], *, with_children: bool) -> None:
    """-9; with all that it had started, as when its machine dies."""
    started = psutil.Process(process.pid).children(recursive=True) if with_children else []
    process.kill()
    for child in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()


def ended(process: subprocess.Popen[str], seconds: float) -> str:
    """What a command said that was to succeed. Raises `RuntimeError`."""
    said, _ = process.communicate(timeout=seconds)
    if process.returncode != 0:
        raise RuntimeError(f"it ended with {process.returncode}: {said.strip()[-2000:]}")
    return said


def _jwt_secret(stack: Stack) -> str:
    """What the program has drawn for the Worker. Only ever in memory."""
    told = stack.engine.read("stack", "export", "--show-secrets", "--stack", stack.name)
    resources: list[dict[str, Any]] = json.loads(told)["deployment"]["resources"]
    for resource in resources:
        if resource["urn"].endswith("-jwt-bytes"):
            return str(json.loads(resource["outputs"]["base64"]["plaintext"]))
    raise RuntimeError("the stack has drawn no secret for tokens")


def _jwt(secret: str) -> str:
    """An operator's access token (HS256, RFC 7519), issued now."""
    now = int(time.time())
    own = {
        "iss": f"pitchey-{_STACK}",
        "aud": "pitchey-api",
        "sub": "bench",
        "sid": "bench",
        "role": "operator",
    }
    times = {"iat": now, "nbf": now, "exp": now + _TOKEN_SECONDS}
    parts = ({"alg": "HS256", "typ": "JWT"}, own | times)
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64url(signature)}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
