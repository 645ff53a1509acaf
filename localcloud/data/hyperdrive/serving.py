"""The pooler: a unix socket for each configuration, on which its bindings' clients arrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from localcloud.data.hyperdrive import frames
from localcloud.data.hyperdrive.caching import Cache, Counts
from localcloud.data.hyperdrive.channel import Channel, GoneError
from localcloud.data.hyperdrive.config import Config, Origin
from localcloud.data.hyperdrive.origin import connect
from localcloud.data.hyperdrive.pool import Pool
from localcloud.data.hyperdrive.session import Session

_REAP_SECONDS: Final = 30.0
_BACKLOG: Final = 1024
_MYSQL_UNKNOWN_ERROR: Final = 1105


def socket_path(folder: Path, config_id: str) -> Path:
    """Where a configuration's clients arrive, if there is one of that id."""
    return folder / f"h{config_id}"


class _Client(Channel):
    """Serves itself once it is connected."""

    def __init__(self, serve: Callable[[Channel], Any]) -> None:
        super().__init__(self._gone)
        self._serve = serve
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._task = asyncio.get_running_loop().create_task(self._serve(self))

    def _gone(self) -> None:
        if self._task is not None:
            self._task.cancel()


class _Served:
    """A configuration with its pool, its cache and its clients."""

    def __init__(self, config: Config, place: Callable[[Origin], Origin], wait: float) -> None:
        self.counts = Counts()
        self.sessions: dict[bytes, Session] = {}
        self._place = place
        self._wait = wait
        self._server: asyncio.AbstractServer | None = None
        self._take_up(config)

    def _take_up(self, config: Config) -> None:
        self.config = config
        self.pool = Pool(self._connect, config.limit, self._wait)
        self.cache: Cache | None = None
        if not config.caching.disabled:
            self.cache = Cache(config.caching, time.monotonic, self.counts)

    async def _connect(self) -> Any:  # noqa: ANN401 (a `Link`)
        assert self.config.origin is not None  # noqa: S101 (no pool is asked otherwise)
        return await connect(self._place(self.config.origin))

    def change(self, config: Config) -> None:
        """Clients stay; what they ask from now on goes by the new settings."""
        self.pool.close()
        self._take_up(config)

    async def listen(self, path: Path) -> None:
        _clear(path)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: _Client(self._serve), str(path), backlog=_BACKLOG
        )

    def end(self, path: Path) -> None:
        if self._server is not None:
            self._server.close()
        for session in list(self.sessions.values()):
            session.client.close()
        self.pool.close()
        _clear(path)

    async def _serve(self, client: Channel) -> None:
        with suppress(GoneError, frames.WireError, asyncio.CancelledError):
            if self.config.scheme == "mysql":
                client.write(_mysql_error(self._unserved()))
            elif await self._opened(client):
                if self.config.origin is None:
                    client.write(frames.error("0A000", self._unserved(), "FATAL"))
                else:
                    await self._converse(client)
        client.close()

    def _unserved(self) -> str:
        return f"Hyperdrive {self.config.name}: {self.config.unserved} is not served by the local cloud"

    async def _opened(self, client: Channel) -> bool:
        """Whether the client begins a session."""
        while True:
            body = await client.read_first()
            code = frames.code_of(body)
            if code in (frames.TLS, frames.GSS):
                client.write(b"N")
                continue
            if code == frames.CANCEL:
                session = self.sessions.get(body[4:])
                if session is not None:
                    await session.cancel()
                return False
            if code >> 16 != frames.PROTOCOL_3_0 >> 16:
                client.write(frames.error("08P01", "unsupported frontend protocol", "FATAL"))
                return False
            if code != frames.PROTOCOL_3_0:
                client.write(frames.frame(b"v", bytes(8)))
            return True

    async def _converse(self, client: Channel) -> None:
        session = Session(client, lambda: self.pool, lambda: self.cache)
        self.sessions[session.key] = session
        try:
            await session.run()
        finally:
            del self.sessions[session.key]

    def describe(self) -> dict[str, Any]:
        origin = self.config.origin
        return {
            "id": self.config.id,
            "name": self.config.name,
            "origin": f"{origin.address}/{origin.database}" if origin else None,
            "unserved": self.config.unserved,
            "clients": len(self.sessions),
            "connections": self.pool.size,
            "idle": self.pool.idle,
            "waiting": self.pool.waiting,
            "limit": self.config.limit,
            "caching": self.cache is not None,
            "hits": self.counts.hits,
            "misses": self.counts.misses,
            "uncacheable": self.counts.uncacheable,
        }


class Hyperdrive:
    """`place` says where an origin is reached from here; `folder` is short and only for its owner, for sockets."""

    def __init__(
        self,
        folder: Path,
        place: Callable[[Origin], Origin] = lambda origin: origin,
        wait_seconds: float = 15.0,
    ) -> None:
        self._folder = folder
        self._place = place
        self._wait = wait_seconds
        self._served: dict[str, _Served] = {}
        self._reaping: asyncio.Task[None] | None = None

    async def apply(self, configs: Iterable[Config]) -> None:
        """Serves these from now on, and no others."""
        if self._reaping is None:
            self._reaping = asyncio.create_task(self._reap())
        wanted = {config.id: config for config in configs}
        for id in [id for id in self._served if id not in wanted]:
            self._served.pop(id).end(socket_path(self._folder, id))
        for id, config in wanted.items():
            served = self._served.get(id)
            if served is None:
                served = _Served(config, self._place, self._wait)
                await served.listen(socket_path(self._folder, id))
                self._served[id] = served
            elif served.config != config:
                served.change(config)

    async def close(self) -> None:
        await self.apply(())
        if self._reaping is not None:
            self._reaping.cancel()

    def describe(self) -> list[dict[str, Any]]:
        return [served.describe() for served in self._served.values()]

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(_REAP_SECONDS)
            for served in self._served.values():
                served.pool.reap(asyncio.get_running_loop().time())


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)


def _mysql_error(text: str) -> bytes:
    body = b"\xff" + _MYSQL_UNKNOWN_ERROR.to_bytes(2, "little") + b"#HY000" + text.encode()
    return len(body).to_bytes(3, "little") + b"\0" + body
