"""The front end: built for a stack's API, and deployed to its Pages project by the official client when it is another one than
was deployed last. What it was built from is the deployment's commit hash: the cloud itself says whether there is anything to do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from delivery.clouds import Report
from delivery.errors import FailedError, RefusedError
from delivery.node import find_node
from delivery.patient_api import PatientApi
from delivery.stack import Stack

SOURCES: Final = Path("frontend")
_BUILD: Final = SOURCES / "build.mjs"
_WRANGLER: Final = Path("node_modules/wrangler/bin/wrangler.js")
_LOCK: Final = Path("package-lock.json")
"""Of it come the versions of what builds."""
_NOT_BUILT: Final = ("dist", "test")
_MESSAGE: Final = "pitchey up"
_PATIENCE_SECONDS: Final = 120.0
"""The client asks a dozen things and gives up at the first that fails; where every third does, one try in five gets through."""
_PAUSE_SECONDS: Final = 0.5
_DEPLOY_SECONDS: Final = 180.0
_PASSING: Final = re.compile(
    r"\[code: (?:971|10013|10429|8000000)\]|\b(?:429|5\d\d)\b|(?:internal|unknown) (?:server )?error|throttling|rate limit"
    r"|fetch failed|ECONN|ETIMEDOUT|socket|timed? ?out|malformed response",
    re.IGNORECASE,
)
"""What the client says of troubles that the next try may not meet."""
_LINES: Final = 2
"""Of an error; what follows is where to write to."""
_COLORS: Final = re.compile(r"\x1b\[[0-9;]*m")
_ACCOUNT_ID: Final = re.compile(r"\b[0-9a-f]{32}\b")
_TAKEN_AWAY: Final = ("CLOUDFLARE_", "CF_", "WRANGLER_", "PULUMI_", "PITCHEY_")
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
Json = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """`is_new`: this run deployed it. `is_live`: it serves; an earlier one does where it was rolled back."""

    digest: str
    is_new: bool
    is_live: bool

    def as_json(self) -> Json:
        return asdict(self)

    def lines(self, stack: str) -> Iterator[str]:
        """What a person is told of it."""
        if self.is_new:
            yield f"front end: {self.digest[:8]} is deployed"
        elif not self.is_live:
            yield (
                f"front end: {self.digest[:8]} was rolled back, and an earlier one serves; left as it is "
                f"(a change in {SOURCES}/, or `pitchey rollback {stack} --component pages --to DEPLOYMENT`, brings another)"
            )


@dataclass(frozen=True)
class Frontend:
    """`pages` is the project's name; `api_url` an origin over HTTPS. `local_url`: where the API answers without a certificate on a
    local cloud, whose visitors come by names under `.localhost`; None on any other."""

    checkout: Path
    pages: str
    api_url: str
    local_url: str | None = None

    @property
    def digest(self) -> str:
        """40 hexadecimal digits of all that the built site depends on."""
        told = hashlib.sha256(json.dumps([self.api_url, self.local_url]).encode())
        for path in self._sources():
            content = hashlib.sha256((self.checkout / path).read_bytes()).hexdigest()
            told.update(f"{path.as_posix()}\0{content}\n".encode())
        return told.hexdigest()[:40]

    def _sources(self) -> Iterator[Path]:
        yield _LOCK
        for path in sorted((self.checkout / SOURCES).rglob("*")):
            relative = path.relative_to(self.checkout)
            if relative.parts[1] not in _NOT_BUILT and path.is_file():
                yield relative

    def build(self, target: Path) -> None:
        """Leaves the site in the folder. Raises `RefusedError` with the compiler's own line when it does not compile."""
        arguments = ["--api", self.api_url, "--out", str(target)]
        if self.local_url is not None:
            arguments += ["--local", self.local_url]
        done = subprocess.run(
            [str(find_node()), str(_BUILD), *arguments],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().removeprefix("error: ")
            raise RefusedError(
                f"the front end was not built: {said or 'the bundler said nothing'}",
                f"mend {SOURCES}/; the one that serves is left as it is",
            )


@dataclass(frozen=True)
class Client:
    """The official client, with nothing of the user's own configuration. `access` is the cloud's: its token, its account, and
    its address where that is not Cloudflare's."""

    checkout: Path
    access: Mapping[str, str] = field(repr=False)

    def deploy(self, folder: Path, frontend: Frontend, branch: str) -> None:
        """One try. Raises `FailedError` with the client's own words, `RefusedError` where no other try would help."""
        script = self.checkout / _WRANGLER
        if not script.is_file():
            raise RefusedError("wrangler is missing", "run `make install`")
        arguments = [
            *("pages", "deploy", str(folder), "--project-name", frontend.pages, "--branch", branch),
            *("--commit-hash", frontend.digest, "--commit-message", _MESSAGE, "--commit-dirty=true"),
        ]  # fmt: skip
        try:
            done = subprocess.run(
                [str(find_node()), str(script), *arguments],
                # Where no configuration of a Worker lies.
                cwd=folder,
                env=self._variables(folder.parent),
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=_DEPLOY_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FailedError(
                f"the front end was not deployed within {_DEPLOY_SECONDS:.0f} seconds",
                "run `pitchey up` again",
            ) from None
        if done.returncode != 0:
            said = _last_words(done.stderr + done.stdout)
            kind = FailedError if _PASSING.search(said) else RefusedError
            raise kind(f"the front end was not deployed: {said}", "run `pitchey up` again")

    def _variables(self, logs: Path) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_TAKEN_AWAY)}
        access = dict(self.access)
        base = access.pop("CLOUDFLARE_BASE_URL", None)
        if base is not None:
            access["CLOUDFLARE_API_BASE_URL"] = base
            if urlsplit(base).hostname in _THIS_MACHINE:
                kept = {k: v for k, v in kept.items() if not k.lower().endswith("_proxy")}
        return (
            kept
            | access
            | {
                "CI": "1",
                "NO_COLOR": "1",
                # Compiled once for all runs.
                "NODE_COMPILE_CACHE": str(self.checkout / "node_modules/.cache/compiled"),
                "WRANGLER_HIDE_BANNER": "true",
                "WRANGLER_SEND_METRICS": "false",
                "WRANGLER_LOG_PATH": str(logs),
            }
        )


def _last_words(output: str) -> str:
    """The first line of an error, and what is said to it, without an account's id."""
    lines = [_COLORS.sub("", line).strip() for line in output.splitlines()]
    at = next((i for i, line in enumerate(lines) if "ERROR" in line), None)
    told = [line for line in (lines if at is None else lines[at:]) if line][:_LINES]
    said = " ".join(told).replace("✘", "").replace("[ERROR]", "").strip()
    return _ACCOUNT_ID.sub("…", said) or "the client said nothing"


def deploy_frontend(
    frontend: Frontend,
    api: PatientApi,
    client: Client,
    report: Report,
    patience: float = _PATIENCE_SECONDS,
) -> Deployed:
    """Does nothing where it was deployed last, though it was rolled back since. `patience` in seconds, after which no other try
    begins. Raises `DeliveryError`."""
    digest = frontend.digest
    path = f"/pages/projects/{frontend.pages}"
    newest = _newest(api, path)
    if newest is not None and _digest_of(newest) == digest:
        live: Json = api.call("GET", path).get("canonical_deployment") or {}
        return Deployed(digest, is_new=False, is_live=live.get("id") == newest["id"])
    branch = str(api.call("GET", path)["production_branch"])
    with tempfile.TemporaryDirectory(prefix="pitchey-") as folder:
        built = Path(folder) / "site"
        report("building the front end")
        frontend.build(built)
        report("uploading the front end")
        end = time.monotonic() + patience
        while True:
            try:
                client.deploy(built, frontend, branch)
            except FailedError as error:
                # It may have been done, and only its answer was lost.
                newest = _newest(api, path)
                if newest is not None and _digest_of(newest) == digest:
                    break
                if time.monotonic() >= end:
                    raise
                report(f"once more: {error.what}")
                time.sleep(_PAUSE_SECONDS)
            else:
                break
    return Deployed(digest, is_new=True, is_live=True)


def _newest(api: PatientApi, path: str) -> Json | None:
    """The production deployment that was made last."""
    params = {"env": "production", "page": "1", "per_page": "1"}
    rows: list[Json] = api.call("GET", f"{path}/deployments", params=params)
    return rows[0] if rows else None


def _digest_of(deployment: Json) -> str:
    trigger: Json = deployment.get("deployment_trigger") or {}
    metadata: Json = trigger.get("metadata") or {}
    return str(metadata.get("commit_hash", ""))


def bring_up(target: Stack, outputs: Mapping[str, Any], report: Report) -> Deployed:
    """A stack's front end after its `up`. Raises `DeliveryError`."""
    api_url = str(outputs["urls"]["api"])
    frontend = Frontend(
        target.project,
        str(outputs["pagesProject"]),
        api_url,
        str(outputs["workerUrl"]) if target.cloud.open_url(api_url) != api_url else None,
    )
    access = target.cloud.access()
    with PatientApi(access) as api:
        return deploy_frontend(frontend, api, Client(target.project, access), report)
