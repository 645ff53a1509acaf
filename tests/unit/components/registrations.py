"""What a program declared in a run, read from Pulumi's wire format, and what changed since the run before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast

from localcloud.plugins.cloudflare.types import TYPES
from tests.unit.components.cloud_mocks import Json

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How Pulumi writes a value that is not known yet."""
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"


@dataclass
class Registered:
    """A resource as the program declared it: `secret` names the inputs (`origin.password`) that were marked secret."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Json
    secret: frozenset[str]
    protect: bool
    retain: bool
    ignored: tuple[str, ...]
    id: str = ""
    computed: Json = field(default_factory=dict[str, Any])
    outputs: Json | None = None
    """What a component registered; None until it did."""
    secret_outputs: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        return self.type.rpartition(":")[2]


@dataclass
class Run:
    """`steps` are (what was done, the resource's name)."""

    resources: dict[str, Registered] = field(default_factory=dict[str, Registered])
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    said: list[str] = field(default_factory=list[str])
    outputs: Json = field(default_factory=dict[str, Any])
    """The stack's own."""
    secret_outputs: frozenset[str] = frozenset()

    def of(self, kind: str) -> list[Registered]:
        return [found for found in self.resources.values() if found.kind == kind]

    def one(self, kind: str) -> Registered:
        (found,) = self.of(kind)
        return found

    def done(self, what: str) -> list[str]:
        return [name for step, name in self.steps if step == what]


def declared(request: Any, urn: str, raw: Json) -> Registered:
    inputs, secret = plain(raw)
    return Registered(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=inputs,
        secret=secret,
        protect=request.protect,
        retain=request.retainOnDelete,
        ignored=tuple(request.ignoreChanges),
    )


def changed_inputs(new: Registered, old: Registered) -> list[str]:
    keys = new.inputs.keys() | old.inputs.keys()
    return sorted(key for key in keys if new.inputs.get(key) != old.inputs.get(key))


def change_of(new: Registered, old: Registered | None) -> str:
    if old is None:
        return "create"
    for key in new.ignored:
        new.inputs[key] = old.inputs[key]
    changed = changed_inputs(new, old)
    if not changed:
        return "same"
    rules = TYPES.get(new.type)
    if rules is None or rules.update is None or rules.replaces & set(changed):
        return "replace"
    return "update"


def plain(raw: Json) -> tuple[Json, frozenset[str]]:
    """Values without their marks, and the places of those that were marked secret."""
    secret: set[str] = set()

    def unwrap(value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            rows = cast(list[Any], value)
            return [unwrap(inner, (*place, str(index))) for index, inner in enumerate(rows)]
        if not isinstance(value, dict):
            return value
        section = cast(Json, value)
        if section.get(_SIGNATURE) == _SECRET:
            secret.add(".".join(place))
            return unwrap(section["value"], place)
        return {key: unwrap(inner, (*place, key)) for key, inner in section.items()}

    return {key: unwrap(value, (key,)) for key, value in raw.items()}, frozenset(secret)
