"""The executable."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugins.random.provider import RandomProvider
from localcloud.plugins.serving import serve

serve(
    lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        RandomProvider(), server
    ),
    workers=4,
)
