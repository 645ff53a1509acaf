"""Groups of a dataset's rows by exactly the dimensions that a query selects."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)

from localcloud.api.analytics import filters
from localcloud.api.analytics.datasets import Asked, Dataset
from localcloud.api.routing import Call
from localcloud.api.store import Json, Store

MAX_LIMIT: Final = 10_000


def groups(
    store: Store,
    account: str,
    dataset: Dataset[Any],
    arguments: Json,
    info: GraphQLResolveInfo[Call],
) -> list[Json]:
    """Raises `GraphQLError` in Cloudflare's words for a limit or a range that is too large, and for data too old."""
    if not 1 <= arguments["limit"] <= MAX_LIMIT:
        raise GraphQLError(f"limit must be positive number and not greater than {MAX_LIMIT}")
    given: Json = arguments.get("filter") or {}
    named: list[str] = arguments.get("orderBy") or []
    order = [one.rpartition("_") for one in named]
    sections = {name: frozenset(_selected(info, name)) for name in _sections(info)}
    for name, _, _ in order:
        section, _, field = name.partition("_")
        if section in dataset.sections:
            sections[section] = sections.get(section, frozenset()) | {field}
    since, until = _range(dataset, given, account)
    asked = Asked(store, account, since, until, given, sections)
    getters = dataset.getters()
    passes = filters.predicate(given, getters)
    dimensions = sorted(sections.get("dimensions", ()))
    values = [getters[name] for name in dimensions]
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in dataset.rows(asked):
        if passes(row):
            found.setdefault(tuple(value(row) for value in values), []).append(row)
    results = [
        {
            "dimensions": dict(zip(dimensions, key, strict=True)),
            **_measured(dataset, rows, asked),
        }
        for key, rows in found.items()
    ]
    for name, _, way in reversed(order):
        results.sort(key=lambda result: _ordered_by(result, name), reverse=way == "DESC")
    for result in results[: arguments["limit"]]:
        for name in set(dimensions) & set(dataset.times):
            result["dimensions"][name] = filters.shown(name, result["dimensions"][name])
    return results[: arguments["limit"]]


def _measured(dataset: Dataset[Any], rows: list[Any], asked: Asked) -> Mapping[str, Json]:
    measured = dataset.measure(rows, asked)
    # A section that nobody asks for may be missing; what is not measured is null.
    return {
        section: dict.fromkeys(fields) | measured.get(section, {})
        for section, fields in dataset.sections.items()
    }


def _range(dataset: Dataset[Any], given: Json, account: str) -> tuple[int, int]:
    span, now = filters.span(given), time.time()
    high = now if span.high is None else min(span.high, now)
    low = high - dataset.longest if span.low is None else span.low
    if span.low is not None and span.low < now - dataset.kept:
        raise GraphQLError(f"cannot request data older than {dataset.kept}s")
    if high - low > dataset.longest:
        raise GraphQLError(
            f'query time range is too large for account "{account}". '
            f"Time range can't be wider than {dataset.longest}s, but it's {high - low:.0f}s"
        )
    return int(low), int(high) + span.reach


def _ordered_by(result: Json, name: str) -> Any:  # noqa: ANN401 (text or number)
    section, _, field = name.partition("_")
    if field:
        return result[section][field] or 0
    return result["dimensions"].get(name, 0)


def _sections(info: GraphQLResolveInfo[Call]) -> set[str]:
    return {
        field.name.value for node in info.field_nodes for field in _fields(node.selection_set, info)
    }


def _selected(info: GraphQLResolveInfo[Call], section: str) -> Iterator[str]:
    """Names of the fields that are asked for under a section, through fragments."""
    for node in info.field_nodes:
        for field in _fields(node.selection_set, info):
            if field.name.value == section:
                for inner in _fields(field.selection_set, info):
                    if not inner.name.value.startswith("__"):
                        yield inner.name.value


def _fields(
    selections: SelectionSetNode | None, info: GraphQLResolveInfo[Call]
) -> Iterator[FieldNode]:
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, info)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info.fragments[node.name.value].selection_set, info)
