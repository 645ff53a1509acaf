"""`POST /graphql`: no v4 envelope, and errors that come with HTTP 200."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from localcloud.api.routing import Call, Service
from localcloud.api.shapes import as_object

service = Service("analytics")


@service.post("/graphql", permission=None)
async def query(call: Call) -> Response:
    """Answers what has been served until now: the edge's counts are fetched first."""
    from localcloud.api.analytics.queries import answer  # noqa: PLC0415 (graphql-core takes a tenth of a second to import)

    sent = call.json_object()
    await call.cloud.edge.flush()
    operation = sent.get("operationName")
    return JSONResponse(
        answer(
            call,
            str(sent.get("query") or ""),
            as_object(sent.get("variables")) or {},
            operation if isinstance(operation, str) else None,
        )
    )
