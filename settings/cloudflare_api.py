"""Cloudflare's API, read from outside the engine: tried again while that makes sense, and one error when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import stamina

Json = dict[str, Any]
CLOUDFLARE_API: Final = "https://api.cloudflare.com/client/v4"
_PROVIDER: Final = {
    "CLOUDFLARE_BASE_URL": "cloudflare:baseUrl",
    "CLOUDFLARE_API_TOKEN": "cloudflare:apiToken",
    "CLOUDFLARE_API_KEY": "cloudflare:apiKey",
    "CLOUDFLARE_EMAIL": "cloudflare:email",
}
_ATTEMPTS: Final = 7
_LONGEST_WAIT: Final = 2.0
_SECONDS: Final = 30.0
_REFUSALS: Final = 3

# What is tried again is not told: people see how it ends.
stamina.instrumentation.set_on_retry_hooks([])


class ApiError(Exception):
    """`status` is HTTP's, 0 when nothing answered; `codes` are Cloudflare's."""

    def __init__(self, told: str, status: int = 0, codes: frozenset[int] = frozenset()) -> None:
        super().__init__(told)
        self.status = status
        self.codes = codes


class _NotNowError(Exception):
    """429 or a failure of the cloud's own."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"HTTP {answer.status_code}")
        self.after = retry_after(answer)


def connect(
    environment: Mapping[str, str], config: Mapping[str, str] | None = None
) -> httpx.Client:
    """A client with the address and the credentials of the provider: the stack's configuration, else the environment, has
    its address, and a token or key and e-mail. Raises `ApiError` without credentials."""
    stack = config or {}
    given = {name: stack.get(key) or environment.get(name) for name, key in _PROVIDER.items()}
    base = api_url(environment, stack)
    return httpx.Client(
        base_url=base,
        headers=_credentials(given),
        timeout=httpx.Timeout(10, connect=3),
        # Nothing is verified over plain HTTP, and reading the authorities takes 20 ms.
        verify=base.startswith("https:"),
    )


def api_url(environment: Mapping[str, str], config: Mapping[str, str]) -> str:
    """The address that the provider uses, without a slash at its end."""
    name = "CLOUDFLARE_BASE_URL"
    given = config.get(_PROVIDER[name]) or environment.get(name) or CLOUDFLARE_API
    return given.rstrip("/")


def _credentials(given: Mapping[str, str | None]) -> dict[str, str]:
    if token := given["CLOUDFLARE_API_TOKEN"]:
        return {"authorization": f"Bearer {token}"}
    key, email = given["CLOUDFLARE_API_KEY"], given["CLOUDFLARE_EMAIL"]
    if key and email:
        return {"x-auth-key": key, "x-auth-email": email}
    raise ApiError(
        "there is no CLOUDFLARE_API_TOKEN in the environment and no cloudflare:apiToken in the configuration"
    )


def read(client: httpx.Client, path: str, params: Mapping[str, int] | None = None) -> Json:
    """The envelope of a successful answer. Raises `ApiError` for everything else."""
    refused = 0

    def worth_another_try(error: Exception) -> bool | float:
        nonlocal refused
        if isinstance(error, httpx.ConnectError):
            refused += 1
            return refused < _REFUSALS
        if isinstance(error, _NotNowError):
            return error.after or True
        return isinstance(error, httpx.TransportError)

    try:
        for attempt in stamina.retry_context(
            worth_another_try,
            attempts=_ATTEMPTS,
            timeout=_SECONDS,
            wait_max=_LONGEST_WAIT,
            wait_jitter=0.5,
        ):
            with attempt:
                return _envelope(client.get(path, params=params))
    except (_NotNowError, httpx.HTTPError) as error:
        raise ApiError(str(error) or type(error).__name__) from error
    raise AssertionError("unreachable")


def _envelope(answer: httpx.Response) -> Json:
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _NotNowError(answer)
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(f"HTTP {answer.status_code}, and not JSON", answer.status_code)
    told: Json = body  # pyright: ignore[reportUnknownVariableType]
    if not told.get("success"):
        raise refusal(told, answer.status_code)
    return told


def refusal(told: Json, status: int) -> ApiError:
    """An envelope without success, in Cloudflare's words and codes."""
    problems: list[Json] = told.get("errors") or []
    said = "; ".join(f"{problem.get('code')} {problem.get('message')}" for problem in problems)
    codes = frozenset(problem.get("code") or 0 for problem in problems)
    return ApiError(said or f"HTTP {status}", status, codes)


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds; None where the answer does not say."""
    after = answer.headers.get("retry-after", "")
    return float(after) if after.isdecimal() else None
