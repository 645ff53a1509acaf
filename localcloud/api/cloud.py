"""What every handler works on: the state, the edge and the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from localcloud.api.store import Store
from localcloud.edge.model import EdgeState, StartResult, Version


class DataPlane(Protocol):
    """The edge, as the API sees it. `localcloud.edge.Edge` is one; tests use `RecordingDataPlane`."""

    async def check_start(self, version: Version) -> StartResult:
        """Starts the version apart from any traffic and tells what it exports, or why it does not start."""
        ...

    async def apply(self, state: EdgeState) -> None:
        """Makes the edge serve `state`; returns when the next request obeys it."""
        ...

    async def flush(self) -> None:
        """Returns when every invocation that has ended is counted in the analytics."""
        ...

    async def purge(self, zone_id: str, kind: str, wanted: Sequence[str]) -> None:
        """Takes answers out of the zone's cache: all (`kind` everything), or by files, tags, hosts or prefixes."""
        ...


@dataclass
class Addresses:
    """Where the local cloud answers; ports on loopback."""

    api_port: int = 0
    http_port: int = 0
    https_port: int = 0


async def _nothing(_store: Store) -> None:
    """There are no data services."""


@dataclass
class Cloud:
    """`changed` is called (awaited) by a handler after it has committed anything that the edge serves from."""

    store: Store
    edge: DataPlane
    desired_state: Callable[[Store], EdgeState] = field(default=lambda _store: EdgeState())
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    addresses: Addresses = field(default_factory=Addresses)
    stored_objects: Callable[[str], list[str]] = field(default=lambda _namespace: [])
    """Ids (64 hex, sorted) of the objects of a Durable Object namespace that have data on the edge."""

    apply_data: Callable[[Store], Awaitable[None]] = field(default=_nothing)
    """Makes the data services serve the state."""

    async def data_changed(self) -> None:
        """Called after a commit of something that only the data services serve from."""
        await self.apply_data(self.store)

    async def changed(self) -> None:
        await self.apply_data(self.store)
        await self.edge.apply(self.desired_state(self.store))


@dataclass
class RecordingDataPlane:
    """An edge that runs nothing: it accepts every version and remembers what it was told."""

    applied: list[EdgeState] = field(default_factory=list[EdgeState])
    checked: list[Version] = field(default_factory=list[Version])
    purged: list[tuple[str, str, tuple[str, ...]]] = field(
        default_factory=list[tuple[str, str, tuple[str, ...]]]
    )
    result: StartResult = field(default_factory=lambda: StartResult(handlers=("fetch",)))

    async def check_start(self, version: Version) -> StartResult:
        self.checked.append(version)
        return self.result

    async def apply(self, state: EdgeState) -> None:
        self.applied.append(state)

    async def flush(self) -> None:
        """Nothing is ever outstanding."""

    async def purge(self, zone_id: str, kind: str, wanted: Sequence[str]) -> None:
        self.purged.append((zone_id, kind, tuple(wanted)))
