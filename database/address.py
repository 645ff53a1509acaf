"""A connection string taken apart: the driver is given its parts, so that no message of its own can quote the password."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from database.errors import DatabaseRefusedError

_DEFAULT_PORT: Final = 5432
_SCHEMES: Final = frozenset({"postgres", "postgresql"})
_NEON: Final = ".neon.tech"
_POOLED: Final = "-pooler"


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    name: str
    wants_tls: bool
    """The connection string asks for TLS, also where nobody else could listen."""

    def __str__(self) -> str:
        return f"{self.name} on {self.host}"

    @property
    def is_on_this_machine(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def direct_host(self) -> str:
        """Neon's pooler lends a connection for one transaction; what a session keeps, as a lock, needs the way past it."""
        first, dot, rest = self.host.partition(".")
        if self.host.endswith(_NEON) and first.endswith(_POOLED):
            return f"{first.removesuffix(_POOLED)}{dot}{rest}"
        return self.host

    def tls(self) -> ssl.SSLContext | None:
        """None only for a database on this machine. Elsewhere the server shows that it is who it says, whatever `sslmode`."""
        if self.is_on_this_machine and not self.wants_tls:
            return None
        return ssl.create_default_context()


def parse_address(url: str) -> Address:
    """Raises `DatabaseRefusedError`, in words that do not hold the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORT
    except ValueError:
        raise DatabaseRefusedError(
            "the connection string is no address",
            "write what is special in user and password in percent form (@ as %40, / as %2F)",
        ) from None
    name = unquote(parts.path.strip("/"))
    if parts.scheme not in _SCHEMES or not parts.hostname or not parts.username or not name:
        raise DatabaseRefusedError(
            "the connection string is no postgres:// address with host, user and database",
            "copy the whole of it again from where it comes from",
        )
    modes = parse_qs(parts.query).get("sslmode", [""])
    return Address(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        name=name,
        wants_tls=modes[-1] in {"require", "verify-ca", "verify-full"},
    )
