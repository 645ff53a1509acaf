"""Configurations (kind `hyperdrive_config`, by account). Creating one does not connect to the database: that is said, not done."""

from __future__ import annotations

import re
from typing import Any, Final

from localcloud.api.hyperdrive import errors
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "hyperdrive_config"
_SECRETS: Final = frozenset({"password", "access_client_secret"})
_PORTS: Final = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def create(store: Store, account: str, sent: Json) -> Document:
    """Raises `ApiError` for a bad or a taken name, or an origin that cannot be one."""
    now = timestamp()
    body = _checked({}, sent) | {"id": hex_id(), "created_on": now, "modified_on": now}
    try:
        return store.insert(KIND, account, body["id"], body, body["name"])
    except ClashError as error:
        raise errors.NAME_TAKEN() from error


def find(store: Store, account: str, id: str) -> Document:
    found = store.get(KIND, account, id)
    if found is None:
        raise errors.NO_CONFIG()
    return found


def change(store: Store, config: Document, sent: Json, *, whole: bool) -> Document:
    """`whole` replaces what can be set; otherwise only what is sent changes. A password that is not sent is kept."""
    old = config.body
    base: Json = {} if whole else old
    body = {**old, **_checked(base, sent, kept_secrets=old["origin"]), "modified_on": timestamp()}
    try:
        return store.update(config, body, body["name"])
    except ClashError as error:
        raise errors.NAME_TAKEN() from error


def shown(config: Document) -> Json:
    """Without what is write-only."""
    origin = {k: v for k, v in config.body["origin"].items() if k not in _SECRETS}
    return {**config.body, "origin": origin}


def _checked(old: Json, sent: Json, kept_secrets: Json | None = None) -> Json:
    name = sent.get("name", old.get("name"))
    if not isinstance(name, str) or not name or len(name.encode()) > 63:
        raise errors.BAD_CONFIG(reason="a name of 1 to 63 bytes is needed")
    body: Json = {
        "name": name,
        "origin": _origin(
            {**(old.get("origin") or {}), **(sent.get("origin") or {})}, kept_secrets
        ),
        "caching": _caching({**(old.get("caching") or {}), **(sent.get("caching") or {})}),
    }
    mtls = sent.get("mtls", old.get("mtls"))
    if mtls is not None:
        body["mtls"] = mtls
    limit = sent.get("origin_connection_limit", old.get("origin_connection_limit"))
    if limit is not None:
        if not isinstance(limit, int) or not 5 <= limit <= 100:
            raise errors.BAD_CONFIG(reason="origin_connection_limit must be 5 to 100")
        body["origin_connection_limit"] = limit
    return body


def _origin(origin: Json, kept_secrets: Json | None) -> Json:
    scheme = origin.get("scheme") or "postgres"
    if scheme not in _PORTS:
        raise errors.BAD_CONFIG(reason=f"scheme '{scheme}' is not postgres, postgresql or mysql")
    checked = {**origin, "scheme": scheme}
    for key in _SECRETS & set(kept_secrets or {}):
        checked.setdefault(key, (kept_secrets or {})[key])
    for key in ("database", "user", "password"):
        if not checked.get(key):
            raise errors.BAD_CONFIG(reason=f"origin.{key} is missing")
    if checked.get("service_id"):
        return checked
    host: Any = checked.get("host")
    if not isinstance(host, str) or _HOST.fullmatch(host) is None:
        raise errors.BAD_HOST(host=host)
    if checked.get("access_client_id"):
        return checked
    port = checked.setdefault("port", _PORTS[scheme])
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise errors.BAD_CONFIG(reason=f"port {port} is not between 1 and 65535")
    return checked


def _caching(given: Json) -> Json:
    """Cloudflare tells the times only where they were set; else 60 and 15 seconds are in force."""
    if given.get("disabled"):
        return {"disabled": True}
    caching = {"disabled": False, **{k: v for k, v in given.items() if v is not None}}
    if not 0 <= int(caching.get("max_age", 0)) <= 3600:
        raise errors.BAD_CONFIG(reason="caching.max_age must be 0 to 3600 seconds")
    return caching
