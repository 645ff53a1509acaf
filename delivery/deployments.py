"""A Worker's deployments by Cloudflare's API: read, and made once, however badly the API answers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self, TypeVar

import httpx

from delivery.errors import FailedError, RefusedError
from delivery.split import Share, check_shares
from settings.cloudflare_api import ApiError, connect

Json = dict[str, Any]
Told = TypeVar("Told")
PATIENCE_SECONDS: Final = 15.0
_TRY: Final = httpx.Timeout(4, connect=2)
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 1.0
_SECRETS_CHANGED: Final = 10220


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


class _AgainError(Exception):
    """Nothing is known of what became of a request; `after` in seconds, where the API says it."""

    def __init__(self, told: str, after: float = 0.0) -> None:
        super().__init__(told)
        self.after = after


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
        account = environment.get("CLOUDFLARE_ACCOUNT_ID")
        if not account:
            raise RefusedError("CLOUDFLARE_ACCOUNT_ID is not set in the environment", "export it")
        try:
            client = connect(environment)
        except ApiError as error:
            raise RefusedError(str(error), "export one") from None
        if transport is not None:
            client = httpx.Client(
                base_url=client.base_url, headers=client.headers, transport=transport
            )
        client.timeout = _TRY
        self._client = client
        self._path = f"/accounts/{account}/workers/scripts/{worker_name}/deployments"
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def live(self, patience: float | None = None) -> Deployment | None:
        """None for a Worker that was never deployed. Raises `FailedError`, `RefusedError`."""
        found = self.history(1, patience)
        return found[0] if found else None

    def history(self, limit: int = 100, patience: float | None = None) -> list[Deployment]:
        """The newest first. Raises `FailedError`, `RefusedError`."""
        return self._until_told(self._read, patience)[:limit]

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
        message = f"{message} [{uuid.uuid4().hex[:12]}]"
        body = {
            "strategy": "percentage",
            "versions": [
                {"version_id": s.version_id, "percentage": float(s.percentage)} for s in shares
            ],
            "annotations": {"workers/message": message},
        }
        asked = False
        forced = False

        def attempt() -> Deployment:
            nonlocal asked, forced
            if asked:
                made = next((d for d in self._read() if d.message == message), None)
                if made is not None:
                    return made
            asked = True
            try:
                return _deployment(self._ask("POST", body, forced))
            except ApiError as error:
                if not (force and not forced and _SECRETS_CHANGED in error.codes):
                    raise
            forced = True
            return _deployment(self._ask("POST", body, forced))

        return self._until_told(attempt, patience)

    def _read(self) -> list[Deployment]:
        return [_deployment(told) for told in self._ask("GET")["deployments"]]

    def _until_told(self, attempt: Callable[[], Told], patience: float | None = None) -> Told:
        end = self._clock() + (self._patience if patience is None else patience)
        wait = _FIRST_WAIT
        while True:
            try:
                return attempt()
            except ApiError as error:
                raise RefusedError(f"Cloudflare's API refused: {error}") from None
            except (LookupError, TypeError, ValueError) as error:
                raise FailedError(f"Cloudflare's answer was not understood: {error}") from None
            except _AgainError as error:
                pause = max(wait, error.after)
                if self._clock() + pause >= end:
                    raise FailedError(
                        f"Cloudflare's API did not do it in time: {error}",
                        "run it again: what was made meanwhile is read first",
                    ) from None
            self._sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _ask(self, method: str, body: Json | None = None, forced: bool = False) -> Json:
        try:
            answer = self._client.request(
                method, self._path, json=body, params={"force": "true"} if forced else None
            )
        except httpx.TransportError as error:
            raise _AgainError(str(error) or type(error).__name__) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            after = answer.headers.get("retry-after", "")
            raise _AgainError(
                f"HTTP {answer.status_code}", float(after) if after.isdecimal() else 0.0
            )
        told: Json = answer.json()
        if not told.get("success"):
            problems: list[Json] = told.get("errors") or []
            said = "; ".join(f"{p.get('code')} {p.get('message')}" for p in problems)
            codes = frozenset(int(p.get("code") or 0) for p in problems)
            raise ApiError(said or f"HTTP {answer.status_code}", answer.status_code, codes)
        result: Json = told["result"]
        return result


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
