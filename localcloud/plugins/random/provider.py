"""The ResourceProvider service over the draws: every change of an input draws anew."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins import messages
from localcloud.plugins.provider import StandInProvider, difference, not_served, type_of
from localcloud.plugins.random.draws import DRAWS, Draw, is_known

_NO_ID: Final = "none"
"""What the official provider gives as the id of something secret."""


class RandomProvider(StandInProvider):
    """Does not hash: `RandomPassword.bcryptHash` is absent."""

    package = "random"
    version = "4.21.4"

    def Check(self, request: Any, context: Any) -> Any:
        draw = _draw(request.urn, context)
        inputs = messages.read(request.news)
        failures = [
            provider_pb2.CheckFailure(property=name, reason=f"Missing required property {name!r}")
            for name in draw.required
            if inputs.get(name) is None
        ]
        if not failures and is_known(inputs):
            try:
                draw.check(inputs)
            except ValueError as error:
                failures.append(provider_pb2.CheckFailure(reason=str(error)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: object) -> Any:
        del context
        old, new = messages.read(request.old_inputs), messages.read(request.news)
        names = dict.fromkeys([*old, *new])
        changed = [
            name
            for name in names
            if not name.startswith("__")
            if old.get(name) != new.get(name)
            if name not in request.ignoreChanges
        ]
        return difference(changed, changed, old)

    def Create(self, request: Any, context: Any) -> Any:
        draw = _draw(request.urn, context)
        inputs = messages.read(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        try:
            draw.check(inputs)
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        drawn = draw.draw(inputs)
        return provider_pb2.CreateResponse(
            id=_NO_ID if draw.id is None else str(drawn[draw.id]),
            properties=_shown(draw, {**inputs, **drawn}),
        )

    def Read(self, request: Any, context: Any) -> Any:
        """What was drawn is in the state and nowhere else."""
        draw = _draw(request.urn, context)
        state = messages.read(request.properties)
        if not state:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{type_of(request.urn)} cannot be imported by the stand-in for the random provider; "
                "install the official plugin: pulumi plugin install resource random",
            )
        return provider_pb2.ReadResponse(
            id=request.id, inputs=request.inputs, properties=_shown(draw, state)
        )

    def Update(self, request: Any, context: Any) -> Any:
        draw = _draw(request.urn, context)
        old, new = messages.read(request.olds), messages.read(request.news)
        return provider_pb2.UpdateResponse(properties=_shown(draw, {**old, **new}))

    def Delete(self, request: object, context: object) -> Any:
        del request, context
        return empty_pb2.Empty()


def _draw(urn: str, context: Any) -> Draw:
    token = type_of(urn)
    if token not in DRAWS:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, not_served(token, "random"))
    return DRAWS[token]


def _shown(draw: Draw, values: messages.Json) -> Any:
    return messages.write(messages.with_secrets(values, draw.secrets))
