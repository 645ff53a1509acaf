"""The secrets of a stack: their keys in its configuration, the bindings they become, and what a good one looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True)
class SecretSpec:
    """`binding` is the secret's name in the Worker."""

    binding: str
    required: bool = True


SECRETS: Final[Mapping[str, SecretSpec]] = {
    "databaseUrl": SecretSpec("DATABASE_URL"),
    "upstashRedisRestUrl": SecretSpec("UPSTASH_REDIS_REST_URL"),
    "upstashRedisRestToken": SecretSpec("UPSTASH_REDIS_REST_TOKEN"),
    "sentryDsn": SecretSpec("SENTRY_DSN"),
    "jwtSecret": SecretSpec("JWT_SECRET", required=False),
}
MIN_JWT_BYTES: Final = 32
_FEWEST_CHARACTERS: Final = 12


def check_secret(key: str, value: str) -> str | None:
    """What is wrong with a secret, in words that do not hold it; None when nothing is."""
    if key == "jwtSecret":
        return _check_jwt(value)
    if key == "databaseUrl":
        return _check_database(value)
    if key in {"upstashRedisRestUrl", "sentryDsn"} and urlsplit(value).scheme != "https":
        return "is no https:// address; copy it again from where it comes from"
    if not value.strip():
        return "is empty; set it again"
    return None


def _check_jwt(value: str) -> str | None:
    length = len(value.encode())
    if length < MIN_JWT_BYTES:
        return (
            f"has {8 * length} bits, and 256 are the least; make one with `openssl rand -base64 48`"
        )
    repeated = re.fullmatch(r"(.{1,16}?)\1+.{0,15}", value) is not None
    if repeated or len(set(value)) < _FEWEST_CHARACTERS:
        return "repeats a pattern; make one with `openssl rand -base64 48`"
    return None


def _check_database(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"}:
        return "is no postgres:// address; copy the pooled connection string from Neon's page"
    missing = [
        name
        for name, part in (
            ("a host", parts.hostname),
            ("a user", parts.username),
            ("a password", parts.password),
            ("a database", parts.path.strip("/")),
        )
        if not part
    ]
    if missing:
        return f"names no {missing[0].removeprefix('a ')}; copy the whole connection string from Neon's page"
    if "sslmode=disable" in parts.query:
        return "turns TLS off (sslmode=disable); use sslmode=require"
    return None
