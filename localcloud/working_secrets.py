"""Secrets that work on the local cloud: made once for each stack, kept in the home, of the form that the real ones have."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict
from urllib.parse import quote, urlsplit

from localcloud.daemon.file_lock import hold
from localcloud.daemon.home import Home, write_private
from localcloud.data.kept_port import REDIS, SENTRY, KeptPort
from localcloud.data.names import database_name, password_of
from localcloud.data.record import DatabaseRecord
from localcloud.errors import LocalCloudError, cannot_write

Json = dict[str, Any]
DEPLOYMENTS_TOKEN: Final = "deploymentsToken"  # noqa: S105 (a name)
"""An API token that can do nothing but deploy the stack's own Worker."""
DATABASE_URL: Final = "databaseUrl"
REDIS_URL: Final = "upstashRedisRestUrl"
REDIS_TOKEN: Final = "upstashRedisRestToken"  # noqa: S105 (a name)
SENTRY_DSN: Final = "sentryDsn"
_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    REDIS_TOKEN: lambda _: secrets.token_urlsafe(40),
    DEPLOYMENTS_TOKEN: lambda _: secrets.token_urlsafe(30),
}


def working_secret(home: Home, key: str, stack: str) -> str | None:
    """None for a key that only the user can know. Raises `LocalCloudError`."""
    if key not in _FORMS and key not in {DATABASE_URL, REDIS_URL, SENTRY_DSN}:
        return None
    with hold(home.folder / "secrets.lock"):
        kept = _read(home)
        values: Json = kept.setdefault(stack, {})
        if key == DATABASE_URL:
            value = _database_url(home, stack, str(values.get(key, "")))
        elif key == REDIS_URL:
            value = f"https://localhost:{_port(home, REDIS)}"
        elif key == SENTRY_DSN:
            value = _sentry_dsn(home, str(values.get(key, "")))
        else:
            value = values.get(key) or _FORMS[key](stack)
        if values.get(key) != value:
            values[key] = value
            try:
                write_private(home.secrets, json.dumps(kept, indent=2) + "\n")
            except OSError as error:
                raise cannot_write(home.secrets, error) from error
        return str(values[key])


def _database_url(home: Home, stack: str, kept: str) -> str:
    """Of the stack's own database and role in the local cloud's Postgres; the password stays, the port may have to change."""
    try:
        port = DatabaseRecord(home.folder).port
    except OSError as error:
        raise cannot_write(home.folder, error) from error
    name = quote(database_name(stack), safe="")
    password = password_of(kept) or secrets.token_hex(16)
    return f"postgresql://{name}:{password}@localhost:{port}/{name}"


def _port(home: Home, kept: KeptPort) -> int:
    """The same for all stacks: tokens and keys tell them apart."""
    try:
        return kept.number(home.folder)
    except OSError as error:
        raise cannot_write(home.folder, error) from error


def _sentry_dsn(home: Home, kept: str) -> str:
    """The key stays, the port may have to change."""
    key = _key_of(kept) or secrets.token_hex(16)
    return f"https://{key}@localhost:{_port(home, SENTRY)}/1"


def _key_of(dsn: str) -> str | None:
    try:
        return urlsplit(dsn).username
    except ValueError:
        return None


def kept_sentry_keys(home: Home) -> dict[str, str]:
    """Stack → key of its DSN."""
    return _kept(home, SENTRY_DSN, _key_of)


def kept_redis_tokens(home: Home) -> dict[str, str]:
    """Stack → token of its Redis."""
    return _kept(home, REDIS_TOKEN, str)


def kept_databases(home: Home) -> dict[str, str]:
    """Stack → password of its database's role."""
    return _kept(home, DATABASE_URL, password_of)


def _kept(home: Home, key: str, part: Callable[[str], str | None]) -> dict[str, str]:
    """Stack → that part of its secret; empty when none was given out, or when the file is no longer to be read."""
    try:
        kept = _read(home)
    except LocalCloudError:
        return {}
    found = {stack: part(str(dict(values).get(key) or "")) for stack, values in kept.items()}
    return {stack: value for stack, value in found.items() if value}


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
