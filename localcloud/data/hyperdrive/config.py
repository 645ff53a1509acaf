"""A Hyperdrive configuration as the pooler takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

DEFAULT_LIMIT: Final = 20
DEFAULT_MAX_AGE: Final = 60
DEFAULT_STALE: Final = 15


@dataclass(frozen=True)
class Origin:
    """Where a database is. `tls`: None for none, else `require` (any certificate), `verify-ca` or `verify-full`."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)
    tls: str | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Caching:
    """Times in seconds."""

    disabled: bool = False
    max_age: float = DEFAULT_MAX_AGE
    stale_while_revalidate: float = DEFAULT_STALE


@dataclass(frozen=True)
class Config:
    """`unserved` says what of it the local cloud does not serve; it has no origin then. `restarted_on` changes when somebody
    restarts the pool."""

    id: str
    name: str
    origin: Origin | None
    limit: int = DEFAULT_LIMIT
    caching: Caching = field(default_factory=Caching)
    unserved: str | None = None
    scheme: str = "postgres"
    restarted_on: str | None = None


def config_of(body: dict[str, Any]) -> Config:
    """From the API's own words for it (`origin`, `caching`, `mtls`, `origin_connection_limit`, …)."""
    origin: dict[str, Any] = body["origin"]
    caching: dict[str, Any] = body.get("caching") or {}
    scheme = str(origin.get("scheme", "postgres"))
    return Config(
        id=body["id"],
        name=body["name"],
        origin=None if _unserved(origin) else _origin(origin, body.get("mtls") or {}),
        limit=body.get("origin_connection_limit") or DEFAULT_LIMIT,
        caching=Caching(
            bool(caching.get("disabled")),
            caching.get("max_age", DEFAULT_MAX_AGE),
            caching.get("stale_while_revalidate", DEFAULT_STALE),
        ),
        unserved=_unserved(origin),
        scheme=scheme,
        restarted_on=body.get("restarted_on"),
    )


def _unserved(origin: dict[str, Any]) -> str | None:
    if origin.get("scheme") == "mysql":
        return "MySQL"
    if origin.get("service_id"):
        return "a database behind a VPC service"
    if origin.get("access_client_id"):
        return "a database behind Access"
    return None


def _origin(origin: dict[str, Any], mtls: dict[str, Any]) -> Origin:
    host = str(origin["host"])
    return Origin(
        host=host,
        port=int(origin["port"]),
        user=origin["user"],
        database=origin["database"],
        password=origin["password"],
        tls=None if is_loopback(host) else str(mtls.get("sslmode") or "require"),
    )


def is_loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
