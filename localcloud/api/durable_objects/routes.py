"""GET /accounts/{a}/workers/durable_objects/namespaces and the objects of one."""

from __future__ import annotations

from typing import Final

from localcloud.api.durable_objects.errors import NO_NAMESPACE
from localcloud.api.durable_objects.namespaces import all_shown
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Json
from localcloud.api.workers.models import NAMESPACE

service = Service("durable_objects")
_PAGE: Final = 1000
_MAX: Final = 10_000


@service.get(
    "/accounts/{account}/workers/durable_objects/namespaces", permission="Workers Scripts Read"
)
async def list_namespaces(call: Call) -> Reply:
    return Reply.of_page(paginate(all_shown(call.cloud.store, call.account), call.query))


@service.get(
    "/accounts/{account}/workers/durable_objects/namespaces/{namespace}/objects",
    permission="Workers Scripts Read",
)
async def list_objects(call: Call) -> Reply:
    """The ids that the edge has stored data for; none is known before the edge tells."""
    if call.cloud.store.get(NAMESPACE, call.account, call.path["namespace"]) is None:
        raise NO_NAMESPACE()
    objects: list[Json] = [
        {"id": object_id, "hasStoredData": True}
        for object_id in call.cloud.stored_objects(call.path["namespace"])
    ]
    asked = call.query.get("limit", "")
    limit = min(_MAX, max(1, int(asked))) if asked.isdecimal() else _PAGE
    after = call.query.get("cursor") or ""
    page = [item for item in objects if item["id"] > after][:limit]
    more = bool(page) and page[-1]["id"] != objects[-1]["id"]
    cursor = page[-1]["id"] if more else ""
    return Reply(
        page, result_info={"count": len(page), "cursor": cursor, "cursors": {"after": cursor}}
    )
