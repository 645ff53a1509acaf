"""What the calls about one resource have in common: the body, the headers, the answer, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from localcloud.plugins.cloudflare.api import Api, ApiError, UnreachableError
from localcloud.plugins.cloudflare.paths import fill_path
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType


def body_of(kind: ResourceType, inputs: Json) -> Any:
    return kind.body({key: value for key, value in inputs.items() if key not in kind.not_sent})


def headers_of(values: Json, names: Mapping[str, str]) -> dict[str, str]:
    return {
        header: str(values[name]) for name, header in names.items() if values.get(name) is not None
    }


def read(api: Api, kind: ResourceType, values: Json) -> Json:
    """The resource as the cloud has it, as properties."""
    result = api.call(
        "GET",
        fill_path(kind.read, values),
        query=kind.read_query,
        headers=headers_of(values, kind.header_inputs),
    )
    return kind.result(kind.pick(result))


def update(api: Api, kind: ResourceType, id: str, inputs: Json) -> Json:
    """The resource as it is then, as properties."""
    assert kind.update is not None
    method, template = kind.update
    values = {**inputs, "id": id}
    result = api.call(
        method,
        fill_path(template, values),
        body_of(kind, inputs),
        headers=headers_of(inputs, {**kind.header_inputs, **kind.update_headers}),
    )
    return read(api, kind, values) if kind.answers_bare else kind.result(kind.pick(result))


@contextmanager
def told_by(context: Any) -> Generator[None]:
    """What went wrong as one line; the engine says of which resource."""
    try:
        yield
    except (ApiError, UnreachableError, OSError, ValueError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, " ".join(str(error).split()))
    except KeyError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the input {error} is missing")
