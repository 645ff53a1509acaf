"""The contract's calls as commands of the official wrangler."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from tests.localcloud.contract.driver import Refused, Split
from tests.localcloud.wrangler import Wrangler

_VERSION: Final = re.compile(r"Version ID: ([0-9a-f-]{36})")
_ID: Final = re.compile(r"\b[0-9a-f]{32}\b")


class WranglerDriver:
    def __init__(self, wrangler: Wrangler) -> None:
        self._wrangler = wrangler

    def _run(self, *arguments: str) -> str:
        result = self._wrangler(*arguments)
        if result.returncode != 0:
            raise Refused(result.stdout + result.stderr)
        return result.stdout

    def _read(self, *arguments: str, missing: str) -> str | None:
        """None where wrangler fails with a text that has `missing` in it."""
        try:
            return self._run(*arguments)
        except Refused as refused:
            if missing in str(refused):
                return None
            raise

    def create_namespace(self, title: str) -> str:
        return _found(_ID, self._run("kv", "namespace", "create", title))

    def namespaces(self) -> dict[str, str]:
        listed: Any = json.loads(self._run("kv", "namespace", "list"))
        return {namespace["title"]: namespace["id"] for namespace in listed}

    def delete_namespace(self, id: str) -> None:
        self._run("kv", "namespace", "delete", "--namespace-id", id)

    def put_value(self, namespace: str, key: str, value: str, ttl: int) -> None:
        place = ("--namespace-id", namespace, "--remote", "--ttl", str(ttl))
        self._run("kv", "key", "put", key, value, *place)

    def value(self, namespace: str, key: str) -> str | None:
        place = ("--namespace-id", namespace, "--remote", "--text")
        found = self._read("kv", "key", "get", key, *place, missing="404")
        return None if found is None else found.removesuffix("\n")

    def keys(self, namespace: str, prefix: str) -> list[str]:
        place = ("--namespace-id", namespace, "--remote", "--prefix", prefix)
        listed: Any = json.loads(self._run("kv", "key", "list", *place))
        return [key["name"] for key in listed]

    def delete_value(self, namespace: str, key: str) -> None:
        self._run("kv", "key", "delete", key, "--namespace-id", namespace, "--remote")

    def create_bucket(self, name: str) -> None:
        self._run("r2", "bucket", "create", name)

    def buckets(self) -> list[str]:
        return re.findall(r"^name:\s+(\S+)$", self._run("r2", "bucket", "list"), re.MULTILINE)

    def delete_bucket(self, name: str) -> None:
        self._run("r2", "bucket", "delete", name)

    def put_object(self, bucket: str, key: str, content: str) -> None:
        (self._wrangler.folder / "object").write_text(content)
        self._run("r2", "object", "put", f"{bucket}/{key}", "--file", "object", "--remote")

    def object(self, bucket: str, key: str) -> str | None:
        place = (f"{bucket}/{key}", "--pipe", "--remote")
        return self._read("r2", "object", "get", *place, missing="does not exist")

    def delete_object(self, bucket: str, key: str) -> None:
        self._run("r2", "object", "delete", f"{bucket}/{key}", "--remote")

    def create_hyperdrive(self, name: str, database: str) -> str:
        return _found(_ID, self._run("hyperdrive", "create", name, "--connection-string", database))

    def hyperdrive(self, id: str) -> str | None:
        return self._read("hyperdrive", "get", id, missing="2006")

    def delete_hyperdrive(self, id: str) -> None:
        self._run("hyperdrive", "delete", id)

    def _project(self, worker: str, code: str) -> None:
        """Neither a workers.dev name nor preview URLs: what a test uploads is reached by nobody."""
        config = {
            "name": worker,
            "main": "index.js",
            "compatibility_date": "2026-01-01",
            "workers_dev": False,
            "preview_urls": False,
        }
        (self._wrangler.folder / "wrangler.json").write_text(json.dumps(config))
        (self._wrangler.folder / "index.js").write_text(code)

    def deploy(self, worker: str, code: str) -> str:
        self._project(worker, code)
        return _found(_VERSION, self._run("deploy"))

    def upload(self, worker: str, code: str) -> str:
        self._project(worker, code)
        return _found(_VERSION, self._run("versions", "upload"))

    def live(self, worker: str) -> Split:
        told: Any = json.loads(self._run("deployments", "status", "--json", "--name", worker))
        return [(share["version_id"], share["percentage"]) for share in told["versions"]]

    def split(self, worker: str, shares: Sequence[tuple[str, float]]) -> None:
        wanted = [f"{version}@{percentage:g}" for version, percentage in shares]
        self._run("versions", "deploy", *wanted, "-y", "--name", worker)

    def rollback(self, worker: str, version: str) -> None:
        self._run("rollback", version, "-y", "--message", "back", "--name", worker)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match is not None, text
    return match.group(1) if pattern.groups else match.group()
