"""Where a database is: host and port, a host behind Access, or a service of a VPC. Exactly one of the three."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.hyperdrive import errors
from localcloud.api.shapes import as_object, whole_number
from localcloud.api.store import Json

SECRETS: Final = frozenset({"password", "access_client_secret"})
_PORTS: Final = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ACCESS: Final = ("access_client_id", "access_client_secret")


def merged(old: Json, sent: object) -> Json:
    """`sent` over `old`; what tells another of the three places than before takes the old place's fields with it."""
    given = as_object(sent if sent is not None else {})
    if given is None:
        raise errors.BAD_CONFIG(reason="origin must be an object")
    gone: set[str] = set()
    if given.get("service_id"):
        gone = {"host", "port", *_ACCESS}
    elif given.get("access_client_id"):
        gone = {"port", "service_id"}
    elif given.get("port") or given.get("host"):
        gone = {"service_id"} | (set(_ACCESS) if given.get("port") else set())
    return {**{key: value for key, value in old.items() if key not in gone}, **given}


def checked(origin: Json) -> Json:
    """With its defaults. Raises `ApiError` 2007, and 2008 for a host that cannot be one."""
    scheme = origin.get("scheme") or "postgres"
    if not isinstance(scheme, str) or scheme not in _PORTS:
        raise errors.BAD_CONFIG(reason=f"scheme '{scheme}' is not postgres, postgresql or mysql")
    for key in ("database", "user", "password"):
        _text(origin, key)
    if origin.get("service_id"):
        _text(origin, "service_id")
        return {**origin, "scheme": scheme}
    host = origin.get("host")
    if not isinstance(host, str) or _HOST.fullmatch(host) is None:
        raise errors.BAD_HOST(host=host)
    if origin.get("access_client_id"):
        for key in _ACCESS:
            _text(origin, key)
        return {**origin, "scheme": scheme}
    sent = origin.get("port")
    port = _PORTS[scheme] if sent is None else whole_number(sent)
    if port is None or not 1 <= port <= 65535:
        raise errors.BAD_CONFIG(reason=f"port {sent} is not between 1 and 65535")
    return {**origin, "scheme": scheme, "port": port}


def _text(origin: Json, key: str) -> None:
    if not isinstance(origin.get(key), str) or not origin[key]:
        raise errors.BAD_CONFIG(reason=f"origin.{key} is missing")


def shown(origin: Json) -> Json:
    """Without what is write-only."""
    return {key: value for key, value in origin.items() if key not in SECRETS}
