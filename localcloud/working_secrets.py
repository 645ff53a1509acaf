"""Secrets that work on the local cloud: made once for each stack, kept in the home, of the form that the real ones have."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.daemon.file_lock import hold
from localcloud.daemon.home import Home, write_private
from localcloud.errors import LocalCloudError, cannot_write

Json = dict[str, Any]
_DOMAIN: Final = "pitchey.localhost"
_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "databaseUrl": lambda stack: (
        f"postgresql://pitchey:{secrets.token_hex(16)}@db-{stack}.{_DOMAIN}:5432/pitchey?sslmode=require"
    ),
    "upstashRedisRestUrl": lambda stack: f"https://redis-{stack}.{_DOMAIN}",
    "upstashRedisRestToken": lambda _: secrets.token_urlsafe(40),
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
