"""The processes of versions: each on a slot, a unix socket that the front knows how to reach."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Final

from localcloud.edge.bindings import Surroundings
from localcloud.edge.errors import EdgeError
from localcloud.edge.files import Folders
from localcloud.edge.model import Version
from localcloud.edge.objects import Objects
from localcloud.edge.process import Program, Workerd
from localcloud.edge.programs import version_program
from localcloud.edge.sockets import close_unix, listen_unix
from localcloud.edge.supervision import Departures, Ground, Supervised

SLOTS: Final = 192
_CANDIDATE_SECONDS: Final = 20.0
_LAST_REQUESTS: Final = 1.0
"""Seconds after a switch in which requests that were already routed still reach the old process."""
_GRACE: Final = 30.0


class Slots:
    """Addresses that versions serve on; one that was given back is used again as late as possible."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free = deque(range(SLOTS))

    def path(self, slot: int) -> Path:
        return self._folder / f"s{slot}"

    def take(self) -> int:
        if not self._free:
            raise EdgeError(
                f"more than {SLOTS} versions would serve at once: delete Workers that are not needed"
            )
        return self._free.popleft()

    def give_back(self, slot: int) -> None:
        self._free.append(slot)


@dataclass(eq=False)
class Serving:
    """A version on its slot, running or started by its first request."""

    version: Version
    slot: int
    supervised: Supervised
    paths: dict[str, Path]
    program: Program

    @property
    def binding(self) -> str:
        return f"slot{self.slot}"


class Versions:
    def __init__(self, ground: Ground, slots: Slots, objects: Objects, folders: Folders) -> None:
        self._ground = ground
        self._slots = slots
        self._objects = objects
        self._folders = folders
        self._serving: dict[str, Serving] = {}
        self._candidates: dict[str, Serving] = {}
        self._departures = Departures(ground)

    def __getitem__(self, version: Version) -> Serving:
        return self._serving[version.id]

    async def check(
        self, version: Version, around: Surroundings, watch: Callable[[Workerd], None]
    ) -> Serving:
        """Starts a version that may serve later; it goes away by itself if it is not taken. Raises `StartError`."""
        candidate = self._prepare(version, around)
        try:
            await candidate.supervised.start(watch)
        except BaseException:
            await self._end(candidate, grace=0)
            raise
        replaced = self._candidates.pop(version.id, None)
        if replaced is not None:
            self._retire(replaced, 0)
        self._candidates[version.id] = candidate
        asyncio.get_running_loop().call_later(
            _CANDIDATE_SECONDS, partial(self._drop_candidate, candidate)
        )
        return candidate

    def _drop_candidate(self, candidate: Serving) -> None:
        if self._candidates.get(candidate.version.id) is candidate:
            del self._candidates[candidate.version.id]
            self._retire(candidate, 0)

    async def provide(
        self, wanted: Iterable[tuple[Version, bool]], around: Surroundings
    ) -> list[Callable[[], None]]:
        """Makes each version answer on a slot: those marked run when this returns, others start with their first request.

        Returns what ends the processes that are not wanted any more, to be called once nothing is routed to them. Raises
        `EdgeError` when one does not start; what served before still does then.
        """
        versions = list(wanted)
        settled: dict[str, Serving] = {}
        starting: list[Serving] = []
        for version, at_once in versions:
            serving = settled.get(version.id) or self._settle(version, around)
            settled[version.id] = serving
            if at_once:
                starting.append(serving)
            else:
                serving.supervised.arm()
        results = await asyncio.gather(
            *(serving.supervised.start() for serving in starting), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            for serving in settled.values():
                if serving not in self._serving.values():
                    self._retire(serving, 0)
            raise failures[0]
        old = [serving for id, serving in self._serving.items() if settled.get(id) is not serving]
        self._serving = settled
        return [partial(self._retire, serving, _LAST_REQUESTS) for serving in old]

    def _settle(self, version: Version, around: Surroundings) -> Serving:
        """The serving that runs exactly this program: the one in use, one that was checked, or a new one."""
        current = self._serving.get(version.id)
        if current is not None and current.version is version:
            return current
        candidate = self._candidates.get(version.id)
        prepared = self._program(version, around)
        for known in (current, candidate):
            if known is None or known.program != prepared[0]:
                continue
            if known is candidate:
                del self._candidates[version.id]
            known.version = version
            return known
        return self._prepare(version, around, prepared)

    def _program(self, version: Version, around: Surroundings) -> tuple[Program, tuple[str, ...]]:
        assets = self._folders.assets(version) if version.assets else None
        built = version_program(version, around, assets)
        return built.program, built.forwarded

    def _prepare(
        self,
        version: Version,
        around: Surroundings,
        prepared: tuple[Program, tuple[str, ...]] | None = None,
    ) -> Serving:
        program, forwarded = prepared or self._program(version, around)
        slot = self._slots.take()
        sockets: dict[str, socket] = {}
        paths: dict[str, Path] = {}
        for name in program.socket_names:
            path = self._slots.path(slot) if name == "serve" else self._ground.next_path("k")
            paths[name] = path
            sockets[name] = listen_unix(path)
        ready = None
        if forwarded:
            ready = partial(self._objects.join, paths["control"], forwarded, version.id)
        name = f"{version.script} {version.id[:8]}"
        supervised = Supervised(self._ground, name, program, sockets, ready)
        return Serving(version, slot, supervised, paths, program)

    def _retire(self, serving: Serving, delay: float) -> None:
        self._departures.add(partial(self._end, serving), delay, _GRACE)

    async def _end(self, serving: Serving, grace: float) -> None:
        await serving.supervised.stop(grace)
        if "control" in serving.paths:
            self._objects.leave(serving.paths["control"])
        for name, path in serving.paths.items():
            close_unix(serving.supervised.sockets[name], path)
        self._slots.give_back(serving.slot)

    async def stop(self) -> None:
        everything = [*self._serving.values(), *self._candidates.values()]
        self._serving, self._candidates = {}, {}
        for serving in everything:
            self._retire(serving, 0)
        await self._departures.finish()
