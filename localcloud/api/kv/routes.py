"""`/accounts/{a}/storage/kv/namespaces` and what is in them."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from starlette.responses import Response

from localcloud.api.errors import ApiError
from localcloud.api.kv import errors, models, namespaces, shown
from localcloud.api.multipart import read_parts
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document

service = Service("kv")
READ: Final = "Workers KV Storage Read"
WRITE: Final = "Workers KV Storage Write"
ALL: Final = "/accounts/{account}/storage/kv/namespaces"
ONE: Final = ALL + "/{namespace}"
_LIST: Final = 1000


def namespace_of(call: Call, verb: str) -> Document:
    """`verb` is what the refusal says was tried: `get: 'namespace not found'`."""
    return namespaces.find(call.cloud.store, call.account, call.path["namespace"], verb)


@service.post(ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        sent = call.json_object(errors.BAD_BODY)
        return Reply(namespaces.create(call.cloud.store, call.account, sent).body)


@service.get(ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    found = [document.body for document in call.cloud.store.list(namespaces.KIND, call.account)]
    if call.query.get("order") in {"title", "id"}:
        found.sort(key=lambda body: body[call.query["order"]])
    if call.query.get("direction") == "desc":
        found.reverse()
    return Reply.of_page(paginate(found, call.query))


@service.get(ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(namespace_of(call, "get").body)


@service.put(ONE, permission=WRITE)
async def rename(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        namespace = namespace_of(call, "rename")
        title = call.json_object(errors.BAD_BODY).get("title")
        return Reply(namespaces.rename(store, namespace, title).body)


@service.delete(ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        namespaces.remove(call.cloud.store, namespace_of(call, "remove"))
    return Reply(None)


@service.get(ONE + "/keys", permission=READ)
async def list_keys(call: Call) -> Reply:
    namespace = namespace_of(call, "list keys")
    asked = call.query.get("limit", "")
    limit = min(_LIST, max(1, int(asked))) if asked.isdecimal() else _LIST
    found, complete = models.list_keys(
        call.cloud.store,
        namespace.id,
        prefix=call.query.get("prefix", ""),
        limit=limit,
        after=shown.key_before(call.query.get("cursor")),
    )
    cursor = "" if complete else shown.cursor_after(found[-1].key)
    rows = [shown.listed(value) for value in found]
    return Reply(rows, result_info={"count": len(rows), "cursor": cursor})


_VALUE: Final = ONE + "/values/{key:path}"


@service.get(_VALUE, permission=READ)
async def read_value(call: Call) -> Response:
    store = call.cloud.store
    namespace = namespace_of(call, "get")
    value = models.get(store, namespace.id, call.path["key"], models.lag(store))
    if value is None:
        raise errors.NO_KEY()
    headers = {} if value.expires is None else {"expiration": str(value.expires)}
    return Response(value.content, media_type="application/octet-stream", headers=headers)


@service.get(ONE + "/metadata/{key:path}", permission=READ)
async def read_metadata(call: Call) -> Reply:
    store = call.cloud.store
    namespace = namespace_of(call, "get")
    value = models.get(store, namespace.id, call.path["key"], models.lag(store))
    if value is None:
        raise errors.NO_KEY()
    return Reply(value.metadata)


@service.put(_VALUE, permission=WRITE)
async def write_value(call: Call) -> Reply:
    """The value alone as the body, or a form with `value` and `metadata`."""
    namespace = namespace_of(call, "put")
    content, metadata = call.content, None
    if "multipart/form-data" in call.headers.get("content-type", ""):
        content, metadata = _form(call)
    expires = models.expiry(
        time.time(), call.query.get("expiration"), call.query.get("expiration_ttl")
    )
    models.put(call.cloud.store, namespace.id, call.path["key"], content, metadata, expires)
    return Reply(None)


def _form(call: Call) -> tuple[bytes, Any]:
    try:
        parts = read_parts(call.content, call.headers["content-type"])
    except ApiError as error:
        raise errors.BAD_BODY(reason="it is not the form that its content type says") from error
    found = {part.name: part.content for part in parts}
    if "value" not in found:
        raise errors.BAD_BODY(reason="the form has no part named value")
    try:
        return found["value"], json.loads(found["metadata"]) if "metadata" in found else None
    except ValueError as error:
        raise errors.BAD_BODY(reason="the metadata is not JSON") from error


@service.delete(_VALUE, permission=WRITE)
async def delete_value(call: Call) -> Reply:
    models.delete(call.cloud.store, namespace_of(call, "delete").id, call.path["key"])
    return Reply(None)
