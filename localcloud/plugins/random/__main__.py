"""The executable."""

from __future__ import annotations

from localcloud.plugins import light_pulumi

# Before anything else imports it whole.
light_pulumi.install()

from pulumi.runtime.proto import provider_pb2_grpc  # noqa: E402

from localcloud.plugins.random.provider import RandomProvider  # noqa: E402
from localcloud.plugins.serving import serve  # noqa: E402

serve(
    lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        RandomProvider(), server
    ),
    workers=4,
)
