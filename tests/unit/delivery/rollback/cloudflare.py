"""Cloudflare on this machine, as far as a rollback needs it: an API with state, an edge that serves what it says, a ledger."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from delivery.errors import FailedError
from tests.unit.delivery.http_server import served
from tests.unit.delivery.rollback.ledger import Ledger
from tests.unit.delivery.rollback.optimised import Optimised

Json = dict[str, Any]
WORKER = "pitchey-api-staging"
ROLLOUTS = "pitchey-rollouts-staging"
PAGES = "pitchey-staging"
_API = "/client/v4/accounts/acc"


@dataclass
class Script:
    deployments: list[Json] = field(default_factory=list[Json])
    versions: list[str] = field(default_factory=list[str])
    public: bool = True
    domains: list[str] = field(default_factory=list[str])


@dataclass
class Cloudflare:
    """`asked` are method and path of every request in order; `fault` may answer one with a status of its own."""

    scripts: dict[str, Script] = field(default_factory=lambda: {WORKER: Script()})
    flags: dict[str, str] = field(default_factory=dict[str, str])
    namespaces: list[str] = field(default_factory=lambda: ["pitchey-staging-flags"])
    pages: list[Json] | None = None
    canonical: str | None = None
    ledger: Ledger = field(default_factory=Ledger)
    api: Optimised = field(init=False)
    """What the application's Worker answers under /api."""
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    fault: Callable[[str, str], int | None] = lambda _method, _path: None
    stale: Callable[[str], str] = lambda version: version
    """What the edge serves instead of a version."""
    address: str = ""
    number: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.api = Optimised(self.flags)

    # What a test arranges

    def deploy(self, message: str = "", script: str = WORKER, **shares: float) -> None:
        known = self.scripts[script]
        given = [{"version_id": id, "percentage": share} for id, share in shares.items()]
        known.versions += [id for id in shares if id not in known.versions]
        number = next(self.number)
        made = {"id": f"d{number}", "created_on": _time(number), "source": "api", "versions": given}
        known.deployments.insert(0, {**made, "annotations": {"workers/message": message}})

    def live(self) -> dict[str, float]:
        versions = self.scripts[WORKER].deployments[0]["versions"]
        return {v["version_id"]: v["percentage"] for v in versions}

    def publish(self, id: str, text: str, *, status: str = "success") -> None:
        number = next(self.number)
        self.pages = self.pages or []
        stage = {"name": "deploy", "status": status}
        url = f"https://{id[:8]}.{PAGES}.pages.dev"
        made = {"id": id, "url": url, "created_on": _time(number), "latest_stage": stage}
        self.pages.insert(0, {**made, "text": text})
        if status == "success":
            self.canonical = id

    def begin_rollout(self, id: str, *kinds: str) -> None:
        self.scripts[ROLLOUTS] = Script()
        self.ledger.fence += 1
        self.ledger.lease = {"holder": "ann", "fence": self.ledger.fence, "until": 9e9}
        self.ledger.switch = {"rollout": id}
        for kind in ("started", *kinds):
            self.ledger.write(kind, id)

    # What it answers

    def answer(
        self, method: str, target: str, host: str, headers: Mapping[str, str], sent: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, what is told as JSON, headers."""
        parts = urlsplit(target)
        if parts.path.startswith("/api/") and host.startswith(WORKER):
            # Many are answered at once, as the one that they wait for would have it.
            return self.api.answer(target, headers)
        return *self._answered(method, target, host, headers, sent), {}

    def _answered(
        self, method: str, target: str, host: str, headers: Mapping[str, str], sent: Any
    ) -> tuple[int, Any]:
        parts = urlsplit(target)
        with self.lock:
            self.asked.append(
                (method, parts.path if parts.path.startswith(_API) else host + parts.path)
            )
            status = self.fault(method, self.asked[-1][1])
            if status is not None and status < 1000:
                return status, {"success": False, "errors": [{"code": status, "message": "fault"}]}
            told = self._told(method, parts.path, parse_qs(parts.query), host, headers, sent)
            # The change is made, and its answer lost.
            return (500, {}) if status is not None else told

    def _told(
        self,
        method: str,
        path: str,
        query: Mapping[str, list[str]],
        host: str,
        headers: Mapping[str, str],
        sent: Any,
    ) -> tuple[int, Any]:
        if path.startswith(_API):
            found = self._api(method, path.removeprefix(_API), query, sent)
            if found is None:
                return 404, {"success": False, "errors": [{"code": 10007, "message": "not there"}]}
            return 200, {"success": True, "errors": [], "result": found}
        if host == f"{ROLLOUTS}.acc.workers.dev":
            return self.ledger.answer(method, path, query, headers, sent)
        if host.startswith(WORKER):
            return self._worker(path)
        return self._page(host)

    def _api(self, method: str, path: str, query: Mapping[str, list[str]], sent: Any) -> Any:  # noqa: PLR0911
        if path == "/workers/subdomain":
            return {"subdomain": "acc"}
        if path == "/workers/domains":
            known = self.scripts.get(query["service"][0])
            return [{"hostname": name} for name in (known.domains if known else [])]
        match = re.fullmatch(r"/workers/scripts/([^/]+)/(\w+)", path)
        if match is not None:
            script = self.scripts.get(match[1])
            if script is None:
                return None
            if match[2] == "subdomain":
                return {"enabled": script.public}
            if match[2] == "versions":
                times = {"created_on": _time(0)}
                rows = enumerate(script.versions, 1)
                return {"items": [{"id": v, "number": n, "metadata": times} for n, v in rows]}
            if method == "POST":
                shares = {v["version_id"]: v["percentage"] for v in sent["versions"]}
                if not shares.keys() <= set(script.versions):
                    return None
                self.deploy(sent["annotations"]["workers/message"], match[1], **shares)
                return script.deployments[0]
            return {"deployments": script.deployments[:100]}
        if path == "/storage/kv/namespaces":
            rows = [{"id": f"ns-{title}", "title": title} for title in self.namespaces]
            return rows if query["page"] == ["1"] else []
        if path.startswith("/storage/kv/"):
            return self._flags_api(method, path, query, sent)
        return self._pages_api(method, path, query)

    def _flags_api(self, method: str, path: str, query: Mapping[str, list[str]], sent: Any) -> Any:
        name = unquote(path.rpartition("/")[2])
        if path.endswith("/bulk/get"):
            return {"values": {key: self.flags.get(key) for key in sent["keys"]}}
        if method == "PUT":
            self.flags[name] = json.dumps(sent)
            return {}
        if method == "DELETE":
            return {} if self.flags.pop(name, None) else None
        return [{"name": name} for name in self.flags if name.startswith(query["prefix"][0])]

    def _pages_api(self, method: str, path: str, query: Mapping[str, list[str]]) -> Any:
        known, project = self.pages, f"/pages/projects/{PAGES}"
        if known is None:
            return None
        if path == project:
            live = next((d for d in known if d["id"] == self.canonical), None)
            return {"subdomain": f"{PAGES}.pages.dev", "canonical_deployment": live}
        if path == f"{project}/deployments":
            return known if query["page"] == ["1"] else []
        id, _, action = path.removeprefix(f"{project}/deployments/").partition("/")
        found = next((d for d in known if d["id"] == id), None)
        if found is not None and (method, action) == ("POST", "rollback"):
            self.canonical = id
        return found

    def _worker(self, path: str) -> tuple[int, Any]:
        if path.startswith("/flags/"):
            name = unquote(path.removeprefix("/flags/"))
            return (200, {"value": self.flags[name]}) if name in self.flags else (404, {})
        point = (next(self.number) * 37) % 100
        for version, share in self.live().items():
            point -= int(share)
            if point < 0:
                return 200, {"id": self.stale(version)}
        raise AssertionError("the shares do not make 100")

    def _page(self, host: str) -> tuple[int, Any]:
        for deployment in self.pages or []:
            own = urlsplit(str(deployment["url"])).hostname
            if host == own or (host == f"{PAGES}.pages.dev" and deployment["id"] == self.canonical):
                return 200, {"text": self.stale(deployment["text"])}
        return 404, {}

    # What delivery sees of it

    name = "fake"

    def access(self) -> dict[str, str]:
        return {
            "CLOUDFLARE_BASE_URL": f"{self.address}/client/v4",
            "CLOUDFLARE_API_TOKEN": "t",
            "CLOUDFLARE_ACCOUNT_ID": "acc",
        }

    environment = access

    def start(self, report: Callable[[str], None]) -> None:
        raise AssertionError("a rollback starts nothing")

    def engine(self) -> Path:
        raise FailedError("there is no engine here")

    def config_file(self, stack: str) -> Path:
        return Path(f"Pulumi.{stack}.yaml")

    def working_secret(self, key: str, stack: str) -> str | None:
        return None

    def open_url(self, url: str) -> str:
        return url

    def resolve(self, url: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(url)
        rest = parts._replace(scheme="", netloc="").geturl()
        return self.address + rest, {"host": parts.hostname or ""}

    def certificate_authority(self) -> None: ...

    def stop(self) -> list[str]:
        return []

    def erase(self) -> None: ...


def _time(number: int) -> str:
    return f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


@contextmanager
def serving() -> Generator[Cloudflare]:
    cloud = Cloudflare()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            host = headers["host"].partition(":")[0]
            status, told, more = cloud.answer(self.command, self.path, host, headers, given)
            content = json.dumps(told).encode()
            if "content-encoding" in more:
                content = gzip.compress(content)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with served(Handler) as cloud.address:
        yield cloud
