"""Configurations (kind `hyperdrive_config`, by account). Creating one does not connect to the database: that is said, not done."""

from __future__ import annotations

from typing import Final

from localcloud.api.hyperdrive import errors, origins
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.shapes import as_object, whole_number
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "hyperdrive_config"
_FIELDS: Final = ("name", "origin", "caching", "mtls", "origin_connection_limit")
_TLS: Final = ("require", "verify-ca", "verify-full")
_MAX_AGE: Final = 3600


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
    kept = {key: value for key, value in old.items() if key not in _FIELDS}
    base: Json = old
    if whole:
        base = {"origin": {k: v for k, v in old["origin"].items() if k in origins.SECRETS}}
    body = {**kept, **_checked(base, sent), "modified_on": timestamp()}
    try:
        return store.update(config, body, body["name"])
    except ClashError as error:
        raise errors.NAME_TAKEN() from error


def shown(config: Document) -> Json:
    """Without what is write-only."""
    return {**config.body, "origin": origins.shown(config.body["origin"])}


def _checked(old: Json, sent: Json) -> Json:
    name = sent.get("name", old.get("name"))
    if not isinstance(name, str) or not name or len(name.encode()) > 63:
        raise errors.BAD_CONFIG(reason="a name of 1 to 63 bytes is needed")
    if sent.get("integration"):
        raise errors.BAD_CONFIG(reason="the local cloud has no integrations: give an origin")
    body: Json = {
        "name": name,
        "origin": origins.checked(origins.merged(old.get("origin") or {}, sent.get("origin"))),
        "caching": _caching(old.get("caching") or {}, sent.get("caching")),
    }
    mtls = _mtls(sent.get("mtls", old.get("mtls")))
    if mtls is not None:
        body["mtls"] = mtls
    limit = sent.get("origin_connection_limit", old.get("origin_connection_limit"))
    if limit is not None:
        connections = whole_number(limit)
        if connections is None or not 5 <= connections <= 100:
            raise errors.BAD_CONFIG(reason="origin_connection_limit must be 5 to 100")
        body["origin_connection_limit"] = connections
    return body


def _mtls(sent: object) -> Json | None:
    mtls = as_object(sent)
    if mtls is None and sent is not None:
        raise errors.BAD_CONFIG(reason="mtls must be an object")
    if mtls is not None and mtls.get("sslmode") not in (None, *_TLS):
        raise errors.BAD_CONFIG(reason=f"mtls.sslmode must be one of {', '.join(_TLS)}")
    return mtls


def _caching(old: Json, sent: object) -> Json:
    """Cloudflare tells the times only where they were set; else 60 and 15 seconds are in force."""
    given = as_object(sent if sent is not None else {})
    if given is None or not isinstance(given.get("disabled", False), bool | None):
        raise errors.BAD_CONFIG(reason="caching must be an object, and caching.disabled a boolean")
    merged = {key: value for key, value in {**old, **given}.items() if value is not None}
    if merged.get("disabled"):
        return {"disabled": True}
    for key in ("max_age", "stale_while_revalidate"):
        seconds = whole_number(merged.get(key, 0))
        if seconds is None or not 0 <= seconds <= _MAX_AGE:
            raise errors.BAD_CONFIG(reason=f"caching.{key} must be 0 to {_MAX_AGE} seconds")
    return {**merged, "disabled": False}
