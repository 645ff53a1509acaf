"""A resource that the state does not know yet: its inputs, from what the cloud tells."""

from __future__ import annotations

import inspect

from localcloud.plugins.cloudflare.names import camel
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType
from localcloud.plugins.language import lazy_package


def with_parts(kind: ResourceType, values: Json) -> Json:
    """An id that is made of one input (`{scriptName}`) names that input too."""
    name = kind.id.removeprefix("{").removesuffix("}")
    return values if name == "id" or name in values else {**values, name: values["id"]}


def inputs_of(kind: ResourceType, told: Json, values: Json) -> Json:
    """What `pulumi import` writes down: the settable properties, as they are."""
    lazy_package.install("pulumi_cloudflare")
    import pulumi_cloudflare  # noqa: PLC0415 (only an import needs the types)

    arguments = getattr(pulumi_cloudflare, f"{kind.name}Args")
    settable = [camel(name) for name in list(inspect.signature(arguments.__init__).parameters)[1:]]
    known = {**told, **{k: v for k, v in with_parts(kind, values).items() if k != "id"}}
    return {name: known[name] for name in settable if known.get(name) is not None}
