"""A Hyperdrive configuration: pooled connections to the database, over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pulumi
import pulumi_cloudflare as cloudflare

_PORT = 5432


@dataclass(frozen=True)
class DatabaseArgs:
    account_id: pulumi.Input[str]
    name: str
    """The configuration's name in the account; it carries the environment."""
    url: pulumi.Input[str]
    """`postgresql://user:password@host:port/database`; a secret."""
    caching: bool = True
    max_age: int = 60
    """Seconds."""
    stale_while_revalidate: int = 15
    """Seconds."""


class Database(pulumi.ComponentResource):
    """Output: `hyperdrive_id`."""

    hyperdrive_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pitchey:database:Database", name, {}, opts)
        origin = pulumi.Output.secret(args.url).apply(read_origin)
        caching = (
            cloudflare.HyperdriveConfigCachingArgs(
                disabled=False,
                max_age=args.max_age,
                stale_while_revalidate=args.stale_while_revalidate,
            )
            if args.caching
            else cloudflare.HyperdriveConfigCachingArgs(disabled=True)
        )
        config = cloudflare.HyperdriveConfig(
            f"{name}-hyperdrive",
            account_id=args.account_id,
            name=args.name,
            origin=cloudflare.HyperdriveConfigOriginArgs(
                scheme="postgres",
                host=_part(origin, "host"),
                port=origin.apply(lambda parts: int(parts["port"])),
                database=_part(origin, "database"),
                user=_part(origin, "user"),
                password=_part(origin, "password"),
            ),
            caching=caching,
            mtls=cloudflare.HyperdriveConfigMtlsArgs(sslmode="require"),
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.hyperdrive_id = config.id
        self.register_outputs({"hyperdriveId": config.id})


def _part(origin: pulumi.Output[dict[str, str]], name: str) -> pulumi.Output[str]:
    return origin.apply(lambda parts: parts[name])


def read_origin(url: str) -> dict[str, str]:
    """The parts of a connection string. Raises `ValueError` in words that do not hold it."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORT
    except ValueError:
        # Without its cause: that one quotes a part of the address, which may be one of the password.
        raise ValueError(
            "url: no address; what is special in user and password is written in percent form"
        ) from None
    database = unquote(parts.path.removeprefix("/"))
    if not (parts.hostname and parts.username and parts.password and database):
        raise ValueError(
            "url: a connection string with user, password, host and database is needed"
        )
    return {
        "host": parts.hostname,
        "port": str(port),
        "user": unquote(parts.username),
        "password": unquote(parts.password),
        "database": database,
    }
