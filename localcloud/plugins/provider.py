"""What every stand-in provider answers alike."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.plugins import messages


class StandInProvider(provider_pb2_grpc.ResourceProviderServicer):
    """A provider that takes secrets as plain values (the engine marks outputs that were secret as inputs) and answers previews
    with what is known."""

    package = ""
    version = ""

    def Handshake(self, request: object, context: object) -> Any:
        del request, context
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False, accept_resources=False, accept_outputs=False
        )

    def GetPluginInfo(self, request: object, context: object) -> Any:
        del request, context
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: object, context: object) -> Any:
        """Names and version only: the SDK that a program is written with has the types."""
        del request, context
        schema: messages.Json = {"name": self.package, "version": self.version, "resources": {}}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, context: object) -> Any:
        del context
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: object, context: object) -> Any:
        del request, context
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: object, context: object) -> Any:
        del request, context
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    def Cancel(self, request: object, context: object) -> Any:
        del request, context
        return empty_pb2.Empty()

    def Attach(self, request: object, context: object) -> Any:
        del request, context
        return empty_pb2.Empty()


def not_served(token: str, package: str) -> str:
    return (
        f"{token} is not served by the stand-in for the {package} provider; install the official plugin: "
        f"pulumi plugin install resource {package}"
    )


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def difference(paths: list[str], replacing: list[str], old: messages.Json) -> Any:
    """A diff of the given paths; those whose first part is in `replacing` force a replacement."""
    if not paths:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    kinds = provider_pb2.PropertyDiff
    detailed: dict[str, Any] = {}
    for path in paths:
        head = path.replace("[", ".").split(".")[0]
        add = old.get(head) is None
        if head in replacing:
            kind = kinds.ADD_REPLACE if add else kinds.UPDATE_REPLACE
        else:
            kind = kinds.ADD if add else kinds.UPDATE
        detailed[path] = provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
    heads = list(dict.fromkeys(path.replace("[", ".").split(".")[0] for path in paths))
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=heads,
        replaces=[head for head in heads if head in replacing],
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
