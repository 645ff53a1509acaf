"""`POST /graphql`: no v4 envelope, and errors that come with HTTP 200."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from localcloud.api.routing import Call, Service
from localcloud.api.store import Json

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo, GraphQLSchema

service = Service("analytics")
_PERMISSION: Final = "Account Analytics Read"
_BUILT_IN: Final = {
    "String": "string",
    "Int": "uint64",
    "Float": "float64",
    "ID": "string",
    "DateTime": "Time",
}
_DECLARED: Final = re.compile(r"(\$\w+\s*:\s*\[?\s*)(\w+)")


@service.post("/graphql", permission=None)
async def query(call: Call) -> Response:
    """Variables may be declared with GraphQL's own scalars or with Cloudflare's: clients do both."""
    from graphql import graphql_sync  # noqa: PLC0415 (a tenth of a second that only analytics need)

    sent = call.json_object()
    await call.cloud.edge.flush()
    text = _DECLARED.sub(
        lambda found: found.group(1) + _BUILT_IN.get(found.group(2), found.group(2)),
        str(sent.get("query") or ""),
    )
    result = graphql_sync(
        _schema(), text, variable_values=sent.get("variables") or {}, context_value=call
    )
    errors: list[Json] | None = None
    if result.errors:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        errors = [
            {"message": error.message, "path": error.path, "extensions": {"timestamp": now}}
            for error in result.errors
        ]
    return JSONResponse({"data": result.data, "errors": errors})


@cache
def _schema() -> GraphQLSchema:
    from graphql import build_schema  # noqa: PLC0415

    from localcloud.api.analytics.schema import SDL  # noqa: PLC0415

    built = build_schema(SDL)
    fields: Any = built.type_map
    fields["Query"].fields["viewer"].resolve = lambda _root, _info: {}
    fields["viewer"].fields["accounts"].resolve = _accounts
    fields["viewer"].fields["zones"].resolve = _zones
    fields["account"].fields["workersInvocationsAdaptive"].resolve = _invocations
    return built


def _wanted(given: Json, key: str) -> list[str]:
    return list(given.get(f"{key}_in") or ([given[key]] if given.get(key) else []))


def _accounts(_root: object, info: GraphQLResolveInfo, **arguments: Any) -> list[Json]:  # noqa: ANN401
    from graphql import GraphQLError  # noqa: PLC0415

    call: Call = info.context
    wanted = _wanted(arguments.get("filter") or {}, "accountTag")
    if len(wanted) != 1:
        raise GraphQLError("a query is for one account: filter by accountTag")
    account = wanted[0]
    known = call.cloud.store.get("account", "", account) is not None
    if not known or not call.token.reaches_account(account) or not call.token.may(_PERMISSION):
        raise GraphQLError("not authorized for that account")
    return [{"accountTag": account}]


def _zones(_root: object, info: GraphQLResolveInfo, **arguments: Any) -> list[Json]:  # noqa: ANN401
    from graphql import GraphQLError  # noqa: PLC0415

    call: Call = info.context
    wanted = _wanted(arguments.get("filter") or {}, "zoneTag")
    if not 1 <= len(wanted) <= 10:
        raise GraphQLError("a query is for one to ten zones: filter by zoneTag")
    for zone in wanted:
        if call.cloud.store.anywhere("zone", zone) is None or not call.token.reaches_zone(zone):
            raise GraphQLError("zone does not have access to the path")
    return [{"zoneTag": zone} for zone in wanted]


def _invocations(root: Json, info: GraphQLResolveInfo, **arguments: Any) -> list[Json]:  # noqa: ANN401
    from localcloud.api.analytics.resolving import groups  # noqa: PLC0415

    call: Call = info.context
    return groups(call.cloud.store, root["accountTag"], arguments, info)
