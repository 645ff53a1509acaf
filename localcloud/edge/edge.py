"""The edge as the daemon holds it: told the whole desired state at each change, it serves it from then on."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from localcloud.edge import counts, table
from localcloud.edge.bindings import Surroundings
from localcloud.edge.certificates import Certificates
from localcloud.edge.colo import Colo
from localcloud.edge.counts import Counted
from localcloud.edge.errors import EdgeError
from localcloud.edge.files import Folders
from localcloud.edge.fronts import Fronts
from localcloud.edge.model import (
    DataPoint,
    EdgeProcess,
    EdgeRequest,
    EdgeState,
    HyperdriveService,
    InvocationCount,
    StartResult,
    StorageService,
    Version,
)
from localcloud.edge.objects import Cut, Objects
from localcloud.edge.sites import Sites
from localcloud.edge.sockets import listen_tcp
from localcloud.edge.stale import Ledger
from localcloud.edge.starting import check_start
from localcloud.edge.supervision import Ground
from localcloud.edge.table import Earlier, Ports, script_key
from localcloud.edge.tls import TlsListener
from localcloud.edge.versions import SLOTS, Slots, Versions

_log = logging.getLogger(__name__)
_COUNTED_EVERY: Final = 0.5
_LAST_SECONDS: Final = 0.5
_CONVERGING: Final = "deployments-converge"
_OBJECTS_GONE: Final = "objects-gone"


def _forget(_points: Sequence[DataPoint]) -> None:
    """For an edge that nobody asks what was written to Analytics Engine."""


class Edge:
    """`http_port` and `https_port` tell the real ports once it is started."""

    def __init__(
        self,
        home: Path,
        workerd: Path,
        http_port: int,
        https_port: int,
        storage: StorageService,
        blob: Callable[[str], bytes],
        observe: Callable[[Sequence[InvocationCount]], None],
        log: Callable[[EdgeRequest], None],
        keep: Callable[[Sequence[DataPoint]], None] = _forget,
        hyperdrive: HyperdriveService | None = None,
    ) -> None:
        self.http_port = http_port
        self.https_port = https_port
        self._home = home
        self._workerd = workerd
        self._storage = storage
        self._hyperdrive = hyperdrive
        self._blob = blob
        self._observe = observe
        self._log = log
        self._keep_points = keep
        self._secret = secrets.token_urlsafe(32)
        self._state = EdgeState()
        self._known: dict[str, Counted] = {}
        self._earlier: dict[str, list[Earlier]] = {}
        self._table: table.Table = {}
        self._changing = asyncio.Lock()
        self._taking = asyncio.Lock()
        self._kept: set[asyncio.Task[None]] = set()
        self._leaving: list[Callable[[], None]] = []
        """What ends processes that nothing is routed to any more, once the fronts know it."""

    async def start(self) -> None:
        """Raises `PortTakenError`, or `EdgeError` when workerd does not start; nothing is left running then."""
        folder = self._home / "edge"
        _make_folders(folder)
        http, https = self._listen()
        # Sockets need short paths, which a home may not have.
        self._folder = Path(tempfile.mkdtemp(prefix="pitchey-edge-"))
        ledger = Ledger(folder / "processes.json")
        ended = ledger.sweep(self._folder)
        if ended:
            _log.info("ended %d workerd processes of an earlier run", len(ended))
        self._ground = Ground(self._workerd, self._folder, folder / "starting", ledger)
        self._folders = Folders(folder / "files", self._blob)
        self._slots = Slots(self._folder)
        self._colo = Colo(self._ground, self._secret)
        self._objects = Objects(self._ground, folder / "objects", self._secret)
        self._versions = Versions(self._ground, self._slots, self._objects, self._folders)
        self._sites = Sites(self._ground, self._slots, self._folders)
        try:
            certificates = Certificates(self._home)
            self._authority = certificates.ca_file.read_text("ascii")
            self._tls = TlsListener(certificates, self._folder / "https")
            await self._start_fronts(http)
            await self._tls.start(https)
        except BaseException:
            await self._end_processes()
            http.close()
            https.close()
            raise
        self._counting = asyncio.create_task(self._count())

    def _listen(self) -> tuple[socket.socket, socket.socket]:
        http = listen_tcp(self.http_port)
        try:
            https = listen_tcp(self.https_port)
        except EdgeError:
            http.close()
            raise
        self.http_port = http.getsockname()[1]
        self.https_port = https.getsockname()[1]
        return http, https

    async def _start_fronts(self, http: socket.socket) -> None:
        self._table = self._build(self._state)
        self._fronts = Fronts(
            self._ground,
            lambda slot: f"unix:{self._slots.path(slot)}",
            SLOTS,
            self._secret,
            lambda: self._table,
        )
        await self._fronts.start(http)

    async def stop(self) -> None:
        """Ends every process; requests in flight get a moment."""
        self._counting.cancel()
        with suppress(asyncio.CancelledError):
            await self._counting
        with suppress(EdgeError):
            await self.flush()
        for task in list(self._kept):
            task.cancel()
        await self._tls.stop()
        await self._fronts.stop(_LAST_SECONDS)
        self._leave()
        await asyncio.gather(self._versions.stop(), self._sites.stop(), self._objects.stop())
        await self._colo.stop()
        self._fronts.close()
        await self._end_processes()

    async def _end_processes(self) -> None:
        for running in list(self._ground.running.values()):
            await running.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def check_start(self, version: Version) -> StartResult:
        """Starts the version apart from any traffic and tells what it exports, or why it does not start."""
        return await check_start(
            self._versions, version, self._around(self._state), self._ground.quickest
        )

    async def apply(self, state: EdgeState) -> None:
        """Serves `state`; returns when the next request obeys it. Raises `EdgeError` when a version does not start: what
        served before goes on then."""
        async with self._changing:
            await self._apply(state)

    async def _apply(self, state: EdgeState) -> None:
        around = self._around(state)
        live = [share.version for d in state.deployments for share in d.shares]
        previews = [route.version for route in state.routes if route.version is not None]
        self._note_earlier(state)
        kept = [
            share.version
            for known in self._earlier.values()
            for earlier in known
            for share in earlier.deployment.shares
        ]
        wanted = [(version, True) for version in live]
        wanted += [(version, False) for version in (*kept, *previews)]
        for version, _ in wanted:
            self._known[version.id] = Counted.of(version)
        self._leaving += await self._versions.provide(wanted, around)
        cuts = [
            Cut(fault.worker, fault.rate, fault.version)
            for fault in state.faults
            if fault.effect == _OBJECTS_GONE and fault.worker is not None
        ]
        await self._objects.settle(state.deployments, around, cuts)
        self._leaving += await self._sites.provide(state.sites)
        await self._colo.obey(state)
        self._state = state
        self._table = self._build(state)
        self._tls.obey(state.zones)
        await self._fronts.hand_over()
        self._leave()

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for leave in leaving:
            leave()

    def _note_earlier(self, state: EdgeState) -> None:
        """While deployments converge slowly, what a changed script served before is still obeyed by some requests."""
        now = time.time()
        for key, known in list(self._earlier.items()):
            self._earlier[key] = [earlier for earlier in known if earlier.until > now]
        seconds = max((f.seconds for f in state.faults if f.effect == _CONVERGING), default=0.0)
        if seconds <= 0:
            self._earlier = {}
            return
        before = {script_key(d.account, d.script): d for d in self._state.deployments}
        for deployment in state.deployments:
            key = script_key(deployment.account, deployment.script)
            old = before.get(key)
            if old is not None and old.deployment_id != deployment.deployment_id:
                self._earlier.setdefault(key, []).append(Earlier(old, now, now + seconds))
                self._keep(self._converged(seconds))

    async def _converged(self, seconds: float) -> None:
        """Ends the processes that served only what was live before."""
        await asyncio.sleep(seconds + 0.1)
        with suppress(EdgeError):
            async with self._changing:
                # Whatever is wanted by now: another change may have come before this one had its turn.
                await self._apply(self._state)

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def _around(self, state: EdgeState) -> Surroundings:
        return Surroundings(
            storage=self._storage,
            hyperdrive=self._hyperdrive,
            secret=self._secret,
            service_address=f"unix:{self._folder / 'service'}",
            colo_address=self._colo.address,
            authority=self._authority,
            objects={space.id: space for d in state.deployments for space in d.objects},
        )

    def _build(self, state: EdgeState) -> table.Table:
        return table.build(
            state,
            lambda version: self._versions[version].binding,
            self._sites.table,
            Ports(self.http_port, self.https_port),
            self._earlier,
        )

    async def flush(self) -> None:
        """Returns when every invocation that has ended is counted, and what it wrote to Analytics Engine kept."""
        async with self._taking:
            taken = await self._fronts.take()
            found = [row for part in taken for row in counts.invocations(part, self._known)]
            if found:
                self._observe(found)
            asked = [line for part in taken for line in counts.requests(part, self._known)]
            for request in sorted(asked, key=lambda request: request.at):
                self._log(request)
            points = await self._colo.take_points()
            if points:
                self._keep_points(points)

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(_COUNTED_EVERY)
            try:
                await self.flush()
            except EdgeError as error:
                _log.warning("%s", error)

    async def purge(self, zone_id: str, kind: str, wanted: Sequence[str]) -> None:
        """Takes answers out of the zone's cache: all (`kind` everything), or those at the URLs `files`, that carry one of
        `tags`, or are under one of `hosts` or `prefixes`. The next request sees it. Raises `EdgeError`."""
        await self._colo.purge(zone_id, kind, wanted)

    def stored_objects(self, namespace_id: str) -> list[str]:
        """Ids (64 hex, sorted) of the namespace's objects that have data."""
        return self._objects.stored(namespace_id)

    def processes(self) -> list[EdgeProcess]:
        return self._ground.processes()


def _make_folders(folder: Path) -> None:
    shutil.rmtree(folder / "starting", ignore_errors=True)
    for path in (folder, folder / "objects", folder / "files", folder / "starting"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
