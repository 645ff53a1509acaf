"""Who holds a port, in words that a user can act on."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import psutil

from localcloud.daemon.home import FOLDER, Home
from localcloud.daemon.record import CONTROL, home_of


def port_taken(port: int, home: Home, first: int) -> str:
    """The line for a port of the three from `first` that somebody else listens on."""
    other = first + 100 if first < 60_000 else first - 100
    return (
        f"port {port} is taken by {_holder(port, home)}; "
        f"choose others with `pitchey local up --port {other}`, or stop what holds it"
    )


def _holder(port: int, home: Home) -> str:
    process = listener(port)
    if process is None:
        return "a program of another user, or a connection that is about to end"
    served = home_of(process)
    if served is not None and served != str(home.folder):
        folder = served.removesuffix(f"/{FOLDER}")
        gone = "" if Path(served).exists() else ", which is gone"
        return f"the local cloud of {folder}{gone} (process {process.pid})"
    try:
        return f"{process.name()} (process {process.pid})"
    except psutil.Error:
        return f"process {process.pid}"


def listener(port: int) -> psutil.Process | None:
    """The process that listens there, as far as the system lets itself be asked."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return _among_own(port)
    for connection in connections:
        if _listens(connection.status, connection.laddr, port):
            return _process(connection.pid)
    return None


def answers(port: int, seconds: float) -> bool:
    """Whether an HTTP server there says anything at all within that time."""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.sendall(
                f"GET {CONTROL}/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
            )
            return connection.recv(4) == b"HTTP"
    except OSError:
        return False


def _among_own(port: int) -> psutil.Process | None:
    """macOS tells of other processes' sockets to the superuser only."""
    for process in psutil.process_iter():
        try:
            connections = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(_listens(c.status, c.laddr, port) for c in connections):
            return process
    return None


def _listens(status: str, address: Sequence[object], port: int) -> bool:
    return status == psutil.CONN_LISTEN and len(address) == 2 and address[1] == port


def _process(pid: int | None) -> psutil.Process | None:
    try:
        return None if pid is None else psutil.Process(pid)
    except psutil.Error:
        return None
