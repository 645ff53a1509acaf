"""The executable: its last argument that is no flag is the engine's address."""

from __future__ import annotations

import sys

from pulumi.runtime.proto import language_pb2_grpc

from localcloud.plugins.language.host import LanguageHost
from localcloud.plugins.serving import serve

address = next((word for word in reversed(sys.argv[1:]) if not word.startswith("-")), "")
host = LanguageHost(address)
serve(
    lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
    workers=8,
    at_end=host.end_children,
)
