"""The ResourceProvider service: check, diff, create, read, update, delete and invoke, driven by the table of types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins import messages
from localcloud.plugins.cloudflare import imports, invokes
from localcloud.plugins.cloudflare.api import DEFAULT_BASE, Api, ApiError, client_for
from localcloud.plugins.cloudflare.calls import headers_of, read, told_by, update
from localcloud.plugins.cloudflare.creating import create
from localcloud.plugins.cloudflare.paths import fill_id, fill_path, parse_import_id
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType
from localcloud.plugins.cloudflare.standing import Standing
from localcloud.plugins.cloudflare.state import (
    changed_paths,
    head,
    is_within,
    outputs,
    refreshed_inputs,
    without_order,
)
from localcloud.plugins.cloudflare.types import TYPES
from localcloud.plugins.provider import StandInProvider, difference, not_served, type_of

VERSION: Final = "6.23.1"


class CloudflareProvider(StandInProvider):
    """Token and base URL come from the provider's configuration, else from the environment that the engine gives it."""

    package = "cloudflare"
    version = VERSION

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._api: Api | None = None
        self._standing = Standing()

    def Configure(self, request: Any, context: Any) -> Any:
        settings = messages.read(request.args)
        credentials = self._credentials(settings)
        if credentials is None:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                "no API token: set CLOUDFLARE_API_TOKEN or the configuration value cloudflare:apiToken",
            )
        assert credentials is not None
        self.close()
        self._standing = Standing()
        base = (self._setting(settings, "baseUrl", "CLOUDFLARE_BASE_URL") or DEFAULT_BASE).rstrip(
            "/"
        )
        self._api = Api(base, credentials, client_for(base))
        return super().Configure(request, context)

    def _credentials(self, settings: Json) -> dict[str, str] | None:
        """A token, else the older pair of key and e-mail; as headers."""
        if token := self._setting(settings, "apiToken", "CLOUDFLARE_API_TOKEN"):
            return {"authorization": f"Bearer {token}"}
        key = self._setting(settings, "apiKey", "CLOUDFLARE_API_KEY")
        email = self._setting(settings, "email", "CLOUDFLARE_EMAIL")
        return {"x-auth-key": key, "x-auth-email": email} if key and email else None

    def _setting(self, settings: Json, name: str, variable: str) -> str:
        return str(settings.get(name) or self._environment.get(variable) or "")

    def close(self) -> None:
        """Lets go of the connections to the API."""
        if self._api is not None:
            self._api.client.close()

    def Check(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.news)
        failures = [
            provider_pb2.CheckFailure(property=name, reason=f"Missing required property {name!r}")
            for name in kind.required
            if inputs.get(name) is None
        ]
        try:
            prepared = kind.prepared(inputs)
        except ValueError as error:
            failures.append(provider_pb2.CheckFailure(reason=str(error)))
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)
        # What the engine marked secret keeps its marks.
        checked = request.news if prepared == inputs else messages.write(prepared)
        return provider_pb2.CheckResponse(inputs=checked, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        old = without_order(kind, messages.read(request.old_inputs))
        new = without_order(kind, messages.read(request.news))
        paths = [
            path
            for path in changed_paths(old, new)
            if not any(is_within(path, ignored) for ignored in request.ignoreChanges)
        ]
        heads = {head(path) for path in paths}
        replacing = heads if kind.update is None else heads & kind.replaces
        return difference(paths, sorted(replacing), old)

    def Create(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=_shown(kind, inputs))
        with told_by(context):
            told = create(self._connected(context), self._standing, kind, inputs)
            return provider_pb2.CreateResponse(
                id=fill_id(kind.id, {**inputs, **told}),
                properties=_shown(kind, outputs(kind, inputs, told)),
            )

    def Read(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.inputs)
        state = messages.read(request.properties)
        values = {**state, **inputs, "id": request.id}
        named = parse_import_id(kind.import_id, request.id)
        if named is not None and "/" in request.id:
            values |= named
        elif named is None and not values.keys() & {"accountId", "zoneId", "account"}:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"{request.id!r} names no {kind.name}: its id for an import is {kind.import_id}",
            )
        with told_by(context):
            try:
                told = read(self._connected(context), kind, imports.with_parts(kind, values))
            except ApiError as error:
                if error.is_gone:
                    return provider_pb2.ReadResponse()
                raise
            if inputs:
                now = written = refreshed_inputs(kind, inputs, told)
                kept = dict(now)
            else:
                now = imports.inputs_of(kind, told, values)
                written = imports.with_defaults_named(kind, now)
                kept = {**imports.with_parts(kind, values), **now}
            kept.pop("id", None)
            return provider_pb2.ReadResponse(
                id=fill_id(kind.id, {**imports.with_parts(kind, values), **told}),
                inputs=messages.write(written),
                properties=_shown(kind, outputs(kind, kept, told)),
            )

    def Update(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        inputs = messages.read(request.news)
        if request.preview or kind.update is None:
            old = messages.read(request.olds)
            return provider_pb2.UpdateResponse(properties=_shown(kind, {**old, **inputs}))
        with told_by(context):
            told = update(self._connected(context), kind, request.id, inputs)
            return provider_pb2.UpdateResponse(properties=_shown(kind, outputs(kind, inputs, told)))

    def Delete(self, request: Any, context: Any) -> Any:
        kind = _kind(request.urn, context)
        if kind.delete is not None:
            values = {**messages.read(request.properties), "id": request.id}
            method, template = kind.delete
            with told_by(context):
                try:
                    self._connected(context).call(
                        method,
                        fill_path(template, values),
                        kind.delete_body,
                        headers=headers_of(values, kind.header_inputs),
                    )
                except ApiError as error:
                    if not error.is_gone:
                        raise
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        invoke = invokes.INVOKES.get(request.tok)
        if invoke is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, not_served(request.tok, self.package))
        assert invoke is not None
        with told_by(context):
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
        context.abort(grpc.StatusCode.UNIMPLEMENTED, not_served(token, "cloudflare"))
    return TYPES[token]


def _shown(kind: ResourceType, values: Json) -> Any:
    return messages.write(messages.with_secrets(values, kind.secrets))
