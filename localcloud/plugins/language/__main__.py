"""The executable: its last argument that is no flag is the engine's address."""

from __future__ import annotations

import sys

from localcloud.plugins import light_pulumi

# Before anything else imports it whole.
light_pulumi.install()

from pulumi.runtime.proto import language_pb2_grpc  # noqa: E402

from localcloud.plugins.language.host import LanguageHost  # noqa: E402
from localcloud.plugins.serving import serve  # noqa: E402

address = next((word for word in reversed(sys.argv[1:]) if not word.startswith("-")), "")
host = LanguageHost(address)
serve(
    lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
    workers=8,
    at_end=host.end_children,
)
