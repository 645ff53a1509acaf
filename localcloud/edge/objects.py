"""Durable Objects: one process for each script that has some. It owns their data on local disk and runs the code of one
version; the processes of versions forward their calls to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from socket import socket
from typing import Final

from localcloud.edge.bindings import Surroundings
from localcloud.edge.control import order
from localcloud.edge.errors import EdgeError
from localcloud.edge.model import ObjectNamespace, ScriptDeployment, Version
from localcloud.edge.process import Program
from localcloud.edge.programs import objects_program
from localcloud.edge.sockets import close_unix, listen_unix
from localcloud.edge.supervision import Ground, Supervised
from localcloud.edge.table import script_key

_log = logging.getLogger(__name__)
_DRAIN_SECONDS: Final = 5.0
_GRACE: Final = 3.0
_GONE: Final = ""
"""The address of what nothing serves: calls fail at once. None makes them wait."""


def host_version(deployment: ScriptDeployment) -> Version:
    """Whose code the objects run: the version with the larger share, of equals the newer one."""
    best = max(deployment.shares, key=lambda share: (share.percentage, share.version.number))
    return best.version


@dataclass(frozen=True)
class Cut:
    """A share 0 < `rate` ≤ 1 of the calls into the objects of `script` fails on purpose: of those that come from the version
    `caller` (an id), or of all."""

    script: str
    rate: float = 1.0
    caller: str | None = None


@dataclass(frozen=True)
class _Forwarder:
    """A process that forwards calls to these namespaces; `caller` is the id of the version that runs in it."""

    caller: str
    namespaces: tuple[str, ...]


@dataclass(eq=False)
class _Host:
    supervised: Supervised
    namespaces: tuple[str, ...]
    address: str
    debug_path: Path
    control: Path | None
    likeness: Program
    """The program without its address: what decides whether a new process is needed."""
    again: Callable[[], _Host]
    """The same once more, for when what follows it does not start."""


class Objects:
    """`join` and `leave` are for processes that forward calls: they are told where each namespace lives."""

    def __init__(self, ground: Ground, disk: Path, secret: str) -> None:
        self._ground = ground
        self._disk = disk
        self._secret = secret
        self._hosts: dict[str, _Host] = {}
        self._forwarders: dict[Path, _Forwarder] = {}
        self._addresses: dict[str, str | None] = {}
        self._cuts: tuple[tuple[Cut, frozenset[str]], ...] = ()
        """Each with the namespaces that it strikes."""

    async def join(self, control: Path, namespaces: Sequence[str], caller: str) -> None:
        """A forwarding process runs now, with the code of the version `caller`: it is told where its namespaces live, and of
        every change."""
        forwarder = self._forwarders[control] = _Forwarder(caller, tuple(namespaces))
        cut = self._cut(forwarder)
        if any(cut.values()):
            await order(control, "cut", cut, secret=self._secret)
        known = {id: self._addresses.get(id, _GONE) for id in namespaces}
        await order(control, "hosts", known, secret=self._secret)

    def leave(self, control: Path) -> None:
        self._forwarders.pop(control, None)

    async def settle(
        self,
        deployments: Iterable[ScriptDeployment],
        around: Surroundings,
        cuts: Iterable[Cut] = (),
    ) -> None:
        """One process for each script that has objects, with the right code. `cuts`: whose calls fail for now, though the
        objects run. Raises `EdgeError`."""
        wanted = {script_key(d.account, d.script): d for d in deployments if d.objects}
        for key in [key for key in self._hosts if key not in wanted]:
            await self._end_for_good(self._hosts.pop(key))
        before = self._cuts
        self._cuts = tuple(
            (
                cut,
                frozenset(
                    s.id for d in wanted.values() if d.script == cut.script for s in d.objects
                ),
            )
            for cut in cuts
        )
        for key, deployment in wanted.items():
            await self._settle_one(key, deployment, around)
        if self._cuts != before:
            await asyncio.gather(
                *(
                    self._try(control, "cut", self._cut(forwarder))
                    for control, forwarder in self._forwarders.items()
                )
            )

    async def _settle_one(
        self, key: str, deployment: ScriptDeployment, around: Surroundings
    ) -> None:
        version = host_version(deployment)
        ids = tuple(namespace.id for namespace in deployment.objects)
        own = replace(around, own=frozenset(ids))
        current = self._hosts.get(key)
        likeness = objects_program(version, deployment.objects, own, self._disk, "").program
        if current is not None and current.likeness == likeness:
            return
        host = self._prepare(key, version, deployment.objects, own, likeness)
        if current is not None:
            # Never two processes on the same data: each knows only the alarms that were set in it or before its start.
            del self._hosts[key]
            await self._announce(dict.fromkeys(current.namespaces, None))
            await self._drained(current.namespaces)
            await self._end(current)
        try:
            await host.supervised.start()
        except EdgeError:
            if current is not None:
                await self._go_back(key, current)
            raise
        await self._take_over(key, host)

    async def _go_back(self, key: str, before: _Host) -> None:
        host = before.again()
        try:
            await host.supervised.start()
        except EdgeError:
            await self._announce(dict.fromkeys(before.namespaces, _GONE))
        else:
            await self._take_over(key, host)

    async def _take_over(self, key: str, host: _Host) -> None:
        self._hosts[key] = host
        await self._announce(dict.fromkeys(host.namespaces, host.address))

    def _prepare(
        self,
        key: str,
        version: Version,
        namespaces: Sequence[ObjectNamespace],
        around: Surroundings,
        likeness: Program,
    ) -> _Host:
        path = self._ground.next_path("d")
        address = f"unix:{path}"
        built = objects_program(version, namespaces, around, self._disk, address)
        sockets: dict[str, socket] = {}
        control: Path | None = None
        if built.forwarded:
            control = self._ground.next_path("k")
            sockets["control"] = listen_unix(control)
        supervised = Supervised(
            self._ground,
            f"{version.script} objects",
            built.program,
            sockets,
            partial(self._ready, key, control, built.forwarded, version.id),
        )
        ids = tuple(namespace.id for namespace in namespaces)
        again = partial(self._prepare, key, version, namespaces, around, likeness)
        return _Host(supervised, ids, address, path, control, likeness, again)

    async def _ready(
        self, key: str, control: Path | None, forwarded: Sequence[str], version: str
    ) -> None:
        if control is not None:
            await self.join(control, forwarded, version)
        host = self._hosts.get(key)
        if host is not None and host.supervised.running is None:
            # It was started again: whoever is connected to the dead process must connect anew.
            await self._announce(dict.fromkeys(host.namespaces, host.address))

    async def _announce(self, addresses: Mapping[str, str | None]) -> None:
        self._addresses.update(addresses)
        await asyncio.gather(
            *(self._try(control, "hosts", addresses) for control in self._concerned(addresses))
        )

    def _cut(self, forwarder: _Forwarder) -> dict[str, float]:
        """Of each of its namespaces the share of the calls that fails."""
        spared = dict.fromkeys(forwarder.namespaces, 1.0)
        for cut, struck in self._cuts:
            if cut.caller in {None, forwarder.caller}:
                for id in struck.intersection(spared):
                    # Two faults hit independently of each other.
                    spared[id] *= 1 - cut.rate
        return {id: 1 - share for id, share in spared.items()}

    async def _drained(self, ids: Sequence[str]) -> None:
        """Until no call to the namespaces is in flight, or for a bounded time."""
        body = {"ids": list(ids), "milliseconds": _DRAIN_SECONDS * 1000}
        await asyncio.gather(
            *(self._try(control, "drained", body) for control in self._concerned(ids))
        )

    def _concerned(self, ids: Iterable[str]) -> list[Path]:
        wanted = set(ids)
        return [
            control
            for control, forwarder in self._forwarders.items()
            if wanted.intersection(forwarder.namespaces)
        ]

    async def _try(self, control: Path, what: str, body: object) -> None:
        # One that is not running now is told when it starts.
        with suppress(EdgeError):
            await order(control, what, body, secret=self._secret, seconds=_DRAIN_SECONDS + 1)

    async def _end_for_good(self, host: _Host) -> None:
        await self._announce(dict.fromkeys(host.namespaces, _GONE))
        await self._end(host)

    async def _end(self, host: _Host) -> None:
        await host.supervised.stop(_GRACE)
        if host.control is not None:
            self.leave(host.control)
            close_unix(host.supervised.sockets["control"], host.control)
        host.debug_path.unlink(missing_ok=True)

    async def stop(self) -> None:
        hosts = list(self._hosts.values())
        self._hosts = {}
        await asyncio.gather(*(host.supervised.stop(_GRACE) for host in hosts))
        for host in hosts:
            if host.control is not None:
                close_unix(host.supervised.sockets["control"], host.control)

    def stored(self, namespace: str) -> list[str]:
        """Ids of the objects that have data, sorted."""
        folder = self._disk / namespace
        if not folder.is_dir():
            return []
        return sorted(path.stem for path in folder.glob("*.sqlite") if len(path.stem) == 64)
