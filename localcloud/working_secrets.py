"""Secrets that work on the local cloud: made once for each stack, kept in the home, of the form that the real ones have."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

from localcloud.daemon.file_lock import hold
from localcloud.daemon.home import Home, write_private
from localcloud.errors import LocalCloudError, cannot_write

Json = dict[str, Any]
_DOMAIN: Final = "pitchey.localhost"
DEPLOYMENTS_TOKEN: Final = "deploymentsToken"  # noqa: S105 (a name)
"""An API token that can do nothing but deploy the stack's own Worker."""
_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "databaseUrl": lambda stack: (
        f"postgresql://pitchey:{secrets.token_hex(16)}@db-{stack}.{_DOMAIN}:5432/pitchey?sslmode=require"
    ),
    "upstashRedisRestUrl": lambda stack: f"https://redis-{stack}.{_DOMAIN}",
    "upstashRedisRestToken": lambda _: secrets.token_urlsafe(40),
    DEPLOYMENTS_TOKEN: lambda _: secrets.token_urlsafe(30),
    "sentryDsn": lambda stack: f"https://{secrets.token_hex(16)}@sentry-{stack}.{_DOMAIN}/1",
}


def working_secret(home: Home, key: str, stack: str) -> str | None:
    """None for a key that only the user can know. Raises `LocalCloudError`."""
    if key not in _FORMS:
        return None
    with hold(home.folder / "secrets.lock"):
        kept = _read(home)
        values: Json = kept.setdefault(stack, {})
        if key not in values:
            values[key] = _FORMS[key](stack)
            try:
                write_private(home.secrets, json.dumps(kept, indent=2) + "\n")
            except OSError as error:
                raise cannot_write(home.secrets, error) from error
        return str(values[key])


class Scope(TypedDict):
    name: str
    permissions: list[str]
    workers: list[str]


def deployments_scope(stack: str) -> Scope:
    """What a deployments token of the stack may do."""
    return {
        "name": f"deployments-{stack}",
        "permissions": ["Workers Scripts Write"],
        "workers": [f"pitchey-api-{stack}"],
    }


def kept_deployments_tokens(home: Home) -> dict[str, str]:
    """Stack → the token that was given out; empty when none was, or when the file is no longer to be read."""
    try:
        kept = _read(home)
    except LocalCloudError:
        return {}
    tokens: Json = {}
    for stack, values in kept.items():
        if isinstance(values, dict) and DEPLOYMENTS_TOKEN in values:
            tokens[stack] = values[DEPLOYMENTS_TOKEN]
    return tokens


def _read(home: Home) -> Json:
    try:
        kept: object = json.loads(home.secrets.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise LocalCloudError(
            f"{home.secrets} is not JSON any more; remove it to have new secrets made"
        ) from error
    if not isinstance(kept, dict):
        raise LocalCloudError(
            f"{home.secrets} is not a mapping; remove it to have new secrets made"
        )
    return kept  # pyright: ignore[reportUnknownVariableType]
