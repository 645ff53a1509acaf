"""A connection to the database, and the driver's many errors told in one line."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from database.address import Address
from database.errors import DatabaseError, DatabaseFailedError, DatabaseRefusedError

CONNECT_SECONDS: Final = 60.0
"""A database that nobody used may have to be started first."""
HUNG_UP_SECONDS: Final = 30.0
"""One that is only just starting hangs up on whoever comes, on a busy machine for long; one that does so for longer is down."""
_CLOSE_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 0.5
_SILENT_SECONDS: Final = 2.0

Report = Callable[[str], None]
# The driver's own types leave open what its methods return.
Connection = Any
_connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@asynccontextmanager
async def connected(
    address: Address, *, patience: float = CONNECT_SECONDS, report: Report = lambda _text: None
) -> AsyncGenerator[Connection]:
    """Past a pooler where the way is known. Whatever the database answers in between is raised as a `DatabaseError`. One that
    says that it is starting is asked again for `patience` seconds, one that hangs up for `HUNG_UP_SECONDS` of them; `report`
    hears of it when that takes longer than a moment."""
    telling = asyncio.get_running_loop().call_later(
        _SILENT_SECONDS, report, f"waits for database {address}"
    )
    try:
        connection = await _patiently(address, patience)
    finally:
        telling.cancel()
    try:
        yield connection
    except DatabaseError:
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _told(error, address, patience) from None
    finally:
        await _close(connection)


async def _patiently(address: Address, patience: float) -> Connection:
    clock = asyncio.get_running_loop().time
    begin = clock()
    end = begin + patience
    tries = 0
    while True:
        tries += 1
        try:
            return await _connect(
                host=address.direct_host,
                port=address.port,
                user=address.user,
                password=address.password,
                database=address.name,
                ssl=address.tls() or False,
                timeout=max(end - clock(), _AGAIN_SECONDS),
                # A pooler may give each transaction to another server, which has not prepared what this one has.
                statement_cache_size=0,
                server_settings={"application_name": "pitchey"},
            )
        except (asyncpg.ConnectionDoesNotExistError, asyncpg.CannotConnectNowError) as error:
            starts = isinstance(error, asyncpg.CannotConnectNowError)
            until = end if starts else min(end, begin + HUNG_UP_SECONDS)
            if clock() + _AGAIN_SECONDS < until or (tries == 1 and clock() < end):
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            what = "is still starting" if starts else "hung up before it let anybody in"
            raise DatabaseFailedError(
                f"database {address} {what}", "run it again when it is back"
            ) from None
        except Exception as error:
            raise _told(error, address, patience) from None


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSE_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


def _told(error: Exception, address: Address, patience: float) -> DatabaseError:
    """Raises what it cannot tell: a mistake of our own."""
    told = (
        _of_login(error, address)
        or _of_tls(error, address)
        or _of_network(error, address, patience)
        or _of_work(error, address)
    )
    if told is None:
        raise error
    return told


def _of_login(error: Exception, address: Address) -> DatabaseError | None:
    if isinstance(error, asyncpg.InvalidPasswordError):
        return DatabaseRefusedError(
            f"database {address} does not take the password of {address.user}",
            "set the connection string again",
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return DatabaseRefusedError(
            f"database {address} does not let {address.user} in: {said_by(error)}"
        )
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return DatabaseRefusedError(
            f"there is no database {address}", "set the connection string again"
        )
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return DatabaseFailedError(
            f"database {address} has no connection left", "run it again in a moment"
        )
    return None


def _of_tls(error: Exception, address: Address) -> DatabaseError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return DatabaseFailedError(
            f"the certificate of {address.host} cannot be trusted: {error.verify_message}",
            "SSL_CERT_FILE names the authority that vouches for it, where that is no public one",
        )
    if isinstance(error, ssl.SSLError):
        return DatabaseFailedError(f"no TLS with {address.host}: {error.reason or error}")
    if isinstance(error, ConnectionError) and "SSL upgrade" in str(error):
        return DatabaseFailedError(
            f"{address.host} speaks no TLS", "without it nothing is sent to another machine"
        )
    return None


def _of_network(error: Exception, address: Address, patience: float) -> DatabaseError | None:
    if isinstance(error, TimeoutError):
        return DatabaseFailedError(
            f"database {address} did not answer within {patience:g} s", "run it again in a moment"
        )
    if isinstance(error, socket.gaierror):
        return DatabaseFailedError(
            f"there is no host {address.host}", "check the connection string, and the network"
        )
    if isinstance(error, OSError):
        why = error.strerror or str(error).splitlines()[0].split(": ")[0]
        return DatabaseFailedError(
            f"database {address} cannot be reached at port {address.port}: {why}",
            "run it again when it is back",
        )
    return None


def _of_work(error: Exception, address: Address) -> DatabaseError | None:
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return DatabaseRefusedError(
            f"{address.user} may not do that in database {address}: {said_by(error)}",
            "migrations are the business of the role that owns the database",
        )
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return DatabaseFailedError(
            f"database {address} takes no changes now: it can only be read",
            "run it again when it is itself again",
        )
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.InterfaceError):
        return DatabaseFailedError(
            f"the connection to database {address} was lost", "the same command goes on"
        )
    if isinstance(error, asyncpg.PostgresError):
        return DatabaseFailedError(f"database {address}: {said_by(error)}")
    return None


def said_by(error: asyncpg.PostgresError) -> str:
    """The server's sentence alone: its detail quotes rows."""
    message: object = getattr(error, "message", None)
    return str(message or error).splitlines()[0]
