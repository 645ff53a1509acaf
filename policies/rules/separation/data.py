"""Separation between the stacks of a project: production's databases and secrets are nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ...configuration import matches
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .uses import across, first_of, settings_of

_FAMILY: Final = "separation"
_BOUND: Final = ("WorkerVersion", "WorkersScript", "PagesProject")
_DATABASE_URL: Final = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?)://(?:[^\s/@]*@)?([^\s/?#:]+)(?::\d+)?(?:/([^\s?#]*))?",
    re.IGNORECASE,
)
_UPSTASH: Final = re.compile(r"https://(?:[^\s/@]*@)?([\w-]+\.upstash\.io)", re.IGNORECASE)
_LEAST_SECRET: Final = 12
_NO_SECRET: Final = re.compile(
    r"(?:^|_)(?:ID|URL|URI|HOST|DSN|REGION|ISSUER|AUDIENCE|EMAIL|USER|PUBLIC_KEY)$|(?:^|_)PUBLIC_",
    re.IGNORECASE,
)
"""Names of what is bound as a secret and may be the same everywhere."""


@dataclass(frozen=True)
class _Database:
    host: str
    database: str
    at: Property
    resource: Resource


def _databases(stack: Stack, context: Context) -> Iterator[Finding]:
    others = across(stack, context)
    own = list(_databases_of(stack, context)) if others else []
    for other in others:
        theirs = {(their.host, their.database) for their in _databases_of(other, context)}
        for mine in own:
            known = (mine.host, mine.database)
            is_shared = matches(mine.host, context.configuration.shared_resources)
            if known in theirs and not is_shared:
                yield Finding(f"{other.name} uses this database, too", mine.at, mine.resource)


def _databases_of(stack: Stack, context: Context) -> Iterator[_Database]:
    for config in stack.of("HyperdriveConfig"):
        origin = config.inputs["origin"]
        place = first_of(origin, "host", "serviceId")
        host, database = place.text, origin["database"].text
        if host and database and not _is_local(host):
            yield _Database(_plain_host(host), database, origin["database"], config)
    for setting in settings_of(stack, context):
        value, resource = setting.value, setting.resource
        for host, database in _DATABASE_URL.findall(value.text or ""):
            if not _is_local(host):
                yield _Database(_plain_host(host), database, value, resource)
        for host in _UPSTASH.findall(value.text or ""):
            yield _Database(_plain_host(host), "", value, resource)


def _is_local(host: str) -> bool:
    return host.lower() in {"localhost", "127.0.0.1"} or host.lower().endswith(".hyperdrive.local")


def _plain_host(host: str) -> str:
    """Pooled and direct addresses of one database are the same place."""
    first, dot, rest = host.lower().rstrip(".").partition(".")
    return f"{first.removesuffix('-pooler')}{dot}{rest}"


def _secrets(stack: Stack, context: Context) -> Iterator[Finding]:
    others = across(stack, context)
    own = list(_secrets_of(stack, context)) if others else []
    for other in others:
        theirs = {place.text for place, _ in _secrets_of(other, context)}
        for place, resource in own:
            if place.text in theirs:
                yield Finding(f"{other.name} has the same secret", place, resource)


def _secrets_of(stack: Stack, context: Context) -> Iterator[tuple[Property, Resource]]:
    for resource in stack.of("HyperdriveConfig"):
        for key in ("password", "accessClientSecret"):
            if resource.inputs["origin"][key].text:
                yield resource.inputs["origin"][key], resource
    for setting in settings_of(stack, context):
        if setting.is_secret and is_worth_separating(setting.name, setting.value.text or ""):
            yield setting.value, setting.resource


def is_worth_separating(name: str, text: str) -> bool:
    """Whether it is a secret indeed: some bind as one what is short, public or an address."""
    return len(text) >= _LEAST_SECRET and not _NO_SECRET.search(name) and not _is_address(text)


def _is_address(text: str) -> bool:
    """A URL without a password, such as a Sentry DSN."""
    return bool(re.match(r"[a-z][a-z+.-]*://[^\s/@:]*(?:@|[:/]|$)", text)) and not re.match(
        r"[a-z][a-z+.-]*://[^\s/@:]*:[^\s/@]+@", text
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="separate-databases",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Production's database is reached from production alone",
        kinds=("HyperdriveConfig", *_BOUND),
        mend="give the other stack a database of its own: another host or another name",
        link="https://developers.cloudflare.com/hyperdrive/configuration/connect-to-postgres/",
        check_stack=_databases,
        hardening=False,
    ),
    Rule(
        name="separate-secrets",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A secret that two environments share is lost in both when it is lost in the weaker one",
        kinds=("HyperdriveConfig", "WorkersSecret", *_BOUND),
        mend="make a secret of its own for each stack, and change the one in production",
        link="https://developers.cloudflare.com/workers/configuration/secrets/",
        check_stack=_secrets,
        hardening=False,
    ),
)
