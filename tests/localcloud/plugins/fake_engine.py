"""What a program speaks to while it runs: a resource monitor that takes everything, and an engine that keeps what it is told."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

Json = dict[str, Any]


@dataclass
class Engine(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """`said` are the diagnostics (severity, text); `registered` the resources with their inputs; `outputs` the stack's."""

    said: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    registered: list[tuple[str, str, Json]] = field(default_factory=list[tuple[str, str, Json]])
    outputs: Json = field(default_factory=dict[str, Any])
    address: str = ""

    @property
    def errors(self) -> list[str]:
        return [text for severity, text in self.said if severity == "ERROR"]

    def SupportsFeature(self, request: Any, context: object) -> Any:  # noqa: N802
        del context
        supported = request.id in {"secrets", "resourceReferences", "outputValues"}
        return resource_pb2.SupportsFeatureResponse(hasSupport=supported)

    def RegisterResource(self, request: Any, context: object) -> Any:  # noqa: N802
        del context
        inputs: Json = json_format.MessageToDict(request.object)
        self.registered.append((request.type, request.name, inputs))
        urn = f"urn:pulumi:staging::pitchey::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id="1", object=request.object)

    def RegisterResourceOutputs(self, request: Any, context: object) -> Any:  # noqa: N802
        del context
        self.outputs = json_format.MessageToDict(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: object, context: object) -> Any:  # noqa: N802
        del request, context
        return empty_pb2.Empty()

    def Log(self, request: Any, context: object) -> Any:  # noqa: N802
        del context
        self.said.append((engine_pb2.LogSeverity.Name(request.severity), request.message))
        return empty_pb2.Empty()

    def GetRootResource(self, request: object, context: object) -> Any:  # noqa: N802
        del request, context
        return engine_pb2.GetRootResourceResponse(urn="")

    def SetRootResource(self, request: object, context: object) -> Any:  # noqa: N802
        del request, context
        return engine_pb2.SetRootResourceResponse()


@contextmanager
def running() -> Generator[Engine]:
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, server)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    engine.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield engine
    finally:
        server.stop(None).wait(5)
