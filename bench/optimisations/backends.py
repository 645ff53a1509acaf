"""What Postgres itself says of its connections and of what was looked up.

A request that connects to Postgres itself has its connection to itself for as long as that is open. The pool lends one for a
transaction: Postgres sees it at work for less than it is lent, as words are under way before and after, a round trip together. So a
connection of the pool counts as in use while it is not idle, and for one round trip afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, cast

import asyncpg

from bench.optimisations.block import Connected

ROUND_TRIP_SECONDS: Final = 0.040
"""The distance's default."""
_INTERVAL_SECONDS: Final = 0.1
_POOL: Final = "Cloudflare Hyperdrive"
_DIRECT: Final = "pitchey-api"
_CONNECTIONS: Final = """
select count(*) as open, count(*) filter (where state <> 'idle') as busy,
  count(*) filter (
    where application_name = $1
      or application_name = $2 and (state <> 'idle' or state_change > clock_timestamp() - make_interval(secs => $3))
  ) as in_use
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and application_name in ($1, $2)
"""
_SCANS: Final = "select idx_scan from pg_stat_user_indexes where indexrelname = $1"


class Database(Protocol):
    """A connection past pool and Worker, as far as it is used here."""

    async def fetch(self, query: str, *values: object) -> Sequence[Mapping[str, Any]]: ...
    async def close(self) -> None: ...


async def connect(url: str) -> Database:
    """Raises what asyncpg raises."""
    connecting: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("Database", await connecting(url))


async def connected(database: Database) -> Connected:
    (row,) = await database.fetch(_CONNECTIONS, _DIRECT, _POOL, ROUND_TRIP_SECONDS)
    return Connected(row["open"], row["busy"], row["in_use"])


@asynccontextmanager
async def watched(database: Database) -> AsyncGenerator[list[Connected]]:
    """The connections, seen several times a second until it is left."""
    seen: list[Connected] = []

    async def watch() -> None:
        while True:
            seen.append(await connected(database))
            await asyncio.sleep(_INTERVAL_SECONDS)

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def scans(database: Database, index: str) -> int:
    """How often the index has been searched, as far as Postgres has counted."""
    (row,) = await database.fetch(_SCANS, index)
    return int(row["idx_scan"])
