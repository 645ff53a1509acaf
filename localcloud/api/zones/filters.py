"""The conditions of `GET /zones`: `name=contains:shop&account.id=…&status=active&match=any`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from localcloud.api.store import Json

_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "equal": lambda value, wanted: value == wanted,
    "not_equal": lambda value, wanted: value != wanted,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": lambda value, wanted: wanted in value,
}
_CASE_SENSITIVE: Final = "_case_sensitive"
_ORDERS: Final[dict[str, Callable[[Json], str]]] = {
    "name": lambda zone: zone["name"],
    "status": lambda zone: zone["status"],
    "account.id": lambda zone: zone["account"]["id"],
    "account.name": lambda zone: zone["account"]["name"],
    "plan.id": lambda zone: zone["plan"]["id"],
}


def matches(value: str, condition: str) -> bool:
    """`condition` is `operator:text`, or a text that must be equal, whatever the case."""
    operator, colon, wanted = condition.partition(":")
    sensitive = operator.endswith(_CASE_SENSITIVE)
    test = _OPERATORS.get(operator.removesuffix(_CASE_SENSITIVE)) if colon else None
    if test is None:
        return value.lower() == condition.lower()
    return test(value, wanted) if sensitive else test(value.lower(), wanted.lower())


def chosen(zones: Iterable[Json], query: Mapping[str, str], types: Iterable[str]) -> list[Json]:
    """The zones that the query asks for, in its order; `types` as given, each perhaps a list with commas."""
    wanted = {name for given in types for name in given.split(",")}
    found = [z for z in zones if (z["type"] in wanted if wanted else z["type"] != "internal")]
    conditions: list[Callable[[Json], bool]] = []
    if name := query.get("name"):
        conditions.append(lambda zone: matches(zone["name"], name))
    if account := query.get("account.id"):
        conditions.append(lambda zone: zone["account"]["id"] == account)
    if account_name := query.get("account.name"):
        conditions.append(lambda zone: matches(zone["account"]["name"], account_name))
    if status := query.get("status"):
        conditions.append(lambda zone: zone["status"] == status)
    if conditions:
        combine = any if query.get("match") == "any" else all
        found = [zone for zone in found if combine(test(zone) for test in conditions)]
    order = _ORDERS.get(query.get("order", ""))
    if order is not None:
        found.sort(key=order)
    if query.get("direction") == "desc":
        found.reverse()
    return found
