"""A Worker's deployments by Cloudflare's API: read, and made once, however badly the API answers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

import httpx

from delivery.patient_api import PATIENCE_SECONDS, PatientApi
from delivery.split import Share, check_shares
from settings.cloudflare_api import ApiError

__all__ = ["PATIENCE_SECONDS", "Deployment", "Deployments", "Version", "VersionContent"]
Json = dict[str, Any]
_SECRETS_CHANGED: Final = 10220
_NO_WORKER: Final = frozenset({10007, 10090})
"""A 404 alone may be anything, a wrong address among others."""
_SECRET_TYPES: Final = frozenset({"secret_text", "secret_key"})


@dataclass(frozen=True)
class Deployment:
    """`shares` in the deployment's own order, those of 0 % too; `created_on` in Unix seconds."""

    id: str
    created_on: float
    shares: tuple[Share, ...]
    message: str
    source: str

    @property
    def served(self) -> dict[str, Decimal]:
        return {s.version_id: s.percentage for s in self.shares if s.percentage > 0}


@dataclass(frozen=True)
class Version:
    """`created_on` in Unix seconds; `tag` is empty where none was given."""

    id: str
    number: int
    created_on: float
    tag: str


@dataclass(frozen=True)
class VersionContent:
    """`bindings` are types by name; `classes` the Durable Object classes of the Worker's own that it binds."""

    id: str
    bindings: Mapping[str, str]
    classes: frozenset[str]

    @property
    def secrets(self) -> frozenset[str]:
        """Names alone: Cloudflare tells no value."""
        return frozenset(name for name, type in self.bindings.items() if type in _SECRET_TYPES)


class Deployments:
    """`patience` in seconds, for each call with all its tries."""

    def __init__(
        self,
        environment: Mapping[str, str],
        worker_name: str,
        *,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises `RefusedError` without credentials or an account."""
        self._api = PatientApi(
            environment, patience=patience, transport=transport, clock=clock, sleep=sleep
        )
        self._worker = f"/workers/scripts/{worker_name}"
        self._path = f"{self._worker}/deployments"
        self.worker_name = worker_name

    def close(self) -> None:
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def live(self, patience: float | None = None) -> Deployment | None:
        """None for a Worker that there is not, or that was never deployed. Raises `FailedError`, `RefusedError`."""
        found = self.history(1, patience)
        return found[0] if found else None

    def history(self, limit: int = 100, patience: float | None = None) -> list[Deployment]:
        """The newest first. Raises `FailedError`, `RefusedError`."""
        return self._api.until_told(self._read, patience)[:limit]

    def versions(self, limit: int = 100) -> list[Version]:
        """Those that can be deployed, the newest first. Raises `FailedError`, `RefusedError`."""

        def attempt() -> list[Version]:
            told = self._api.ask("GET", f"{self._worker}/versions", params={"deployable": "true"})
            found = [_version(item) for item in told["items"]]
            return sorted(found, key=lambda version: version.number, reverse=True)[:limit]

        return self._api.until_told(attempt)

    def version(self, id: str) -> VersionContent:
        """Raises `FailedError`, `RefusedError` for a version that there is not."""
        return self._api.until_told(
            lambda: _content(self._api.ask("GET", f"{self._worker}/versions/{id}"))
        )

    def deploy(
        self,
        shares: Sequence[Share],
        message: str,
        force: bool = False,
        patience: float | None = None,
    ) -> Deployment:
        """One deployment, also where answers are lost: before another try the live one is read, and known as ours by the
        suffix that `message` gets. `force` deploys also where secrets have changed since. Raises `FailedError`,
        `RefusedError`, both with Cloudflare's words."""
        check_shares(shares)
        # Cloudflare cuts a message at 1,000 bytes: the suffix has to stay.
        message = f"{message[:200]} [{uuid.uuid4().hex[:12]}]"
        body = {
            "strategy": "percentage",
            "versions": [
                {"version_id": s.version_id, "percentage": float(s.percentage)} for s in shares
            ],
            "annotations": {"workers/message": message},
        }
        asked = False
        forced = False

        def post() -> Deployment:
            params = {"force": "true"} if forced else None
            return _deployment(self._api.ask("POST", self._path, body, params))

        def attempt() -> Deployment:
            nonlocal asked, forced
            if asked:
                made = next((d for d in self._read() if d.message == message), None)
                if made is not None:
                    return made
            asked = True
            try:
                return post()
            except ApiError as error:
                if not (force and not forced and _SECRETS_CHANGED in error.codes):
                    raise
            forced = True
            return post()

        return self._api.until_told(attempt, patience)

    def _read(self) -> list[Deployment]:
        try:
            told = self._api.ask("GET", self._path)["deployments"]
        except ApiError as error:
            if error.codes & _NO_WORKER:
                return []
            raise
        return [_deployment(one) for one in told]


def _deployment(told: Json) -> Deployment:
    annotations: Json = told.get("annotations") or {}
    return Deployment(
        id=str(told["id"]),
        created_on=datetime.fromisoformat(told["created_on"]).timestamp(),
        shares=tuple(
            Share(str(v["version_id"]), Decimal(str(v["percentage"]))) for v in told["versions"]
        ),
        message=str(annotations.get("workers/message") or ""),
        source=str(told.get("source") or ""),
    )


def _version(told: Json) -> Version:
    annotations: Json = told.get("annotations") or {}
    return Version(
        id=str(told["id"]),
        number=int(told["number"]),
        created_on=datetime.fromisoformat(told["metadata"]["created_on"]).timestamp(),
        tag=str(annotations.get("workers/tag") or ""),
    )


def _content(told: Json) -> VersionContent:
    bindings: list[Json] = told["resources"]["bindings"]
    return VersionContent(
        id=str(told["id"]),
        bindings={str(b["name"]): str(b["type"]) for b in bindings},
        classes=frozenset(
            str(b["class_name"])
            for b in bindings
            if b["type"] == "durable_object_namespace" and not b.get("script_name")
        ),
    )
