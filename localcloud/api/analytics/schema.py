"""The part of Cloudflare's GraphQL schema that is known here, with the names of its types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from graphql import GraphQLScalarType, GraphQLSchema, build_schema

from localcloud.api.analytics.datasets import Dataset
from localcloud.api.analytics.filters import COMPARISONS
from localcloud.api.analytics.r2 import R2_OPERATIONS, R2_STORAGE
from localcloud.api.analytics.workers import WORKERS

DATASETS: Final[tuple[Dataset[Any], ...]] = (WORKERS, R2_STORAGE, R2_OPERATIONS)
_ROOT: Final = """
scalar string
scalar uint8
scalar uint16
scalar uint64
scalar float64
scalar Date
scalar Time

type Query {
  viewer: viewer
}

type viewer {
  accounts(filter: AccountFilter_InputObject): [account!]
  zones(filter: ZoneFilter_InputObject): [zone!]
}

input AccountFilter_InputObject { accountTag: string, accountTag_in: [string!] }
input ZoneFilter_InputObject { zoneTag: string, zoneTag_in: [string!] }

type zone { zoneTag: string! }
"""


def build() -> GraphQLSchema:
    parts = [_ROOT, _type("account", ["accountTag: string!", *map(_field, DATASETS)])]
    for dataset in DATASETS:
        parts += _types(dataset)
    schema = build_schema("\n".join(parts))
    for name, parse in _PARSERS.items():
        scalar = schema.type_map[name]
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_input_value = parse
    return schema


def order_names(dataset: Dataset[Any]) -> list[str]:
    """Fields that a result can be ordered by, as `orderBy` spells them."""
    measured = [
        f"{section}_{name}" for section, fields in dataset.sections.items() for name in fields
    ]
    return [*dataset.getters(), *measured]


def _field(dataset: Dataset[Any]) -> str:
    name = dataset.type_name
    return (
        f"{dataset.name}(filter: {name}Filter_InputObject, limit: uint64!, orderBy: [{name}OrderBy!])"
        f": [{name}!]!"
    )


def _types(dataset: Dataset[Any]) -> Iterator[str]:
    name = dataset.type_name
    dimensions = {one: dataset.type_of(one) for one in dataset.getters()}
    sections = {"dimensions": {one: f"{kind}!" for one, kind in dimensions.items()}}
    sections |= {section: dict(fields) for section, fields in dataset.sections.items()}
    yield _type(name, [f"{one}: {name}{one.capitalize()}" for one in sections])
    for section, fields in sections.items():
        yield _type(
            f"{name}{section.capitalize()}", [f"{one}: {kind}" for one, kind in fields.items()]
        )
    orders = [f"{one}_{way}" for one in order_names(dataset) for way in ("ASC", "DESC")]
    yield f"enum {name}OrderBy {{ {' '.join(orders)} }}"
    own = f"[{name}Filter_InputObject!]"
    yield f"input {name}Filter_InputObject {{ AND: {own} OR: {own} {' '.join(_filters(dimensions))} }}"


def _filters(dimensions: Mapping[str, str]) -> Iterator[str]:
    for name, kind in dimensions.items():
        yield f"{name}: {kind}"
        yield from (f"{name}_{comparison}: {kind}" for comparison in COMPARISONS)
        lists, texts = ("in", "notin"), ("like", "notlike") if kind == "string" else ()
        yield from (f"{name}_{one}: [{kind}!]" for one in lists)
        yield from (f"{name}_{one}: {kind}" for one in texts)


def _type(name: str, fields: Iterable[str]) -> str:
    return f"type {name} {{\n  " + "\n  ".join(fields) + "\n}"


# What a client may write for each scalar. A `ValueError` reaches the client as the reason.


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a string, got {value!r}")  # noqa: TRY004 (graphql-core shows its text)
    return value


def _whole(bits: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"expected a whole number, got {value!r}")  # noqa: TRY004
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{value} is out of range")
        return value

    return parse


def _date(value: object) -> str:
    text = _string(value)
    datetime.strptime(text[:10], "%Y-%m-%d")
    return text[:10]


def _time(value: object) -> str:
    text = _string(value)
    datetime.fromisoformat(text)
    return text


_PARSERS: Final[Mapping[str, Callable[[object], object]]] = {
    "string": _string,
    "uint8": _whole(8),
    "uint16": _whole(16),
    "uint64": _whole(64),
    "Date": _date,
    "Time": _time,
}
