"""How the official provider (Terraform provider 5.x, and Pulumi's 6.x over it) reads an answer, as rules of its attributes.

After an apply the state is the plan, with what only the cloud knows filled in. A refresh takes everything from the
answer: what it lacks becomes null, what it adds becomes a value. The next plan compares that with the program, attribute
by attribute, by how each is declared:

- required and optional: the answer must say what the program says; of an optional one that the program leaves out it
  must say nothing, since a value that nobody declared is planned away, in a version by a replacement.
- computed and optional with a default: left out, it must have the default.
- computed and optional without one, and computed: whatever the answer says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast

Json = dict[str, Any]


class Rule(Enum):
    DECLARED = "required or optional"
    DEFAULTED = "computed and optional, with a default"
    FILLED_IN = "computed and optional"
    COMPUTED = "computed, and always there"
    KEPT = "never read back: the state keeps what was declared"


class Many(Enum):
    ONE = "an object"
    LIST = "a list of objects"
    MAP = "objects by name"


@dataclass(frozen=True)
class Attribute:
    rule: Rule
    default: Any = None
    inner: Mapping[str, Attribute] = field(default_factory=dict[str, "Attribute"])
    many: Many = Many.ONE
    empty_is_null: bool = False
    """The provider takes an empty list, map or text of this one for null."""


GIVEN: Final = Attribute(Rule.DECLARED)
FILLED_IN: Final = Attribute(Rule.FILLED_IN)
COMPUTED: Final = Attribute(Rule.COMPUTED)
KEPT: Final = Attribute(Rule.KEPT)


def each(attribute: Attribute, *names: str) -> dict[str, Attribute]:
    return dict.fromkeys(names, attribute)


def default(value: object) -> Attribute:
    return Attribute(Rule.DEFAULTED, value)


def given(inner: Mapping[str, Attribute], many: Many = Many.ONE, *, empty_is_null: bool = False) -> Attribute:  # fmt: skip
    return Attribute(Rule.DECLARED, inner=inner, many=many, empty_is_null=empty_is_null)


def filled_in(inner: Mapping[str, Attribute]) -> Attribute:
    return Attribute(Rule.FILLED_IN, inner=inner)


def drift(attributes: Mapping[str, Attribute], declared: Json, told: Json, at: str = "") -> list[str]:  # fmt: skip
    """What the next plan would change, or the state lack, in words; empty where a refresh finds nothing."""
    found: list[str] = []
    for name, attribute in attributes.items():
        path = f"{at}.{name}" if at else name
        found += _of_one(attribute, declared.get(name), told.get(name), path)
    return found


def _of_one(attribute: Attribute, declared: Any, told: Any, path: str) -> list[str]:
    if attribute.rule is Rule.KEPT:
        return []
    if attribute.empty_is_null:
        declared, told = _or_null(declared), _or_null(told)
    if attribute.rule is Rule.COMPUTED:
        return [] if told is not None else [f"{path} is not told"]
    if declared is None:
        return _of_undeclared(attribute, told, path)
    if told is None:
        return [f"{path} is gone, {declared!r} was declared"]
    return _of_declared(attribute, declared, told, path)


def _of_declared(attribute: Attribute, declared: Any, told: Any, path: str) -> list[str]:
    if not attribute.inner:
        return [] if _same(declared, told) else [f"{path} is {told!r}, {declared!r} was declared"]
    if attribute.many is Many.ONE:
        return drift(attribute.inner, declared, told, path)
    return _of_many(attribute, declared, told, path)


def _of_undeclared(attribute: Attribute, told: Any, path: str) -> list[str]:
    if attribute.rule is Rule.DECLARED and told is not None:
        return [f"{path} is {told!r}, and nobody declared it"]
    if attribute.rule is Rule.DEFAULTED and not _same(attribute.default, told):
        return [f"{path} is {told!r}, its default is {attribute.default!r}"]
    if attribute.rule is Rule.FILLED_IN and attribute.inner and isinstance(told, dict):
        preset = (Rule.DEFAULTED, Rule.FILLED_IN)
        inner = {name: one for name, one in attribute.inner.items() if one.rule in preset}
        return drift(inner, {}, cast("Json", told), path)
    return []


def _of_many(attribute: Attribute, declared: Any, told: Any, path: str) -> list[str]:
    if attribute.many is Many.LIST:
        declared, told = _by_place(declared), _by_place(told)
    if declared.keys() != told.keys():
        return [f"{path} has {sorted(told)}, declared were {sorted(declared)}"]
    return [
        change
        for key, entry in declared.items()
        for change in drift(attribute.inner, entry, told[key], f"{path}[{key}]")
    ]


def _by_place(rows: list[Json]) -> dict[int, Json]:
    return dict(enumerate(rows))


def _or_null(value: Any) -> Any:
    if isinstance(value, dict):
        return value if any(_or_null(inner) is not None for inner in value.values()) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return None if value in ([], "") else value


def _same(declared: Any, told: Any) -> bool:
    """1 is 1.0, as for the provider's numbers, but it is not true."""
    return isinstance(declared, bool) == isinstance(told, bool) and declared == told
