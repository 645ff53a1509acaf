"""The state opened and the edge serving it: what a reset or a restore ends and opens anew as one."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.api.analytics.engine import points
from localcloud.api.analytics.models import record
from localcloud.api.app import ApiApp
from localcloud.api.cloud import Addresses, Cloud
from localcloud.api.edge_state import desired_state
from localcloud.api.ids import timestamp
from localcloud.api.kv import runtime as kv
from localcloud.api.r2 import runtime as r2
from localcloud.api.r2.s3 import app as s3
from localcloud.api.request_log import RequestLine, RequestLog
from localcloud.api.services import SERVICES
from localcloud.api.storage_faults import Failing
from localcloud.api.store import Store
from localcloud.daemon import seed
from localcloud.daemon.data_services import DataServices
from localcloud.daemon.home import Home
from localcloud.daemon.https_service import HttpsService
from localcloud.daemon.redis_service import RedisService
from localcloud.data.error_sink import ErrorSink
from localcloud.data.kept_errors import KeptErrors
from localcloud.data.kept_port import SENTRY
from localcloud.edge import Edge, EdgeError
from localcloud.edge.model import (
    DataPoint,
    EdgeRequest,
    HyperdriveService,
    InvocationCount,
    StorageService,
)
from localcloud.working_secrets import kept_sentry_keys

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setting:
    """What stays the same from one state to the next. `storage`: where the edge finds what its bindings of KV and R2 hold."""

    home: Home
    workerd: Path
    addresses: Addresses
    storage: StorageService
    log: RequestLog


class RunningCloud:
    """Made by `open`, ended by `close`."""

    def __init__(self, setting: Setting, store: Store) -> None:
        self.store = store
        self.account = seed.ensure_account(store)
        self.token = seed.ensure_token(store, setting.home)
        seed.ensure_deployments_tokens(store, setting.home)
        self.edge_error: str | None = None
        """Why the edge did not take up what was deployed when the state was opened."""
        self._log = setting.log
        self.data = DataServices(setting.home)
        self.redis = RedisService(setting.home)
        sink = ErrorSink(KeptErrors(setting.home.errors), lambda: kept_sentry_keys(setting.home))
        self.sentry = HttpsService(setting.home, SENTRY, sink)
        self.edge = Edge(
            home=setting.home.folder,
            workerd=setting.workerd,
            http_port=setting.addresses.http_port,
            https_port=setting.addresses.https_port,
            storage=setting.storage,
            blob=store.blob,
            observe=self._observe,
            log=self._note,
            keep=self._keep,
            hyperdrive=HyperdriveService(self.data.sockets, setting.storage.secret),
        )
        self.cloud = Cloud(
            store,
            self.edge,
            desired_state,
            addresses=setting.addresses,
            stored_objects=self.edge.stored_objects,
            apply_data=self._apply_data,
        )
        self.api = ApiApp(self.cloud, SERVICES, setting.log)
        secret = setting.storage.secret
        self.kv = Failing("kv", kv.KvRuntime(store, secret), store, kv.failed)
        self.r2 = Failing("r2", r2.R2Runtime(store, secret), store, r2.failed)
        self.s3 = Failing("r2", s3.S3App(store, setting.log), store, s3.failed)

    @staticmethod
    async def open(setting: Setting) -> RunningCloud:
        """Serves what the state says. Raises `StoreError`, `EdgeError`, `OSError`."""
        store = Store(setting.home.state)
        try:
            running = RunningCloud(setting, store)
            try:
                await running.edge.start()
            except BaseException:
                await running.data.close()
                await running.redis.close()
                await running.sentry.close()
                raise
        except BaseException:
            store.close()
            raise
        try:
            await running.redis.open()
            await running.sentry.open()
            await running.cloud.changed()
        except EdgeError as error:
            # One Worker that does not start any more must not take the API with it, by which it can be mended.
            _log.error("the edge does not serve what is deployed: %s", error)
            running.edge_error = str(error)
        except BaseException:
            await running.close()
            raise
        return running

    async def close(self) -> None:
        """The edge first: what it still counts belongs to this state."""
        await self.edge.stop()
        await self.data.close()
        await self.redis.close()
        await self.sentry.close()
        self.store.close()

    @contextlib.contextmanager
    def frozen_edge(self) -> Generator[None]:
        """Its processes hold still, as at a kill: what they have written is whole, and requests wait instead of failing."""
        stopped: list[int] = []
        try:
            processes = [process.pid for process in self.edge.processes()]
            processes += [pid for _, pid in self.redis.processes()]
            # Each before those that it starts: asked for again once it holds still, so that none is missed.
            for _ in range(3):
                processes += [pid for _, pid in self.data.processes() if pid not in processes]
                for pid in processes:
                    if pid not in stopped:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGSTOP)
                            stopped.append(pid)
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    async def _apply_data(self, store: Store) -> None:
        await self.data.obey(store)
        await self.redis.obey(store)

    def _observe(self, counts: Sequence[InvocationCount]) -> None:
        record(self.store, counts)

    def _keep(self, written: Sequence[DataPoint]) -> None:
        points.keep(self.store, written)

    def _note(self, request: EdgeRequest) -> None:
        self._log.add(
            RequestLine(
                at=timestamp(datetime.fromtimestamp(request.at, UTC)),
                source="edge",
                method=request.method,
                path=request.url,
                status=request.status,
                milliseconds=request.milliseconds,
                version=request.version or None,
            )
        )
