"""Links: connections to the origin, logged in and ready."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from localcloud.data.hyperdrive import frames, scram
from localcloud.data.hyperdrive.channel import Channel, GoneError
from localcloud.data.hyperdrive.config import Origin

IDLE: Final = b"I"
_OK, _CLEAR, _MD5, _SASL, _CHALLENGE, _LAST = 0, 3, 5, 10, 11, 12


class OriginError(Exception):
    """No link. `message` is the frame of kind E that a client gets: the origin's own where it has sent one."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        super().__init__(frames.error_fields(message).get("M", ""))

    @staticmethod
    def of(text: str, code: str = "58000") -> OriginError:
        return OriginError(frames.error(code, text, "FATAL"))


class Link:
    """`status` is the origin's: I outside of a transaction, T in one, E in a failed one. `busy` while an answer is awaited."""

    def __init__(self, origin: Origin, channel: Channel) -> None:
        self.origin = origin
        self.channel = channel
        self.status = IDLE
        self.busy = False
        self.parameters: dict[str, str] = {}
        self.names: dict[bytes, bytes] = {}
        """Statements that are prepared here, the longest unused first: text and types → name."""
        self.unnamed: bytes | None = None
        """What the statement without a name is."""
        self.skipping = False
        """After an error the origin ignores everything until the next Sync."""
        self.unsynced = False
        """Between a Flush and a Sync, the origin waits for more."""
        self.reset: str | None = None
        """What makes the session like new before another client gets it."""
        self.idle_since = 0.0
        self._key = b""
        self._named = 0

    @property
    def alive(self) -> bool:
        return not self.channel.closed

    def next_name(self) -> bytes:
        self._named += 1
        return b"_hyperdrive_%d" % self._named

    def changed(self, reset: str) -> None:
        """Notes that the session is no longer as it was; the stronger remedy stays."""
        if self.reset != DISCARD:
            self.reset = reset

    async def execute(self, sql: str) -> list[bytes]:
        """Rows (frames of kind D) of a simple query. Raises `GoneError`, `OriginError`."""
        self.busy = True
        self.channel.write(frames.query(sql))
        rows: list[bytes] = []
        failure: bytes | None = None
        while self.busy:
            for message in await self.channel.read_all():
                if message[:1] == b"D":
                    rows.append(message)
                elif message[:1] == b"E":
                    failure = message
                elif message[:1] == b"Z":
                    self.status, self.busy = message[5:6], False
        if failure is not None:
            raise OriginError(failure)
        return rows

    async def renew(self) -> None:
        """Ends a transaction that was left open and forgets what the last client set. Raises `GoneError`, `OriginError`."""
        if self.status != IDLE:
            await self.execute("ROLLBACK")
        if self.reset is None:
            return
        if self.reset == DISCARD:
            self.names.clear()
            self.unnamed = None
        await self.execute(self.reset)
        self.reset = None

    async def cancel(self) -> None:
        """Asks the origin to give up what it is doing for this link."""
        try:
            channel = await _open(self.origin)
        except OriginError:
            return
        channel.write(frames.cancel(self._key))
        try:
            await channel.read_byte()
        except GoneError:
            pass
        finally:
            channel.close()

    def close(self) -> None:
        if self.alive:
            self.channel.write(frames.frame(b"X"))
        self.channel.close()

    async def log_in(self) -> None:
        """Raises `OriginError`, `GoneError`, `WireError`."""
        self.channel.write(
            frames.startup(
                {
                    "user": self.origin.user,
                    "database": self.origin.database,
                    "client_encoding": "UTF8",
                    "application_name": "Cloudflare Hyperdrive",
                }
            )
        )
        proof = scram.Scram(self.origin.password)
        while True:
            message = await self.channel.read()
            kind, body = message[:1], message[frames.HEADER :]
            if kind == b"R":
                self._prove(proof, body)
            elif kind == b"S":
                name, value = frames.parameter(body)
                self.parameters[name] = value
            elif kind == b"K":
                self._key = body
            elif kind == b"E":
                raise OriginError(message)
            elif kind == b"Z":
                return

    def _prove(self, proof: scram.Scram, body: bytes) -> None:
        asked, rest = frames.code_of(body), body[4:]
        user, password = self.origin.user, self.origin.password
        try:
            if asked == _CLEAR:
                self.channel.write(frames.frame(b"p", password.encode() + b"\0"))
            elif asked == _MD5:
                answer = scram.md5(user, password, rest)
                self.channel.write(frames.frame(b"p", answer + b"\0"))
            elif asked == _SASL:
                if scram.MECHANISM.encode() not in rest.split(b"\0"):
                    raise OriginError.of("The database asks for a proof that is not SCRAM-SHA-256")
                first = proof.first()
                name = scram.MECHANISM.encode() + b"\0"
                self.channel.write(frames.frame(b"p", name + len(first).to_bytes(4, "big") + first))
            elif asked == _CHALLENGE:
                self.channel.write(frames.frame(b"p", proof.final(rest)))
            elif asked == _LAST:
                proof.verify(rest)
            elif asked != _OK:
                raise OriginError.of(
                    f"The database asks for a kind of log-in ({asked}) that is not served"
                )
        except scram.ScramError as error:
            raise OriginError.of(str(error), "28P01") from error


DISCARD: Final = "DISCARD ALL"
RESET: Final = "RESET ALL; RESET ROLE; RESET SESSION AUTHORIZATION"


async def connect(origin: Origin) -> Link:
    """Raises `OriginError`."""
    channel = await _open(origin)
    link = Link(origin, channel)
    try:
        await link.log_in()
    except (GoneError, frames.WireError) as error:
        channel.close()
        raise _refused("connection_refused") from error
    except BaseException:
        channel.close()
        raise
    return link


def _refused(why: str) -> OriginError:
    return OriginError.of(f"Server connection attempt failed: {why}")


async def _open(origin: Origin) -> Channel:
    loop = asyncio.get_running_loop()
    last: OSError | None = None
    for host in _places(origin.host):
        try:
            transport, channel = await loop.create_connection(Channel, host, origin.port)
        except OSError as error:
            last = error
            continue
        if origin.tls is not None:
            return await _secure(origin, transport, channel)
        return channel
    if isinstance(last, socket.gaierror):
        raise _refused("host_not_found") from last
    raise _refused("connection_refused") from last


def _places(host: str) -> Sequence[str]:
    """Most resolvers do not know `*.localhost`."""
    return ("127.0.0.1", "::1") if host == "localhost" or host.endswith(".localhost") else (host,)


async def _secure(origin: Origin, transport: asyncio.Transport, channel: Channel) -> Channel:
    try:
        channel.write(frames.first(frames.TLS))
        if await channel.read_byte() != b"S":
            raise OriginError.of("TLS (SSL) not supported by the database.")
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            channel,
            _context(origin.tls),
            server_hostname=origin.host,
        )
    except (OSError, GoneError) as error:
        transport.close()
        raise _refused("tls_error") from error
    except OriginError:
        transport.close()
        raise
    if secured is not None:
        channel.connection_made(secured)
    return channel


def _context(mode: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if mode != "verify-full":
        context.check_hostname = False
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
