"""Groups of invocations by exactly the dimensions that a query selects."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)

from localcloud.api.analytics import filters, models, schema
from localcloud.api.store import Store

MAX_LIMIT: Final = 10_000
MAX_SPAN: Final = 32 * 86400
_GIGABYTES: Final = 0.128
"""Duration is billed at 128 MB: GB-seconds."""

Json = dict[str, Any]


def groups(store: Store, account: str, arguments: Json, info: GraphQLResolveInfo) -> list[Json]:
    """Raises `GraphQLError` in Cloudflare's words for a limit or a range that is too large."""
    limit, given = int(arguments["limit"]), arguments.get("filter") or {}
    if not 1 <= limit <= MAX_LIMIT:
        raise GraphQLError(f"limit must be positive number and not greater than {MAX_LIMIT}")
    try:
        since, until = filters.span(given)
    except ValueError as error:
        raise GraphQLError(f"error parsing args: {error}") from error
    now = int(time.time())
    since = max(since, now - models.KEPT_SECONDS)
    if min(until, now) - since > MAX_SPAN and "datetime" in str(given):
        raise GraphQLError(
            f"query time range is too large. Time range can't be wider than {MAX_SPAN}s"
        )
    selected = sorted(_selected(info, "dimensions"))
    found: dict[tuple[Any, ...], models.Measured] = {}
    for row in models.rows(store, account, since, until):
        if filters.matches(row, given):
            key = tuple(filters.dimension(row, name) for name in selected)
            found.setdefault(key, models.Measured()).add(row)
    rows = [_shown(dict(zip(selected, key, strict=True)), m) for key, m in found.items()]
    for order in reversed(arguments.get("orderBy") or []):
        name, _, way = order.rpartition("_")
        rows.sort(key=lambda row: _at(row, name), reverse=way == "DESC")
    return rows[:limit]


def _at(row: Json, name: str) -> Any:  # noqa: ANN401 (text or number)
    section, _, field = name.partition("_")
    if section in {"sum", "quantiles"}:
        value = row[section][field]
        return 0 if value is None else value
    return row["dimensions"].get(name) or ""


def _shown(dimensions: Json, measured: models.Measured) -> Json:
    wall = measured.wall_time
    quantiles: Json = {}
    for name, share in schema.QUANTILES.items():
        value = measured.quantile(share)
        quantiles[f"wallTime{name}"] = value
        quantiles[f"requestDuration{name}"] = value
        quantiles[f"duration{name}"] = value / 1e6 * _GIGABYTES
        quantiles |= {f"{unmeasured}{name}": None for unmeasured in schema.NOT_MEASURED}
    return {
        "dimensions": dimensions,
        "count": measured.requests,
        "sum": {
            "requests": measured.requests,
            "errors": measured.errors,
            "subrequests": measured.subrequests,
            "clientDisconnects": measured.client_disconnects,
            "responseBodySize": measured.response_bytes,
            "duration": wall / 1e6 * _GIGABYTES,
            "wallTime": wall,
            "cpuTimeUs": None,
        },
        "min": {"wallTime": measured.extreme(highest=False), "cpuTime": None},
        "max": {"wallTime": measured.extreme(highest=True), "cpuTime": None},
        "quantiles": quantiles,
    }


def _selected(info: GraphQLResolveInfo, name: str) -> set[str]:
    """Names of the fields that are asked for under `name`, through fragments."""
    found: set[str] = set()
    for node in info.field_nodes:
        for field in _fields(node.selection_set, info):
            if field.name.value == name:
                found |= {inner.name.value for inner in _fields(field.selection_set, info)}
    return {field for field in found if not field.startswith("__")}


def _fields(selections: SelectionSetNode | None, info: GraphQLResolveInfo) -> Iterable[FieldNode]:
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, info)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info.fragments[node.name.value].selection_set, info)
