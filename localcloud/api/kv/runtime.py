"""What a Worker's KV binding speaks to: workerd sends each operation as a small HTTP request to the service it is bound to.

    GET    /<key>?urlencoded=true            the value; `CF-Expiration` and `CF-KV-Metadata` in the answer's headers
    PUT    /<key>?expiration_ttl=…           the value as the body, metadata in `CF-KV-Metadata`
    DELETE /<key>
    GET    /?prefix=…&key_count_limit=…      keys, as JSON
    POST   /bulk/get                         several keys at once

The namespace comes in a header that the edge's configuration adds, beside a secret that only the two know.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any, Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localcloud.api.errors import ApiError
from localcloud.api.kv import errors, models, namespaces, shown
from localcloud.api.store import Json, Store

NAMESPACE_HEADER: Final = "x-kv-namespace"
_LIST: Final = 1000
_BULK: Final = 100


def failed(_scope: Scope) -> Response:
    """What the binding is told when KV fails."""
    return Response("internal error", 500)


class KvRuntime:
    """`KvRuntime(store, secret)` is served on an address that only the edge is told."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._authorization = f"Bearer {secret}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given, self._authorization):
            response = Response("this is not for you", 403)
        else:
            try:
                response = await self._answer(request)
            except ApiError as error:
                # The binding throws what stands here: `KV PUT failed: 400 <text>`.
                response = Response(error.details[0].message, error.status)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:  # noqa: PLR0911 (one return an operation)
        namespace = request.headers.get(NAMESPACE_HEADER, "")
        if self._store.anywhere(namespaces.KIND, namespace) is None:
            return Response("namespace not found", 404)
        raw_path = request.scope["raw_path"].decode("ascii").split("?")[0]
        if request.method == "POST" and raw_path == "/bulk/get":
            return self._read_many(namespace, await request.json())
        if request.method == "GET" and raw_path == "/":
            return self._list(namespace, request)
        key = unquote(raw_path.removeprefix("/"))
        if request.method == "GET":
            return self._read(namespace, key)
        if request.method == "PUT":
            return await self._write(namespace, key, request)
        if request.method == "DELETE":
            models.delete(self._store, namespace, key)
            return Response(status_code=200)
        return Response("method not allowed", 405)

    def _read(self, namespace: str, key: str) -> Response:
        value = models.get(self._store, namespace, key, models.lag(self._store))
        if value is None:
            return Response("Not Found", 404)
        headers: dict[str, str] = {}
        if value.expires is not None:
            headers["cf-expiration"] = str(value.expires)
        if value.metadata is not None:
            headers["cf-kv-metadata"] = json.dumps(value.metadata)
        return Response(value.content, media_type="application/octet-stream", headers=headers)

    async def _write(self, namespace: str, key: str, request: Request) -> Response:
        sent = request.headers.get("cf-kv-metadata")
        try:
            metadata = None if sent is None else json.loads(sent)
        except ValueError as error:
            raise errors.BAD_BODY(reason="the metadata is not JSON") from error
        query = request.query_params
        expires = models.expiry(time.time(), query.get("expiration"), query.get("expiration_ttl"))
        models.put(self._store, namespace, key, await request.body(), metadata, expires)
        return Response(status_code=200)

    def _list(self, namespace: str, request: Request) -> Response:
        query = request.query_params
        asked = query.get("key_count_limit", "")
        limit = min(_LIST, max(1, int(asked))) if asked.isdecimal() else _LIST
        after = shown.key_before(query.get("cursor"))
        found, complete = models.list_keys(
            self._store, namespace, prefix=query.get("prefix", ""), limit=limit, after=after
        )
        body: Json = {"keys": [shown.listed(value) for value in found], "list_complete": complete}
        if not complete:
            body["cursor"] = shown.cursor_after(found[-1].key)
        return JSONResponse(body)

    def _read_many(self, namespace: str, body: Json) -> Response:
        keys = [str(key) for key in body.get("keys") or ()]
        if not 1 <= len(keys) <= _BULK:
            return Response(f"expected 1 to {_BULK} keys, not {len(keys)}", 400)
        late = models.lag(self._store)
        found = models.values(self._store, namespace, keys, late)
        answer: Json = {}
        for key, value in zip(keys, found, strict=True):
            answer[key] = None if value is None else _shown(value, body)
        return JSONResponse(answer)


def _shown(value: models.Value, body: Json) -> Any:  # noqa: ANN401 (what the Worker stored)
    content = shown.content(value, body.get("type"))
    if not body.get("withMetadata"):
        return content
    return {"value": content, "metadata": value.metadata}
