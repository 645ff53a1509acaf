"""`/accounts/{a}/analytics_engine/sql`: a query in, rows out; what is wrong with it as plain text."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import PlainTextResponse, Response

from localcloud.api.analytics.engine import points
from localcloud.api.analytics.engine.answering import run, text
from localcloud.api.analytics.engine.errors import QueryError
from localcloud.api.analytics.engine.queries import read
from localcloud.api.routing import Call, Service

service = Service("analytics_engine")
_TABLES: Final = (("dataset", "String"),)
_PATH: Final = "/accounts/{account}/analytics_engine/sql"
_PERMISSION: Final = "Account Analytics Read"


@service.post(_PATH, permission=_PERMISSION)
async def post_query(call: Call) -> Response:
    """The query is the body."""
    return await _answer(call, call.content.decode("utf-8", "replace"))


@service.get(_PATH, permission=_PERMISSION)
async def get_query(call: Call) -> Response:
    """The query is the parameter `query`."""
    return await _answer(call, call.query.get("query", ""))


async def _answer(call: Call, sent: str) -> Response:
    """What has been written until now: the edge's points are fetched first."""
    await call.cloud.edge.flush()
    store = points.table(call.cloud.store)
    try:
        query = read(sent, call.account, int(call.cloud.now().timestamp()))
        known = points.datasets(store, call.account)
        if not query.sql:
            body, kind = text(_TABLES, [(name,) for name in known], query.format)
            return Response(body, media_type=kind)
        for name in query.datasets:
            if name not in known:
                raise QueryError(f"dataset {name} does not exist: nothing was written to it yet")  # noqa: TRY301
        rows = await asyncio.to_thread(run, store.path, query)
    except QueryError as error:
        return PlainTextResponse(f"Error: {error}\n", 422)
    body, kind = text(query.columns, rows, query.format)
    return Response(body, media_type=kind)
