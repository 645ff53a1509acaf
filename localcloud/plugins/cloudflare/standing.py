"""Was it made? After a creation whose answer was lost, only what did not stand there before can be ours."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from localcloud.plugins.cloudflare.api import Api
from localcloud.plugins.cloudflare.paths import fill_path
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType


@dataclass
class Standing:
    """What each list held before this run created anything in it, and what the run has created since. A name alone would
    take somebody else's resource, or a deployment of last week, for the one that was asked for."""

    _known: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, api: Api, kind: ResourceType, inputs: Json) -> None:
        """Before something is created: reads the list, once a run."""
        if kind.find is None:
            return
        path, items, _ = kind.find
        filled = fill_path(path, inputs)
        if filled not in self._known:
            standing = {_identity(row) for row in api.pages(filled, *items)}
            with self._lock:
                self._known.setdefault(filled, standing)

    def add(self, kind: ResourceType, inputs: Json, made: Json) -> None:
        if kind.find is not None:
            with self._lock:
                self._known[fill_path(kind.find[0], inputs)].add(_identity(made))

    def find(self, api: Api, kind: ResourceType, inputs: Json) -> Json | None:
        """The row that a creation with these inputs has made, if it has."""
        if kind.find is None:
            return None
        path, items, matches = kind.find
        filled = fill_path(path, inputs)
        for row in api.pages(filled, *items):
            if _identity(row) not in self._known[filled] and matches(inputs, row):
                return row
        return None


def _identity(row: Json) -> str:
    return str(row.get("id") or row.get("name"))
