"""The ResourceProvider service: check, diff, create, read, update, delete and invoke, driven by the table of types."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins import messages
from localcloud.plugins.cloudflare import imports, invokes
from localcloud.plugins.cloudflare.api import DEFAULT_BASE, Api, ApiError, UnreachableError
from localcloud.plugins.cloudflare.paths import fill_id, fill_path, parse_import_id
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType
from localcloud.plugins.cloudflare.state import changed_paths, outputs, refreshed_inputs
from localcloud.plugins.cloudflare.types import TYPES
from localcloud.plugins.provider import StandInProvider, difference, type_of

VERSION: Final = "6.23.1"


class CloudflareProvider(StandInProvider):
    """Token and base URL come from the provider's configuration, else from the environment that the engine gives it."""

    package = "cloudflare"
    version = VERSION

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._api: Api | None = None

    def Configure(self, request: Any, context: Any) -> Any:
        given = messages.read(request.args)
        base = given.get("baseUrl") or self._environment.get("CLOUDFLARE_BASE_URL") or DEFAULT_BASE
        token = given.get("apiToken") or self._environment.get("CLOUDFLARE_API_TOKEN")
        if not token:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                "no API token: set CLOUDFLARE_API_TOKEN or the configuration value cloudflare:apiToken",
            )
        self._api = Api(str(base).rstrip("/"), str(token))
        return super().Configure(request, context)

    def Check(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.news)
        missing = [name for name in kind.required if inputs.get(name) is None]
        failures = [
            provider_pb2.CheckFailure(property=name, reason=f"Missing required property {name!r}")
            for name in missing
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        old, new = messages.read(request.old_inputs), messages.read(request.news)
        for path in request.ignoreChanges:
            head = path.split(".")[0].split("[")[0]
            if head in old:
                new[head] = old[head]
        paths = changed_paths(old, new)
        heads = {path.replace("[", ".").split(".")[0] for path in paths}
        replacing = heads if kind.update is None else heads & kind.replaces
        return difference(paths, sorted(replacing), old)

    def Create(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        with _told_by(context):
            method, template = kind.create
            api = self._connected(context)
            result = api.call(
                method,
                fill_path(template, inputs),
                _body(kind, inputs),
                query=kind.create_query(inputs),
                headers=_headers(kind, inputs),
                made_already=lambda: _find(api, kind, inputs),
            )
            told = kind.result(kind.pick(result))
            id = fill_id(kind.id, {**inputs, **told})
            return provider_pb2.CreateResponse(
                id=id, properties=messages.write(outputs(kind, inputs, told))
            )

    def Read(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.inputs)
        values = {**messages.read(request.properties), **inputs, "id": request.id}
        named = parse_import_id(kind.import_id, request.id)
        if named is not None and "/" in request.id:
            values |= named
        with _told_by(context):
            try:
                result = self._connected(context).call(
                    "GET",
                    fill_path(kind.read, imports.with_parts(kind, values)),
                    query=kind.read_query,
                    headers=_headers(kind, values),
                )
            except ApiError as error:
                if error.status == 404:
                    return provider_pb2.ReadResponse()
                raise
            told = kind.result(kind.pick(result))
            if inputs:
                now = refreshed_inputs(kind, inputs, told)
            else:
                now = imports.inputs_of(kind, told, values)
            kept = now if inputs else {**imports.with_parts(kind, values), **now}
            kept.pop("id", None)
            id = fill_id(kind.id, {**imports.with_parts(kind, values), **told})
            written = now if inputs else imports.with_defaults_named(kind, now)
            return provider_pb2.ReadResponse(
                id=id,
                inputs=messages.write(written),
                properties=messages.write(outputs(kind, kept, told)),
            )

    def Update(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.news)
        if request.preview or kind.update is None:
            old = messages.read(request.olds)
            return provider_pb2.UpdateResponse(properties=messages.write({**old, **inputs}))
        with _told_by(context):
            method, template = kind.update
            result = self._connected(context).call(
                method,
                fill_path(template, {**inputs, "id": request.id}),
                _body(kind, inputs),
                headers=_headers(kind, inputs),
            )
            told = kind.result(kind.pick(result))
            return provider_pb2.UpdateResponse(
                properties=messages.write(outputs(kind, inputs, told))
            )

    def Delete(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        if kind.delete is not None:
            values = {**messages.read(request.properties), "id": request.id}
            method, template = kind.delete
            with _told_by(context):
                try:
                    self._connected(context).call(
                        method,
                        fill_path(template, values),
                        kind.delete_body,
                        headers=_headers(kind, values),
                    )
                except ApiError as error:
                    if error.status != 404:
                        raise
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        invoke = invokes.INVOKES.get(request.tok)
        if invoke is None:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{request.tok} is not served by the stand-in provider; install the official plugin",
            )
        with _told_by(context):
            found = invoke(self._connected(context), messages.read(request.args))
            return provider_pb2.InvokeResponse(**{"return": messages.write(found)})

    def _connected(self, context: Any) -> Api:
        if self._api is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider is not configured")
        assert self._api is not None
        return self._api


def _kind(urn: str, context: Any) -> ResourceType:
    token = type_of(urn)
    if token not in TYPES:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            f"{token} is not served by the stand-in provider; install the official plugin",
        )
    return TYPES[token]


def _body(kind: ResourceType, inputs: Json) -> Any:
    return kind.body({key: value for key, value in inputs.items() if key not in kind.not_sent})


def _headers(kind: ResourceType, inputs: Json) -> dict[str, str]:
    return {
        header: str(inputs[name])
        for name, header in kind.header_inputs.items()
        if inputs.get(name) is not None
    }


def _find(api: Api, kind: ResourceType, inputs: Json) -> Json | None:
    if kind.find is None:
        return None
    path, items, matches = kind.find
    for row in api.pages(fill_path(path, inputs), *items):
        if matches(inputs, row):
            return row
    return None


@contextmanager
def _told_by(context: Any) -> Generator[None]:
    """What went wrong as one line; the engine says of which resource."""
    try:
        yield
    except (ApiError, UnreachableError, OSError, ValueError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except KeyError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{error} is not known")
