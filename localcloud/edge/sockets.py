"""Listening sockets that the daemon keeps and its workerd processes accept from.

They outlive each process: while one is started again, connections wait in the queue instead of being refused.
"""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Final

from localcloud.edge.errors import PortTakenError

_BACKLOG: Final = 1024


def listen_tcp(port: int) -> socket.socket:
    """On 127.0.0.1; port 0 takes any free one. Raises `PortTakenError`."""
    listener = hold_tcp(port)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def hold_tcp(port: int) -> socket.socket:
    """A port on 127.0.0.1 that nobody listens on: connections to it are refused. Raises `PortTakenError`."""
    # With the protocol named: asyncio sets TCP_NODELAY on no other.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTakenError(port) from error
        raise
    return listener


def listen_unix(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def close_unix(listener: socket.socket, path: Path) -> None:
    listener.close()
    path.unlink(missing_ok=True)


def refuse_waiting(listener: socket.socket) -> None:
    """Closes every connection that waits, so that whoever asked is told at once."""
    for _ in range(_BACKLOG):
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.close()
