"""The HTTPS port: TLS ends here, and what was inside goes on to the front's socket that means HTTPS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Final

from localcloud.edge.certificates import Certificates
from localcloud.edge.model import ZoneTraffic

_READ: Final = 64 << 10
_HANDSHAKE_SECONDS: Final = 20.0


class TlsListener:
    def __init__(self, certificates: Certificates, front: Path) -> None:
        self._certificates = certificates
        self._front = front
        self._zones: tuple[ZoneTraffic, ...] = ()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_server(
            self._serve,
            sock=listener,
            ssl=self._certificates.listening_context(self._minimum),
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            limit=_READ,
        )

    def obey(self, zones: tuple[ZoneTraffic, ...]) -> None:
        """From the next handshake on."""
        self._zones = zones

    def _minimum(self, host: str) -> ssl.TLSVersion:
        # Older ones than 1.2 are refused for every zone: what TLS is made of here does not speak them.
        bare = host.removesuffix(".localhost")
        for zone in self._zones:
            if (bare == zone.name or bare.endswith("." + zone.name)) and (
                zone.min_tls_version == "1.3"
            ):
                return ssl.TLSVersion.TLSv1_3
        return ssl.TLSVersion.TLSv1_2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            onward_reader, onward_writer = await asyncio.open_unix_connection(
                str(self._front), limit=_READ
            )
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pipe(reader, onward_writer))
                both.create_task(_pipe(onward_reader, writer))
        except* (OSError, ssl.SSLError):
            # Either side is gone; the other one learns it from its closed connection.
            pass
        finally:
            onward_writer.close()
            writer.close()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_READ):
        writer.write(data)
        await writer.drain()
    writer.close()
