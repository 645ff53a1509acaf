"""Many values at once: `/accounts/{a}/storage/kv/namespaces/{n}/bulk`. All of a call is done, or nothing."""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass
from typing import Any, Final

from localcloud.api.kv import errors, models, shown
from localcloud.api.kv.routes import ONE, READ, WRITE, namespace_of
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_list, as_object
from localcloud.api.store import Json

service = Service("kv_bulk")
_MAX_WRITTEN: Final = 10_000
_MAX_READ: Final = 100
_MAX_BYTES: Final = 100_000_000


@dataclass(frozen=True)
class _Pair:
    key: str
    content: bytes
    metadata: Any
    expires: int | None


@service.put(ONE + "/bulk", permission=WRITE)
async def write_many(call: Call) -> Reply:
    namespace = namespace_of(call, "bulk put")
    if len(call.content) >= _MAX_BYTES:
        raise errors.BULK_TOO_LARGE(length=len(call.content), limit=_MAX_BYTES)
    now = time.time()
    pairs = [_pair(row, now) for row in _rows(call.json(errors.BAD_BODY), _MAX_WRITTEN)]
    with call.cloud.store.transaction():
        for pair in pairs:
            models.put(
                call.cloud.store, namespace.id, pair.key, pair.content, pair.metadata, pair.expires
            )
    return Reply({"successful_key_count": len(pairs), "unsuccessful_keys": []})


def _pair(sent: object, now: float) -> _Pair:
    pair = as_object(sent) or {}
    key, value = pair.get("key"), pair.get("value")
    if not isinstance(key, str) or not isinstance(value, str):
        raise errors.BAD_BODY(reason="each pair needs a key and a value, both of them text")
    content = models.encoded(value)
    if pair.get("base64"):
        try:
            content = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise errors.BAD_BODY(reason=f"the value of '{key}' is not base64") from error
    expires = models.expiry(now, pair.get("expiration"), pair.get("expiration_ttl"))
    return _Pair(key, content, pair.get("metadata"), expires)


def _rows(sent: object, limit: int) -> list[Any]:
    rows = as_list(sent)
    if rows is None:
        raise errors.BAD_BODY(reason="expected a list")
    if len(rows) > limit:
        raise errors.TOO_MANY_KEYS(count=len(rows), limit=limit)
    return rows


def _keys(sent: object, limit: int) -> list[str]:
    """Each may also be an object with the key as its `name`, as a list of keys gives it (wrangler sends them so)."""
    names = [(as_object(row) or {}).get("name", row) for row in _rows(sent, limit)]
    if not all(isinstance(name, str) for name in names):
        raise errors.BAD_BODY(reason="a key must be text")
    return names


async def _delete_many(call: Call) -> Reply:
    namespace = namespace_of(call, "bulk delete")
    keys = _keys(call.json(errors.BAD_BODY), _MAX_WRITTEN)
    with call.cloud.store.transaction():
        for key in keys:
            models.delete(call.cloud.store, namespace.id, key)
    return Reply({"successful_key_count": len(keys), "unsuccessful_keys": []})


@service.delete(ONE + "/bulk", permission=WRITE)
async def delete_many_as_wrangler_does(call: Call) -> Reply:
    return await _delete_many(call)


@service.post(ONE + "/bulk/delete", permission=WRITE)
async def delete_many(call: Call) -> Reply:
    return await _delete_many(call)


@service.post(ONE + "/bulk/get", permission=READ)
async def read_many(call: Call) -> Reply:
    store = call.cloud.store
    namespace = namespace_of(call, "bulk get")
    asked = call.json_object(errors.BAD_BODY)
    keys = _keys(asked.get("keys") or [], _MAX_READ)
    if not keys:
        raise errors.NO_KEYS()
    found = models.values(store, namespace.id, keys, models.lag(store))
    return Reply(
        {"values": {key: _shown(value, asked) for key, value in zip(keys, found, strict=True)}}
    )


def _shown(value: models.Value | None, asked: Json) -> Any:  # noqa: ANN401 (what the user stored)
    if value is None:
        return None
    content = shown.content(value, asked.get("type"))
    if not asked.get("withMetadata"):
        return content
    row: Json = {"value": content, "metadata": value.metadata}
    return row if value.expires is None else {**row, "expiration": value.expires}
