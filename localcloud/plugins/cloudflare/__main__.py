"""The executable."""

from __future__ import annotations

import os

from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugins.cloudflare.provider import CloudflareProvider
from localcloud.plugins.serving import serve

serve(
    lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        CloudflareProvider(os.environ), server
    ),
    workers=16,
)
