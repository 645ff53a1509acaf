"""Calls of Cloudflare's API for whoever is in a hurry: short tries, many of them, and one end to the patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar

import httpx

from delivery.errors import FailedError, RefusedError
from settings.cloudflare_api import ApiError, connect, refusal, retry_after

Told = TypeVar("Told")
PATIENCE_SECONDS: Final = 15.0
_TRY: Final = httpx.Timeout(4, connect=2)
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 1.0


class _AgainError(Exception):
    """Nothing is known of what became of a request; `after` in seconds, where the API says it."""

    def __init__(self, told: str, after: float = 0.0) -> None:
        super().__init__(told)
        self.after = after


class PatientApi:
    """`patience` in seconds, for each call with all its tries; paths stand under the account, but for those of zones."""

    def __init__(
        self,
        environment: Mapping[str, str],
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
        self._account = f"/accounts/{account}"
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        missing: Callable[[], Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """The `result` of a call that may be repeated; for HTTP 404 what `missing` makes. Raises `FailedError`,
        `RefusedError`."""

        def attempt() -> Any:  # noqa: ANN401
            try:
                return self.ask(method, path, params=params)
            except ApiError as error:
                if error.status == 404 and missing is not None:
                    return missing()
                raise

        return self.until_told(attempt)

    def until_told(self, attempt: Callable[[], Told], patience: float | None = None) -> Told:
        """What `attempt` gives, which uses `ask`, as often as it takes. Raises `FailedError`, `RefusedError`, both with
        Cloudflare's words."""
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

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401
        """One try, inside `until_told`. Raises `ApiError`."""
        whole = path if path.startswith("/zones/") else self._account + path
        try:
            answer = self._client.request(method, whole, json=body, params=params)
        except httpx.TransportError as error:
            raise _AgainError(str(error) or type(error).__name__) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _AgainError(f"HTTP {answer.status_code}", retry_after(answer) or 0.0)
        told: dict[str, Any] = answer.json()
        if not told.get("success"):
            raise refusal(told, answer.status_code)
        return told["result"]
