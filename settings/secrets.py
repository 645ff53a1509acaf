"""The secrets of a stack: their keys in its configuration, the bindings they become, and what a good one looks like."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import SplitResult, urlsplit


class Holder(Enum):
    """Who is given a secret, in the reference's words."""

    APPLICATION = "the Worker"
    ROLLOUTS = "the Rollouts Worker"
    DELIVERY = "the delivery"
    """`pitchey` reads it from the stack's configuration. What tells of rollouts over HTTP the Rollouts Worker has as well, where
    the dead-man's switch is on: it is the only one left that can tell that the switch has acted."""


@dataclass(frozen=True)
class SecretSpec:
    """`binding` is the secret's name in the Worker that holds it; of what no Worker holds, the name it goes by."""

    binding: str
    meaning: str
    required: bool = True
    holder: Holder = Holder.APPLICATION


def _of_delivery(binding: str, meaning: str) -> SecretSpec:
    return SecretSpec(binding, meaning, required=False, holder=Holder.DELIVERY)


DEPLOYMENTS_TOKEN: Final = "deploymentsToken"  # noqa: S105 (a key)
SECRETS: Final[Mapping[str, SecretSpec]] = {
    "databaseUrl": SecretSpec(
        "DATABASE_URL",
        "connection string of the Postgres database (Neon), over TLS; also Hyperdrive's origin",
    ),
    "upstashRedisRestUrl": SecretSpec(
        "UPSTASH_REDIS_REST_URL", "https address of the Upstash database"
    ),
    "upstashRedisRestToken": SecretSpec("UPSTASH_REDIS_REST_TOKEN", "its token"),
    "sentryDsn": SecretSpec("SENTRY_DSN", "https address to which errors are reported"),
    "jwtSecret": SecretSpec(
        "JWT_SECRET",
        "signs sessions, 256 bits or more; drawn once and kept in the state when it is not set",
        required=False,
    ),
    "jwtSecretPrevious": SecretSpec(
        "JWT_SECRET_PREVIOUS",
        "a second key that verifies sessions and signs none. A rotation that signs nobody out: set it to the new key and "
        "deploy, exchange both and deploy, take it out after 30 days",
        required=False,
    ),
    DEPLOYMENTS_TOKEN: SecretSpec(
        "DEPLOYMENTS_TOKEN",
        "an API token of Cloudflare's with `Workers Scripts Write` alone, for the Worker `pitchey-api-<stack>` alone where the "
        "account can say so; the dead-man's switch deploys the stable version with it",
        required=False,
        holder=Holder.ROLLOUTS,
    ),
    "slackWebhookUrl": _of_delivery(
        "SLACK_WEBHOOK_URL", "https address of the Slack webhook that is told of rollouts"
    ),
    "smtpUrl": _of_delivery(
        "SMTP_URL", "mail server, `smtps://user:password@host` (or `smtp://`, with STARTTLS)"
    ),
    "webhookUrl": _of_delivery("WEBHOOK_URL", "https address that is told of rollouts"),
    "webhookSecret": _of_delivery(
        "WEBHOOK_SECRET", "signs what is sent there, 256 bits or more (HMAC-SHA256)"
    ),
    "githubToken": _of_delivery(
        "GITHUB_TOKEN", "may write deployments of the repository (`deployments: write`)"
    ),
}
MIN_JWT_BYTES: Final = 32
MOST_BYTES: Final = 5 * 1024
"""Cloudflare's limit for a secret."""
_FEWEST_CHARACTERS: Final = 12
_OPENSSL: Final = "make one with `openssl rand -base64 48`"
_PLACEHOLDER: Final = re.compile(
    r"change.?me|secret|passw(or)?d|example|placeholder", re.IGNORECASE
)
_REPEATED: Final = re.compile(r"(.{8,}?)\1|(.{4,}?)\2{2}")
_NO_TLS: Final = re.compile(r"(^|&)sslmode=(disable|allow|prefer)(&|$)")


def check_secret(key: str, value: str) -> str | None:
    """What is wrong with a secret, in words that do not hold it; None when nothing is."""
    return _check_text(value) or _CHECKS.get(key, lambda _: None)(value)


def _check_text(value: str) -> str | None:
    if not value.strip():
        return "is empty; set it again"
    if value != value.strip() or not value.isprintable():
        return "holds white space or control characters, as after a careless copy; set it again"
    if len(value.encode(errors="replace")) > MOST_BYTES:
        return "is longer than 5 KB, Cloudflare's limit for a secret"
    return None


def _check_https(value: str) -> str | None:
    parts = _address(value)
    if parts is None or parts.scheme != "https" or not parts.hostname:
        return "is no https:// address; copy it again from where it comes from"
    return None


def _check_key(value: str) -> str | None:
    length = len(value.encode(errors="replace"))
    if length < MIN_JWT_BYTES:
        return f"has {8 * length} bits, and 256 are the least; {_OPENSSL}"
    if _PLACEHOLDER.search(value):
        return f"is made of words that anybody could guess; {_OPENSSL}"
    if _is_patterned(value):
        return f"repeats a pattern; {_OPENSSL}"
    return None


def _is_patterned(value: str) -> bool:
    """Few different characters, one piece again and again, or a row of characters like `abcdef`."""
    if len(set(value)) < _FEWEST_CHARACTERS or _REPEATED.search(value[:512]):
        return True
    # In what is drawn, no distance between neighbours is common.
    distances = Counter(ord(b) - ord(a) for a, b in itertools.pairwise(value))
    return max(distances.values()) > len(value) // 3


def _check_database(value: str) -> str | None:
    parts = _address(value)
    if parts is None:
        return "is no address; write what is special in user and password in percent form (@ as %40, / as %2F)"
    if parts.scheme not in {"postgres", "postgresql"}:
        return "is no postgres:// address; copy the pooled connection string from Neon's page"
    missing = [
        name
        for name, part in (
            ("host", parts.hostname),
            ("user", parts.username),
            ("password", parts.password),
            ("database", parts.path.strip("/")),
        )
        if not part
    ]
    if missing:
        return f"names no {missing[0]}; copy the whole connection string from Neon's page"
    if _NO_TLS.search(parts.query):
        return "may do without TLS (sslmode); use sslmode=require"
    return None


def _check_smtp(value: str) -> str | None:
    parts = _address(value)
    if parts is None or parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        return "is no smtp:// or smtps:// address; write what is special in user and password in percent form"
    return None


def _address(value: str) -> SplitResult | None:
    """None for what is no address, among others when its port is no number: that error would quote the password."""
    try:
        parts = urlsplit(value)
        if parts.port == 0:
            return None
    except ValueError:
        return None
    return parts


_CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "jwtSecret": _check_key,
    "jwtSecretPrevious": _check_key,
    "databaseUrl": _check_database,
    "upstashRedisRestUrl": _check_https,
    "sentryDsn": _check_https,
    "slackWebhookUrl": _check_https,
    "webhookUrl": _check_https,
    "webhookSecret": _check_key,
    "smtpUrl": _check_smtp,
}
