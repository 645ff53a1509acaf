"""A provider as the engine sees it: a gRPC server on loopback, asked with the engine's own messages."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

Json = dict[str, Any]
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
DIFF: Final = provider_pb2.DiffResponse


def secret(value: object) -> Json:
    """A value as the engine marks it secret."""
    return {**SECRET, "value": value}


def plain(value: Any) -> Any:
    """Without the marks."""
    if isinstance(value, list):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    if SECRET.items() <= value.items():  # pyright: ignore[reportUnknownArgumentType]
        return plain(value["value"])
    return {key: plain(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True)
class Made:
    """`marked` are the properties with the marks of what is secret."""

    id: str
    marked: Json
    inputs: Json

    @property
    def properties(self) -> Json:
        values: Json = plain(self.marked)
        return values


class Asked:
    """Methods are the engine's questions; `token` is a resource type as `package:module/file:Name`."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)

    def configure(self, arguments: Json | None = None) -> Any:
        request = provider_pb2.ConfigureRequest(
            args=_struct(arguments or {}), acceptSecrets=True, acceptResources=True
        )
        return self.stub.Configure(request)

    def check(self, token: str, inputs: Json) -> tuple[Json, list[str]]:
        answer = self.stub.Check(
            provider_pb2.CheckRequest(urn=urn(token), news=_struct(inputs), olds=_struct({}))
        )
        return _values(answer.inputs), [failure.reason for failure in answer.failures]

    def create(self, token: str, inputs: Json, *, preview: bool = False) -> Made:
        request = provider_pb2.CreateRequest(
            urn=urn(token), properties=_struct(inputs), preview=preview
        )
        answer = self.stub.Create(request)
        return Made(answer.id, _values(answer.properties), inputs)

    def read(self, token: str, id: str, *, inputs: Json | None = None, state: Json | None = None) -> Made:  # fmt: skip
        request = provider_pb2.ReadRequest(
            id=id, urn=urn(token), inputs=_struct(inputs or {}), properties=_struct(state or {})
        )
        answer = self.stub.Read(request)
        return Made(answer.id, _values(answer.properties), _values(answer.inputs))

    def refresh(self, token: str, made: Made) -> Made:
        return self.read(token, made.id, inputs=made.inputs, state=made.properties)

    def diff(self, token: str, made: Made, news: Json, ignore: Sequence[str] = ()) -> Any:
        request = provider_pb2.DiffRequest(
            id=made.id,
            urn=urn(token),
            olds=_struct(made.properties),
            old_inputs=_struct(made.inputs),
            news=_struct(news),
            ignoreChanges=ignore,
        )
        return self.stub.Diff(request)

    def update(self, token: str, made: Made, news: Json, *, preview: bool = False) -> Made:
        request = provider_pb2.UpdateRequest(
            id=made.id,
            urn=urn(token),
            olds=_struct(made.properties),
            old_inputs=_struct(made.inputs),
            news=_struct(news),
            preview=preview,
        )
        return Made(made.id, _values(self.stub.Update(request).properties), news)

    def delete(self, token: str, made: Made) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=made.id,
                urn=urn(token),
                properties=_struct(made.properties),
                old_inputs=_struct(made.inputs),
            )
        )

    def invoke(self, token: str, arguments: Json) -> Json:
        request = provider_pb2.InvokeRequest(tok=token, args=_struct(arguments))
        return _values(getattr(self.stub.Invoke(request), "return"))


def urn(token: str) -> str:
    return f"urn:pulumi:staging::pitchey::{token}::it"


@contextmanager
def asked(provider: provider_pb2_grpc.ResourceProviderServicer) -> Generator[Asked]:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Asked(channel)
    finally:
        server.stop(None).wait(5)


def replaced(difference: Any) -> list[str]:
    """What forces a replacement."""
    return sorted(difference.replaces)


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def _values(struct: Any) -> Json:
    values: Json = json_format.MessageToDict(struct)
    return values
