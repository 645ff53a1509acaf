"""The runner: brings a database to the migrations that there are, one runner at a time, each migration whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import asyncpg

from database.address import Address
from database.connecting import Connection, connected, said_by
from database.errors import DatabaseFailedError, DatabaseRefusedError
from database.migration_files import Migration
from database.planning import Applied, Plan, plan, refuse_newer

Report = Callable[[str], None]
LOCK: Final = 7_165_443_206_514_891_007
"""Of this runner's own; it means nothing."""
_POLL_SECONDS: Final = 0.2
_TABLE: Final = """
create table if not exists schema_migrations (
    number integer primary key check (number > 0),
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
)
"""
_ROWS: Final = "select number, name, checksum, applied_at from schema_migrations order by number"
_RECORD: Final = "insert into schema_migrations (number, name, checksum) values ($1, $2, $3)"


@dataclass(frozen=True)
class Limits:
    """In seconds. `lock`: how long a migration may wait for a table, since everybody who comes later waits behind it.
    `statement`: how long one statement may take. `runner`: how long another runner is waited for."""

    lock: float = 5.0
    statement: float = 300.0
    runner: float = 120.0


async def look(connection: Connection, files: Sequence[Migration]) -> Plan:
    """What is applied and what waits; changes nothing. Raises `DatabaseRefusedError`."""
    return plan(files, await _applied(connection))


async def _applied(connection: Connection) -> list[Applied]:
    if await connection.fetchval("select to_regclass('schema_migrations')") is None:
        return []
    rows = await connection.fetch(_ROWS)
    return [Applied(row["number"], row["name"], row["checksum"], row["applied_at"]) for row in rows]


async def migrate(
    address: Address,
    files: Sequence[Migration],
    *,
    report: Report = lambda _text: None,
    limits: Limits | None = None,
) -> list[Migration]:
    """Applies what waits, in order; returns it. What was applied before one failed stays. Raises `DatabaseError`."""
    limits = limits or Limits()
    async with connected(address, report=report) as connection:
        planned = await look(connection, files)
        refuse_newer(planned)
        if not planned.waiting:
            return []
        async with _alone(connection, address, limits.runner, report):
            # Another runner may have been here while this one waited.
            planned = await look(connection, files)
            refuse_newer(planned)
            await connection.execute(_TABLE)
            for migration in planned.waiting:
                report(f"applies {migration.file_name}")
                await _apply(connection, migration, limits)
        return list(planned.waiting)


@asynccontextmanager
async def _alone(
    connection: Connection, address: Address, patience: float, report: Report
) -> AsyncGenerator[None]:
    """The session's lock goes with the connection, however that ends. It is asked for again and again rather than waited for:
    an index that is built concurrently by who has it would wait for whoever waits here."""
    deadline = asyncio.get_running_loop().time() + patience
    told = False
    while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
        if asyncio.get_running_loop().time() >= deadline:
            raise DatabaseFailedError(
                f"database {address} is still being migrated by somebody else after {patience:g} s",
                "run it again when they are done",
            )
        if not told:
            report("somebody else migrates this database: waits for them")
            told = True
        await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    except Exception:
        # A pooler's connection would keep the lock for whoever is lent it next.
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await _unlock(connection)
        raise
    await _unlock(connection)


async def _unlock(connection: Connection) -> None:
    await connection.fetchval("select pg_advisory_unlock($1)", LOCK)


async def _apply(connection: Connection, migration: Migration, limits: Limits) -> None:
    row = (migration.number, migration.name, migration.checksum)
    if migration.is_in_transaction:
        async with connection.transaction():
            await connection.execute(
                f"set local lock_timeout = {limits.lock * 1000:.0f};"
                f"set local statement_timeout = {limits.statement * 1000:.0f}"
            )
            await _check_lock(connection)
            await _run(connection, migration, migration.sql, limits)
            await connection.execute(_RECORD, *row)
        return
    # An index that gives up waiting would be left behind, invalid: here there is no limit but the caller's patience.
    await connection.execute("set lock_timeout = 0; set statement_timeout = 0")
    for statement in migration.statements():
        await _run(connection, migration, statement, limits)
    await _check_lock(connection)
    await connection.execute(_RECORD, *row)


async def _check_lock(connection: Connection) -> None:
    """The session that has the lock can take it once more. If it cannot, this is another session of a pooler."""
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
        raise DatabaseRefusedError(
            "the connection string leads to a pooler that lends a connection for one transaction",
            "migrate by the database's direct address",
        )


async def _run(
    connection: Connection, migration: Migration, statement: str, limits: Limits
) -> None:
    name = migration.file_name
    left = (
        "nothing of it was applied"
        if migration.is_in_transaction
        else "what it did before stays, and it is run whole again"
    )
    try:
        await connection.execute(statement)
    except asyncpg.LockNotAvailableError:
        raise DatabaseFailedError(
            f"{name} waited {limits.lock:g} s for a table that others use; {left}",
            "run it again in a quieter moment",
        ) from None
    except asyncpg.QueryCanceledError:
        raise DatabaseFailedError(
            f"{name} has a statement that took longer than {limits.statement:g} s; {left}",
            "do it in smaller steps",
        ) from None
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError):
        raise
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        where = _line(migration, statement, error)
        raise DatabaseFailedError(
            f"{name}{where}: {said_by(error)}; {left}", "mend the file, then run it again"
        ) from None


def _line(migration: Migration, statement: str, error: asyncpg.PostgresError) -> str:
    """`:line` of the file, where the server tells a place in the statement."""
    position: object = getattr(error, "position", None)
    if not isinstance(position, str) or not position.isdigit():
        return ""
    start = max(migration.sql.find(statement), 0)
    return f":{migration.sql.count(chr(10), 0, start + int(position) - 1) + 1}"
