"""The state opened and the edge serving it: what a reset or a restore ends and opens anew as one."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.api.analytics.models import record
from localcloud.api.app import ApiApp
from localcloud.api.cloud import Addresses, Cloud, DataPlane, RecordingDataPlane
from localcloud.api.edge_state import desired_state
from localcloud.api.kv.runtime import KvRuntime
from localcloud.api.request_log import RequestLog
from localcloud.api.services import SERVICES
from localcloud.api.store import Store
from localcloud.daemon import seed
from localcloud.daemon.home import Home
from localcloud.edge.model import InvocationCount


@dataclass(frozen=True)
class EdgeProcess:
    name: str
    pid: int


@dataclass(frozen=True)
class Setting:
    """What stays the same from one state to the next. `kv_address` and `kv_secret`: where the edge finds KV."""

    home: Home
    workerd: Path
    addresses: Addresses
    kv_address: str
    kv_secret: str
    log: RequestLog


class RunningCloud:
    def __init__(self, setting: Setting, store: Store, edge: DataPlane) -> None:
        self.store = store
        self.edge = edge
        self.account = seed.ensure_account(store)
        self.token = seed.ensure_token(store, setting.home)
        self.cloud = Cloud(store, edge, desired_state, addresses=setting.addresses)
        self.api = ApiApp(self.cloud, SERVICES, setting.log)
        self.kv = KvRuntime(store, setting.kv_secret)

    @staticmethod
    async def open(setting: Setting) -> RunningCloud:
        """Serves what the state says. Raises `StoreError`."""
        store = Store(setting.home.state)

        def observe(counts: Sequence[InvocationCount]) -> None:
            record(store, counts)

        _ = observe
        running = RunningCloud(setting, store, RecordingDataPlane())
        await running.cloud.changed()
        return running

    @contextlib.contextmanager
    def frozen_edge(self) -> Generator[None]:
        """Its processes hold still, as at a kill: what they have written is whole, and requests wait instead of failing."""
        stopped: list[int] = []
        try:
            for process in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGSTOP)
                    stopped.append(process.pid)
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def processes(self) -> list[EdgeProcess]:
        return []

    async def close(self) -> None:
        self.store.close()
