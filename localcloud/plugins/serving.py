"""What every plugin process does alike: serve gRPC on loopback, tell the port on standard output, end when the engine goes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc

_MESSAGE_BYTES: Final = 400 << 20
_WATCH_SECONDS: Final = 0.5
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
)


def serve(
    register: Callable[[grpc.Server], None],
    *,
    workers: int,
    at_end: Callable[[], None] = lambda: None,
) -> None:
    """Serves until the engine, which is the parent process, is gone or says so; `at_end` ends what was started."""
    ended = threading.Event()

    # An interrupt is how the engine says that it is done with a plugin, which it keeps in a process group of its own.
    def end(_signal: int, _frame: object) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server = grpc.server(ThreadPoolExecutor(max_workers=workers), options=_OPTIONS)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while not ended.wait(_WATCH_SECONDS):
        if os.getppid() != parent:
            break
    at_end()
    server.stop(grace=None)
    # Threads that wait for an answer of the cloud do not hold the process up.
    os._exit(0)
