"""The conditions of `GET /dns_records`: `name.contains=api&type=A&tag.present=team&match=any&order=name`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from localcloud.api.store import Json

Condition = Callable[[Json], bool]
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "exact": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_ORDERS: Final = ("type", "name", "content", "ttl", "proxied")
_FIELDS: Final = ("name", "content", "comment")


def chosen(records: list[Json], query: Mapping[str, str], types: list[str]) -> list[Json]:
    """The records that the query asks for, in its order. Filters look at no difference between A and a."""
    conditions = [*_field_conditions(query), *_tag_conditions(query)]
    if types:
        conditions.append(lambda record: record["type"] in types)
    if query.get("proxied"):
        wanted = query["proxied"].lower() == "true"
        conditions.append(lambda record: record["proxied"] == wanted)
    if conditions:
        combine = any if query.get("match") == "any" else all
        records = [r for r in records if combine(condition(r) for condition in conditions)]
    search = query.get("search", "").lower()
    if search:
        records = [r for r in records if search in _searched(r)]
    order = query.get("order")
    if order in _ORDERS:
        records = sorted(records, key=lambda record: record[order])
    return records[::-1] if query.get("direction") == "desc" else records


def _field_conditions(query: Mapping[str, str]) -> list[Condition]:
    conditions: list[Condition] = []
    for field in _FIELDS:
        tests = [(name, query[key]) for name in _TESTS if (key := f"{field}.{name}") in query]
        if field in query:
            tests.append(("exact", query[field]))
        conditions.extend(_tested(field, test, wanted) for test, wanted in tests)
    if "comment.present" in query:
        conditions.append(lambda record: bool(record["comment"]))
    if "comment.absent" in query:
        conditions.append(lambda record: not record["comment"])
    return conditions


def _tested(field: str, test: str, wanted: str) -> Condition:
    return lambda record: _TESTS[test]((record[field] or "").lower(), wanted.lower())


def _tag_conditions(query: Mapping[str, str]) -> list[Condition]:
    """One condition for all tag filters together: `tag_match` combines them among themselves."""
    conditions: list[Condition] = []
    for name in (*_TESTS, "present", "absent"):
        if f"tag.{name}" in query:
            conditions.append(_tagged(name, query[f"tag.{name}"].lower()))
    if not conditions:
        return []
    combine = any if query.get("tag_match") == "any" else all
    return [lambda record: combine(condition(record) for condition in conditions)]


def _tagged(test: str, wanted: str) -> Condition:
    name, _, value = wanted.partition(":")

    def condition(record: Json) -> bool:
        tags = [tag.lower().partition(":") for tag in record["tags"]]
        values = [own for tag, _, own in tags if tag == name]
        if test in {"present", "absent"}:
            return bool(values) == (test == "present")
        return any(_TESTS[test](own, value) for own in values)

    return condition


def _searched(record: Json) -> str:
    words = (record["name"], record["content"], record["comment"] or "", *record["tags"])
    return " ".join(words).lower()
