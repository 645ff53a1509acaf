"""The ResourceProvider service over the draws: every change of an input draws anew."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins import messages
from localcloud.plugins.provider import StandInProvider, difference, type_of
from localcloud.plugins.random.draws import DRAWS

_ID: Final = "none"
"""What the official provider gives as the id of something secret."""


class RandomProvider(StandInProvider):
    package = "random"
    version = "4.21.4"

    def Check(self, request: Any, context: Any) -> Any:
        if type_of(request.urn) not in DRAWS:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"{type_of(request.urn)} is not served by the stand-in provider; install the official plugin",
            )
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: object) -> Any:
        del context
        old, new = messages.read(request.old_inputs), messages.read(request.news)
        names = dict.fromkeys([*old, *new])
        changed = [n for n in names if not n.startswith("__") and old.get(n) != new.get(n)]
        return difference(changed, changed, old)

    def Create(self, request: Any, context: Any) -> Any:
        inputs = messages.read(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        try:
            drawn = DRAWS[type_of(request.urn)](inputs)
        except (KeyError, ValueError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise
        return provider_pb2.CreateResponse(id=_ID, properties=messages.write({**inputs, **drawn}))

    def Read(self, request: Any, context: object) -> Any:
        """What was drawn is in the state and nowhere else."""
        del context
        return provider_pb2.ReadResponse(
            id=request.id, inputs=request.inputs, properties=request.properties
        )

    def Update(self, request: Any, context: object) -> Any:
        del context
        old, new = messages.read(request.olds), messages.read(request.news)
        return provider_pb2.UpdateResponse(properties=messages.write({**old, **new}))

    def Delete(self, request: object, context: object) -> Any:
        del request, context
        return empty_pb2.Empty()
