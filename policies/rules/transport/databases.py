"""Connections to databases: always with TLS, and to the database that is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from ...resources import Resource
from ...rule import Context, Finding, Rule, Severity
from .addresses import CODE, LOOPBACK, hosts_in, is_inner, values_of

_FAMILY: Final = "transport"
_DATABASE: Final = re.compile(
    r"\b(postgres(ql)?|mysql2?|mariadb|mongodb(\+srv)?|sqlserver|mssql|cockroachdb|jdbc:\w+|rediss?)(\+\w+)?:",
    re.IGNORECASE,
)
_KEYWORDS: Final = re.compile(r"\b(host|hostaddr|dbname|server|data source)\s*=", re.IGNORECASE)
_UNSAFE_PARAMETER: Final = re.compile(
    r"(?<![a-z])(sslmode\s*=\s*(disabled?|allow|prefer(red)?|no-verify)"
    r"|ssl-?mode\s*=\s*(disabled?|prefer(red)?)"
    r"|(use)?(ssl|tls)\s*=\s*(false|0|off|no|no-verify|disable|skip-verify|preferred)"
    r"|encrypt\s*=\s*(false|no|optional)"
    r"|(sslaccept\s*=\s*accept_invalid_certs)"
    r"|(tlsinsecure|tlsallowinvalidcertificates|tlsallowinvalidhostnames|trustservercertificate)\s*=\s*(true|yes)"
    r"|(rejectunauthorized|verifyservercertificate)[\"'\s]*[=:]\s*(false|0))(?![a-z0-9-])",
    re.IGNORECASE,
)
_DATABASE_SWITCH: Final = re.compile(
    r"^PGSSLMODE$|(^|_)(DB|DATABASE|PG|POSTGRES(QL)?|MYSQL|MONGO(DB)?|REDIS)_(.*_)?(SSL|TLS|SSL_?MODE)(_ENABLED)?$",
    re.IGNORECASE,
)
_SWITCHED_OFF: Final = frozenset(
    {"disable", "disabled", "allow", "prefer", "preferred", "false", "0", "off", "no", "no-verify"}
)
_WITH_PASSWORD: Final = re.compile(r"redis://[^/\s@]*:[^/\s@]+@", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\d+(\.\d+){3}|\[?[0-9a-f]*:[0-9a-f:.]+\]?", re.IGNORECASE)
_HYPERDRIVE_MODES: Final = frozenset(
    {"disable", "disabled", "allow", "prefer", "preferred", "no-verify", "none", "off"}
)


def _database_tls(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.kind == "HyperdriveConfig":
        mode = resource.inputs.at("mtls", "sslmode")
        if mode.word in _HYPERDRIVE_MODES:
            yield Finding("the connection to the database may be in clear text", mode)
        return
    for name, value in values_of(resource):
        text = value.text or ""
        is_address = _DATABASE.search(text) or ("://" not in text and _KEYWORDS.search(text))
        if is_address and not _stays_here(text, context):
            remote = [h for scheme, h in hosts_in(text) if scheme == "redis"]
            if _UNSAFE_PARAMETER.search(unquote(text)):
                yield Finding(
                    "lets the connection to the database be in clear text or unverified", value
                )
            elif remote and _WITH_PASSWORD.search(text) and not is_inner(remote[0], context):
                yield Finding("sends its password to Redis without TLS", value)
        elif _DATABASE_SWITCH.search(name.rsplit(".", 1)[-1]) and value.word in _SWITCHED_OFF:
            yield Finding("turns TLS to the database off", value)


def _database_certificate(resource: Resource, context: Context) -> Iterator[Finding]:
    mtls, origin = resource.inputs["mtls"], resource.inputs["origin"]
    mode, host = mtls["sslmode"], origin["host"]
    verifies = (mode.word or "").replace("_", "-").startswith("verify-")
    if mtls["caCertificateId"].exists:
        if not verifies and mode.is_told:
            yield Finding("the authority's certificate is given, and nobody verifies by it", mode)
        return
    if verifies:
        said = "nothing says by which authority's certificate the database is verified"
        yield Finding(said, mode)
    if _ADDRESS.fullmatch(host.text or ""):
        yield Finding("is an address, which the database's certificate does not name", host)


def _stays_here(text: str, context: Context) -> bool:
    try:
        host = urlsplit(text.strip()).hostname or ""
    except ValueError:
        return False
    return bool(LOOPBACK.fullmatch(host)) and not context.production


DATABASE_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-database-tls",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A database is spoken to with TLS always, and not only where it likes: the password is in the first packet",
        kinds=("HyperdriveConfig", *CODE),
        mend="use sslmode=require or stricter, and rediss:// for Redis",
        link="https://developers.cloudflare.com/hyperdrive/configuration/tls-ssl-certificates-for-hyperdrive/",
        check=_database_tls,
    ),
    Rule(
        name="verify-database-certificate",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="Hyperdrive can tell the database from an impostor: by its name, or by the authority of your own that certified it",
        kinds=("HyperdriveConfig",),
        mend="give the origin's host name, or caCertificateId together with an sslmode that verifies (verify-ca, verify-full)",
        link="https://developers.cloudflare.com/hyperdrive/configuration/tls-ssl-certificates-for-hyperdrive/",
        check=_database_certificate,
    ),
)
