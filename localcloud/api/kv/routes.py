"""`/accounts/{a}/storage/kv/namespaces` and what is in them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.responses import Response

from localcloud.api.kv import errors, models
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("kv")
_READ: Final = "Workers KV Storage Read"
_WRITE: Final = "Workers KV Storage Write"
_ALL: Final = "/accounts/{account}/storage/kv/namespaces"
_ONE: Final = _ALL + "/{namespace}"
_BULK_PUT: Final = 10_000
_BULK_GET: Final = 100
_LIST: Final = 1000


def _namespace(call: Call, verb: str) -> Document:
    return models.find_namespace(call.cloud.store, call.account, call.path["namespace"], verb)


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        title = call.json_object().get("title")
        return Reply(models.create_namespace(call.cloud.store, call.account, title).body)


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    found = [document.body for document in call.cloud.store.list(models.KIND, call.account)]
    if call.query.get("order") in {"title", "id"}:
        found.sort(key=lambda body: body[call.query["order"]])
    if call.query.get("direction") == "desc":
        found.reverse()
    return Reply.of_page(paginate(found, call.query))


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_namespace(call, "get").body)


@service.put(_ONE, permission=_WRITE)
async def rename(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        namespace = _namespace(call, "rename")
        return Reply(models.rename(store, namespace, call.json_object().get("title")).body)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_namespace(call.cloud.store, _namespace(call, "remove"))
    return Reply(None)


@service.get(_ONE + "/keys", permission=_READ)
async def list_keys(call: Call) -> Reply:
    namespace = _namespace(call, "list keys")
    asked = call.query.get("limit", "")
    limit = min(_LIST, max(1, int(asked))) if asked.isdecimal() else _LIST
    found, complete = models.list_keys(
        call.cloud.store,
        namespace.id,
        prefix=call.query.get("prefix", ""),
        limit=limit,
        after=_after(call.query.get("cursor")),
    )
    cursor = "" if complete else _cursor(found[-1].key)
    rows: list[Json] = []
    for value in found:
        row: Json = {"name": value.key}
        if value.expires is not None:
            row["expiration"] = value.expires
        if value.metadata is not None:
            row["metadata"] = value.metadata
        rows.append(row)
    return Reply(rows, result_info={"count": len(rows), "cursor": cursor})


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _after(cursor: str | None) -> str:
    if not cursor:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise errors.BAD_BODY(reason="the cursor is not one of a list of keys") from error


_VALUE: Final = _ONE + "/values/{key:path}"


@service.get(_VALUE, permission=_READ)
async def read_value(call: Call) -> Response:
    store = call.cloud.store
    namespace = _namespace(call, "get")
    value = models.get(store, namespace.id, call.path["key"], models.lag(store))
    if value is None:
        raise errors.NO_KEY()
    headers = {} if value.expires is None else {"expiration": str(value.expires)}
    return Response(value.content, media_type="application/octet-stream", headers=headers)


@service.get(_ONE + "/metadata/{key:path}", permission=_READ)
async def read_metadata(call: Call) -> Reply:
    store = call.cloud.store
    namespace = _namespace(call, "get")
    value = models.get(store, namespace.id, call.path["key"], models.lag(store))
    if value is None:
        raise errors.NO_KEY()
    return Reply(value.metadata)


@service.put(_VALUE, permission=_WRITE)
async def write_value(call: Call) -> Reply:
    """The value alone as the body, or a form with `value` and `metadata`."""
    namespace = _namespace(call, "put")
    content, metadata = call.content, None
    if "multipart/form-data" in call.headers.get("content-type", ""):
        content, metadata = await _form(call)
    expires = models.expiry(
        time.time(), call.query.get("expiration"), call.query.get("expiration_ttl")
    )
    models.put(call.cloud.store, namespace.id, call.path["key"], content, metadata, expires)
    return Reply(None)


async def _form(call: Call) -> tuple[bytes, Any]:
    form = await call.form()
    value, metadata = form.get("value"), form.get("metadata")
    if value is None:
        raise errors.BAD_BODY(reason="the form has no part named value")
    content = await value.read() if isinstance(value, UploadFile) else value.encode()
    if metadata is None:
        return content, None
    text = (await metadata.read()).decode() if isinstance(metadata, UploadFile) else metadata
    try:
        return content, json.loads(text)
    except ValueError as error:
        raise errors.BAD_BODY(reason="the metadata is not JSON") from error


@service.delete(_VALUE, permission=_WRITE)
async def delete_value(call: Call) -> Reply:
    models.delete(call.cloud.store, _namespace(call, "delete").id, call.path["key"])
    return Reply(None)


@service.put(_ONE + "/bulk", permission=_WRITE)
async def write_many(call: Call) -> Reply:
    namespace = _namespace(call, "bulk put")
    pairs = _rows(call.json(), _BULK_PUT)
    now = time.time()
    with call.cloud.store.transaction():
        for pair in pairs:
            if not isinstance(pair, dict) or not isinstance(pair.get("value"), str):
                raise errors.BAD_BODY(reason="each pair needs a key and a value")
            content = pair["value"].encode()
            if pair.get("base64"):
                content = base64.b64decode(content)
            expires = models.expiry(now, pair.get("expiration"), pair.get("expiration_ttl"))
            models.put(
                call.cloud.store, namespace.id, str(pair.get("key") or ""), content,
                pair.get("metadata"), expires,
            )  # fmt: skip
    return Reply({"successful_key_count": len(pairs), "unsuccessful_keys": []})


def _rows(sent: object, limit: int) -> list[Any]:
    if not isinstance(sent, list):
        raise errors.BAD_BODY(reason="expected a list")
    if len(sent) > limit:  # pyright: ignore[reportUnknownArgumentType]
        raise errors.TOO_MANY_KEYS(count=len(sent), limit=limit)  # pyright: ignore[reportUnknownArgumentType]
    return list(sent)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


async def _delete_many(call: Call) -> Reply:
    namespace = _namespace(call, "bulk delete")
    keys = _rows(call.json(), _BULK_PUT)
    with call.cloud.store.transaction():
        for key in keys:
            models.delete(call.cloud.store, namespace.id, str(key))
    return Reply({"successful_key_count": len(keys), "unsuccessful_keys": []})


@service.delete(_ONE + "/bulk", permission=_WRITE)
async def delete_many_as_wrangler_does(call: Call) -> Reply:
    return await _delete_many(call)


@service.post(_ONE + "/bulk/delete", permission=_WRITE)
async def delete_many(call: Call) -> Reply:
    return await _delete_many(call)


@service.post(_ONE + "/bulk/get", permission=_READ)
async def read_many(call: Call) -> Reply:
    store = call.cloud.store
    namespace = _namespace(call, "bulk get")
    body = call.json_object()
    keys = [str(key) for key in _rows(body.get("keys") or [], _BULK_GET)]
    if not keys:
        raise errors.NO_KEYS()
    answer: Json = {}
    for key, value in zip(
        keys, models.values(store, namespace.id, keys, models.lag(store)), strict=True
    ):
        answer[key] = _shown(value, body)
    return Reply({"values": answer})


def _shown(value: models.Value | None, body: Json) -> Any:  # noqa: ANN401 (what the user stored)
    if value is None:
        return None
    text = value.content.decode("utf-8", "replace")
    try:
        shown = json.loads(text) if body.get("type") == "json" else text
    except ValueError as error:
        raise errors.BAD_BODY(reason=f"the value of '{value.key}' is not JSON") from error
    if not body.get("withMetadata"):
        return shown
    row: Json = {"value": shown, "metadata": value.metadata}
    return row if value.expires is None else {**row, "expiration": value.expires}
