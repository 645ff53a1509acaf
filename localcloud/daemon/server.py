"""The daemon: one event loop that serves the API, the control and what the edge's bindings of KV and R2 hold, and runs the edge."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.api.cloud import Addresses
from localcloud.api.r2.runtime import is_for_r2
from localcloud.api.r2.s3.app import is_s3
from localcloud.api.request_log import RequestLog
from localcloud.api.store import Store
from localcloud.daemon import replacement, seed, snapshots
from localcloud.daemon.gate import Gate
from localcloud.daemon.home import Home
from localcloud.daemon.listening import LOOPBACK, HttpServer, bind
from localcloud.daemon.record import CONTROL, DaemonRecord, code_version, read_record
from localcloud.daemon.running_cloud import RunningCloud, Setting
from localcloud.daemon.workerd import find_workerd
from localcloud.edge.model import StorageService
from localcloud.errors import LocalCloudError

_WATCH_SECONDS: Final = 2.0


class Daemon:
    """Everything that one process serves. `control` makes what answers the paths by which the daemon itself is steered."""

    def __init__(
        self, home: Home, project: str, port: int, control: Callable[[Daemon], ASGIApp]
    ) -> None:
        self.home = home
        self.project = project
        self.gate = Gate()
        self.stopping = asyncio.Event()
        self.log = RequestLog(home.requests)
        self._port = port
        self._control = control(self)

    async def serve(self, ready: Callable[[DaemonRecord], None]) -> None:
        """Serves until it is told to stop; `ready` is called with what is then in `daemon.json`. Raises `PortInUseError`, `StoreError`, `EdgeError`, `LocalCloudError`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        api_listener, storage_listener = bind(self._port), bind(0)
        self._port = api_listener.getsockname()[1]
        self.setting = Setting(
            home=self.home,
            workerd=find_workerd(Path(self.project)),
            addresses=Addresses(self._port, self._port + 1, self._port + 2),
            storage=StorageService(
                f"{LOOPBACK}:{storage_listener.getsockname()[1]}", secrets.token_urlsafe(32)
            ),
            log=self.log,
        )
        storage = HttpServer(self._serve_storage, storage_listener)
        storage.begin()
        replacement.carry_out(self.home)
        self.running = await RunningCloud.open(self.setting)
        api = HttpServer(self._serve_api, api_listener)
        api.begin()
        self.record = self._record()
        self.record.write(self.home)
        gc.freeze()
        ready(self.record)
        await self._until_stopped()
        await api.end()
        await self.running.close()
        await storage.end()
        self.log.close()
        if read_record(self.home) == self.record:
            self.home.record.unlink(missing_ok=True)

    def _record(self) -> DaemonRecord:
        return DaemonRecord(
            pid=os.getpid(),
            create_time=psutil.Process().create_time(),
            home=str(self.home.folder),
            project=self.project,
            port=self._port,
            http_port=self.setting.addresses.http_port,
            https_port=self.setting.addresses.https_port,
            account=self.running.account,
            version=code_version(),
        )

    async def _until_stopped(self) -> None:
        """A daemon whose folder was removed or moved away, or that another has replaced, serves nobody and ends by itself."""
        while not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), _WATCH_SECONDS)
            if not self.home.record.exists() or self._replaced():
                self.stopping.set()

    # The whole state

    async def snapshot(self, name: str, *, replace: bool) -> Path:
        """Raises `LocalCloudError` for a bad name, or one that is taken."""
        path = snapshots.path_of(self.home, name)
        if path.exists() and not replace:
            raise LocalCloudError(
                f"there is a snapshot {name!r}; choose another name, or --replace it"
            )
        snapshots.refuse_while_engine_runs(self.home)
        async with self.gate.closed():
            with self.running.frozen_edge():
                return await asyncio.to_thread(snapshots.write, self.home, name)

    async def restore(self, name: str) -> None:
        """Raises `LocalCloudError` when there is no such snapshot."""
        path = snapshots.existing(self.home, name)
        await self._exchange(lambda: snapshots.lay_out(self.home, path))

    async def reset(self) -> None:
        """Everything is gone but the account, under its old id, and the token."""
        account = self.running.account

        def lay_out() -> None:
            fresh = Store(replacement.prepare(self.home) / replacement.STATE)
            seed.ensure_account(fresh, account)
            fresh.close()

        await self._exchange(lay_out)

    async def _exchange(self, lay_out: Callable[[], None]) -> None:
        snapshots.refuse_while_engine_runs(self.home)
        async with self.gate.closed():
            await asyncio.to_thread(lay_out)
            replacement.decide(self.home)
            await self.running.close()
            replacement.carry_out(self.home)
            try:
                self.running = await RunningCloud.open(self.setting)
            except BaseException:
                # Without a state there is nothing to serve; the next start says what is wrong with it.
                self.stopping.set()
                raise

    async def _serve_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(CONTROL + "/"):
            await self._control(scope, receive, send)
            return
        async with self.gate.request():
            app = self.running.s3 if is_s3(scope) else self.running.api
            await app(scope, receive, send)

    def _replaced(self) -> bool:
        written = read_record(self.home)
        return written is not None and written != self.record

    async def _serve_storage(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.gate.request():
            app = self.running.r2 if is_for_r2(scope) else self.running.kv
            await app(scope, receive, send)
