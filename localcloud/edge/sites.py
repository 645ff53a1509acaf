"""Pages: one process serves the static files of every site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from localcloud.edge.files import Folders
from localcloud.edge.model import PagesSite
from localcloud.edge.programs import SiteFiles, sites_program
from localcloud.edge.sockets import close_unix, listen_unix
from localcloud.edge.supervision import Departures, Ground, Supervised
from localcloud.edge.versions import Slots

_LAST_REQUESTS: Final = 1.0
_GRACE: Final = 10.0


class Sites:
    """`table`: host → where the front finds its site."""

    def __init__(self, ground: Ground, slots: Slots, folders: Folders) -> None:
        self.table: dict[str, dict[str, str]] = {}
        self._ground = ground
        self._slots = slots
        self._folders = folders
        self._current: tuple[int, Supervised] | None = None
        self._sites: tuple[PagesSite, ...] = ()
        self._departures = Departures(ground)

    async def provide(self, sites: Sequence[PagesSite]) -> list[Callable[[], None]]:
        """Serves these; returns what ends the process that served before, to be called once nothing is routed to it."""
        if tuple(sites) == self._sites:
            return []
        old = self._current
        self._current, table = None, dict[str, dict[str, str]]()
        if sites:
            slot = self._slots.take()
            folders: dict[str, SiteFiles] = {}
            for index, site in enumerate(sites):
                folders[f"site{index}"] = SiteFiles(self._folders.site(site), site)
                for host in site.hosts:
                    table[host] = {"slot": f"slot{slot}", "name": f"site{index}"}
            sockets = {"serve": listen_unix(self._slots.path(slot))}
            supervised = Supervised(self._ground, "sites", sites_program(folders), sockets)
            await supervised.start()
            self._current = (slot, supervised)
        self.table, self._sites = table, tuple(sites)
        return [] if old is None else [partial(self._retire, *old)]

    def _retire(self, slot: int, supervised: Supervised) -> None:
        self._departures.add(partial(self._end, slot, supervised), _LAST_REQUESTS, _GRACE)

    async def _end(self, slot: int, supervised: Supervised, grace: float) -> None:
        await supervised.stop(grace)
        close_unix(supervised.sockets["serve"], self._slots.path(slot))
        self._slots.give_back(slot)

    async def stop(self) -> None:
        if self._current is not None:
            self._retire(*self._current)
            self._current = None
        await self._departures.finish()
