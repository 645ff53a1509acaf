"""The contract's calls through the official SDK."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from cloudflare import APIStatusError, Cloudflare, NotFoundError

from tests.localcloud.contract.driver import Refused, Split

T = TypeVar("T")
_METADATA: Final[Any] = {"main_module": "index.js", "compatibility_date": "2026-01-01"}


def _told(call: Callable[[], T]) -> T:
    try:
        return call()
    except APIStatusError as error:
        raise Refused("; ".join(f"{e.message} [{e.code}]" for e in error.errors)) from error


def _read(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except NotFoundError:
        return None


class SdkDriver:
    def __init__(self, api: Cloudflare, account: str) -> None:
        self._api = api
        self._account = account

    def create_namespace(self, title: str) -> str:
        made = _told(lambda: self._api.kv.namespaces.create(account_id=self._account, title=title))
        assert made is not None
        return made.id

    def namespaces(self) -> dict[str, str]:
        found = self._api.kv.namespaces.list(account_id=self._account, per_page=100)
        return {namespace.title: namespace.id for namespace in found}

    def delete_namespace(self, id: str) -> None:
        _told(lambda: self._api.kv.namespaces.delete(id, account_id=self._account))

    def put_value(self, namespace: str, key: str, value: str, ttl: int) -> None:
        place: Any = {"account_id": self._account, "namespace_id": namespace}
        values = self._api.kv.namespaces.values
        _told(lambda: values.update(key, **place, value=value.encode(), expiration_ttl=ttl))

    def value(self, namespace: str, key: str) -> str | None:
        place: Any = {"account_id": self._account, "namespace_id": namespace}
        found = _read(lambda: self._api.kv.namespaces.values.get(key, **place))
        return None if found is None else found.read().decode()

    def keys(self, namespace: str, prefix: str) -> list[str]:
        found = self._api.kv.namespaces.keys.list(
            namespace, account_id=self._account, prefix=prefix
        )
        return [key.name for key in found]

    def delete_value(self, namespace: str, key: str) -> None:
        place: Any = {"account_id": self._account, "namespace_id": namespace}
        _told(lambda: self._api.kv.namespaces.values.delete(key, **place))

    def create_bucket(self, name: str) -> None:
        _told(lambda: self._api.r2.buckets.create(account_id=self._account, name=name))

    def buckets(self) -> list[str]:
        found = self._api.r2.buckets.list(account_id=self._account, per_page=1000).buckets
        return [bucket.name or "" for bucket in found or ()]

    def delete_bucket(self, name: str) -> None:
        _told(lambda: self._api.r2.buckets.delete(name, account_id=self._account))

    def put_object(self, bucket: str, key: str, content: str) -> None:
        place: Any = {"account_id": self._account, "bucket_name": bucket}
        _told(lambda: self._api.r2.buckets.objects.upload(key, content.encode(), **place))

    def object(self, bucket: str, key: str) -> str | None:
        place: Any = {"account_id": self._account, "bucket_name": bucket}
        found = _read(lambda: self._api.r2.buckets.objects.get(key, **place))
        return None if found is None else found.read().decode()

    def delete_object(self, bucket: str, key: str) -> None:
        place: Any = {"account_id": self._account, "bucket_name": bucket}
        _told(lambda: self._api.r2.buckets.objects.delete(key, **place))

    def create_hyperdrive(self, name: str, database: str) -> str:
        url = urlsplit(database)
        origin: Any = {
            "scheme": url.scheme,
            "host": url.hostname,
            "port": url.port or 5432,
            "database": url.path.lstrip("/"),
            "user": url.username,
            "password": url.password,
        }
        configs = self._api.hyperdrive.configs
        return _told(lambda: configs.create(account_id=self._account, name=name, origin=origin)).id

    def hyperdrive(self, id: str) -> str | None:
        found = _read(lambda: self._api.hyperdrive.configs.get(id, account_id=self._account))
        return None if found is None else found.to_json()

    def delete_hyperdrive(self, id: str) -> None:
        _told(lambda: self._api.hyperdrive.configs.delete(id, account_id=self._account))

    def deploy(self, worker: str, code: str) -> str:
        scripts = self._api.workers.scripts
        files = [_module(code)]
        _told(lambda: scripts.update(worker, account_id=self._account, metadata=_METADATA, files=files))  # fmt: skip
        return self.live(worker)[0][0]

    def upload(self, worker: str, code: str) -> str:
        # Raw, because SDK 5.9 cannot build the typed answer (cloudflare-python with pydantic 2.14).
        versions = self._api.workers.scripts.versions.with_raw_response
        place: Any = {"account_id": self._account, "metadata": _METADATA}
        answer = _told(lambda: versions.create(worker, **place, files=[_module(code)]))
        made: Any = answer.http_response.json()
        return made["result"]["id"]

    def live(self, worker: str) -> Split:
        deployments = self._api.workers.scripts.deployments
        # Not by iterating: the SDK looks for `items`, and Cloudflare answers `deployments`.
        found: Any = _told(lambda: deployments.list(worker, account_id=self._account)).result
        newest = found.deployments[0]["versions"]
        return [(share["version_id"], share["percentage"]) for share in newest]

    def split(self, worker: str, shares: Sequence[tuple[str, float]]) -> None:
        wanted: Any = [{"version_id": id, "percentage": share} for id, share in shares]
        deployments = self._api.workers.scripts.deployments
        place: Any = {"account_id": self._account, "strategy": "percentage", "versions": wanted}
        _told(lambda: deployments.create(worker, **place))

    def rollback(self, worker: str, version: str) -> None:
        """Cloudflare has no other word for it than a deployment of an old version."""
        self.split(worker, [(version, 100)])


def _module(code: str) -> tuple[str, bytes, str]:
    return ("index.js", code.encode(), "application/javascript+module")
