"""Who serves now: the live deployment of a Worker, read from the API before anything is changed.

Pulumi's function for it, `get_workers_deployments`, finds nothing for any Worker with the official plugin: that looks for
`items` in an answer in which Cloudflare gives `deployments`. Taken for "never deployed", that would give all traffic to a
version that nobody has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pulumi
import stamina

from components.live_split import Share

_CLOUDFLARE: Final = "https://api.cloudflare.com/client/v4"
_PROVIDER: Final = {
    "CLOUDFLARE_BASE_URL": "cloudflare:baseUrl",
    "CLOUDFLARE_API_TOKEN": "cloudflare:apiToken",
    "CLOUDFLARE_API_KEY": "cloudflare:apiKey",
    "CLOUDFLARE_EMAIL": "cloudflare:email",
}
_NO_WORKER: Final = frozenset({10007, 10090})
"""Cloudflare's codes for it; a 404 alone may be anything, a wrong address among others."""
_ATTEMPTS: Final = 7
_LONGEST_WAIT: Final = 2.0
_SECONDS: Final = 30.0
_REFUSALS: Final = 3


# What is tried again is not told: a run's output says how it ended.
stamina.instrumentation.set_on_retry_hooks([])


class _NotNowError(Exception):
    """429 or a failure of the cloud's own."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"HTTP {answer.status_code}")
        after = answer.headers.get("retry-after", "")
        self.after = float(after) if after.isdecimal() else None


def read_live_split(
    account_id: str, script_name: str, environment: Mapping[str, str], config: Mapping[str, str]
) -> tuple[Share, ...] | None:
    """The live shares in the deployment's own order; None for a Worker that was never deployed. The cloud's address and
    credentials are those of the provider: the stack's configuration, else the environment, has its address, and a token
    or key and e-mail.

    Raises `pulumi.RunError` when the cloud does not tell: without knowing who serves nothing is declared.
    """
    given = {name: config.get(key) or environment.get(name) for name, key in _PROVIDER.items()}
    base = (given["CLOUDFLARE_BASE_URL"] or _CLOUDFLARE).rstrip("/")
    url = f"{base}/accounts/{account_id}/workers/scripts/{script_name}/deployments"
    try:
        return _shares(_told(url, _credentials(given)))
    except (_NotNowError, httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise pulumi.RunError(
            f"the live deployment of {script_name} could not be read: {error or type(error).__name__}; nothing was changed"
        ) from error


def _credentials(given: Mapping[str, str | None]) -> dict[str, str]:
    if token := given["CLOUDFLARE_API_TOKEN"]:
        return {"authorization": f"Bearer {token}"}
    key, email = given["CLOUDFLARE_API_KEY"], given["CLOUDFLARE_EMAIL"]
    if key and email:
        return {"x-auth-key": key, "x-auth-email": email}
    raise ValueError(
        "there is no CLOUDFLARE_API_TOKEN in the environment and no cloudflare:apiToken in the configuration"
    )


def _told(url: str, headers: Mapping[str, str]) -> httpx.Response:
    refused = 0

    def worth_another_try(error: Exception) -> bool | float:
        nonlocal refused
        if isinstance(error, httpx.ConnectError):
            refused += 1
            return refused < _REFUSALS
        if isinstance(error, _NotNowError):
            return error.after or True
        return isinstance(error, httpx.TransportError)

    with httpx.Client(headers=headers, timeout=httpx.Timeout(10, connect=3)) as client:
        for attempt in stamina.retry_context(
            worth_another_try,
            attempts=_ATTEMPTS,
            timeout=_SECONDS,
            wait_max=_LONGEST_WAIT,
            wait_jitter=0.5,
        ):
            with attempt:
                answer = client.get(url)
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise _NotNowError(answer)
                return answer
    raise AssertionError("unreachable")


def _shares(answer: httpx.Response) -> tuple[Share, ...] | None:
    body: dict[str, Any] = answer.json()
    problems: list[dict[str, Any]] = body.get("errors") or []
    if any(problem["code"] in _NO_WORKER for problem in problems):
        return None
    if not body.get("success"):
        said = "; ".join(f"{problem['code']} {problem['message']}" for problem in problems)
        raise ValueError(said or f"HTTP {answer.status_code}")
    deployments: list[dict[str, Any]] = body["result"]["deployments"]
    if not deployments:
        return None
    versions: list[dict[str, Any]] = deployments[0]["versions"]
    if not versions:
        raise ValueError("it names no versions")
    return tuple(Share(version["version_id"], version["percentage"]) for version in versions)
