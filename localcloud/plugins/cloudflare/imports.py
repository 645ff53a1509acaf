"""A resource that the state does not know yet: its inputs, from what the cloud tells."""

from __future__ import annotations

import inspect
import typing
from typing import Any, cast

from localcloud.plugins.cloudflare.names import camel, has_free_keys, is_free
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType
from localcloud.plugins.cloudflare.state import DEFAULTS
from localcloud.plugins.language import lazy_package


def with_parts(kind: ResourceType, values: Json) -> Json:
    """An id that is made of one input (`{scriptName}`) names that input too."""
    name = kind.id.removeprefix("{").removesuffix("}")
    return values if name == "id" or name in values else {**values, name: values["id"]}


def inputs_of(kind: ResourceType, told: Json, values: Json) -> Json:
    """What `pulumi import` writes down: the settable properties, as they are."""
    arguments = _sdk(f"{kind.name}Args")
    settable = [camel(name) for name in list(inspect.signature(arguments.__init__).parameters)[1:]]
    known = {**told, **{k: v for k, v in with_parts(kind, values).items() if k != "id"}}
    return {name: known[name] for name in settable if known.get(name) is not None}


def with_defaults_named(kind: ResourceType, inputs: Json) -> Json:
    """Imported inputs, with the names of those that the cloud fills in where nobody sets them: a program that leaves them
    out has not changed them. So the official provider's bridge writes its `__defaults`."""
    named: Json = {
        name: value if is_free(name) else _named(value, free=has_free_keys(name))
        for name, value in inputs.items()
    }
    unset = [name for name, value in inputs.items() if value == [] or _filled_in(kind, name)]
    return {**named, DEFAULTS: unset}


def _named(value: Any, *, free: bool = False) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    inner: Json = {
        key: item if is_free(key) else _named(item, free=has_free_keys(key))
        for key, item in cast("Json", value).items()
    }
    return inner if free else {**inner, DEFAULTS: sorted(inner)}


def _filled_in(kind: ResourceType, name: str) -> bool:
    """The SDK says of each output whether it may be absent; one that never is has a value also when nobody sets it."""
    for member in cast("dict[str, object]", vars(_sdk(kind.name))).values():
        read = member.fget if isinstance(member, property) else None
        if read is not None and camel(read.__name__) == name:
            (output,) = typing.get_args(inspect.get_annotations(read)["return"])
            return type(None) not in typing.get_args(output)
    return False


def _sdk(name: str) -> Any:
    lazy_package.install("pulumi_cloudflare")
    import pulumi_cloudflare  # noqa: PLC0415 (only an import needs the types)

    return getattr(pulumi_cloudflare, name)
