"""Separation between the stacks of a project: production's Workers, stores and hosts are nobody else's."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ...configuration import matches
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .uses import WORKER, Use, across, bound, owned

_FAMILY: Final = "separation"
_LINK: Final = "https://developers.cloudflare.com/workers/wrangler/environments/"
_BOUND: Final = ("WorkerVersion", "WorkersScript", "PagesProject")
_STORES: Final = ("WorkersKvNamespace", "R2Bucket", "D1Database", "Queue", "VectorizeIndex", "Zone")


def _shared(stack: Stack, context: Context, *, workers: bool) -> Iterator[Finding]:
    shared_names = context.configuration.shared_resources
    others = across(stack, context)
    own = list(owned(stack)) if others else []
    bindings = list(bound(stack, context.configuration)) if others else []
    for other in others:
        theirs_owned = list(owned(other))
        theirs: dict[tuple[str, str], list[Use]] = {}
        for use in (*theirs_owned, *bound(other, context.configuration)):
            theirs.setdefault((use.what, use.key), []).append(use)
        labels = {(use.what, use.key): use.label for use in (*own, *theirs_owned)}
        said: set[tuple[str, str]] = set()
        for use in (*bindings, *own):
            key = (use.what, use.key)
            # Of what is bound, the binding is at fault; of what is not, its owner's name is.
            if (use.what == WORKER) != workers or (use.is_own and key in said):
                continue
            label = labels.get(key) or use.key
            if matches(label, shared_names) or matches(use.key, shared_names):
                continue
            if any(_is_same_account(use, their) for their in theirs.get(key, ())):
                said.add(key)
                yield Finding(f"{other.name} uses this {use.what}, too", use.at, use.resource)


def _is_same_account(use: Use, other: Use) -> bool:
    return use.account is None or other.account is None or use.account == other.account


def _stores(stack: Stack, context: Context) -> Iterator[Finding]:
    yield from _shared(stack, context, workers=False)


def _workers(stack: Stack, context: Context) -> Iterator[Finding]:
    yield from _shared(stack, context, workers=True)


@dataclass(frozen=True)
class _Host:
    host: str
    """A pattern, of a route."""
    zone: str | None
    at: Property
    resource: Resource


_HOSTS: Final = {
    "WorkersCustomDomain": "hostname",
    "WorkersRoute": "pattern",
    "PagesDomain": "name",
    "R2CustomDomain": "domain",
    "DnsRecord": "name",
}


def _hosts(stack: Stack, context: Context) -> Iterator[Finding]:
    others = across(stack, context)
    own = list(hosts_of(stack)) if others else []
    for other in others:
        theirs = list(hosts_of(other))
        for mine in own:
            if matches(mine.host, context.configuration.shared_resources):
                continue
            if any(_overlap(mine, their, context.production) for their in theirs):
                yield Finding(f"{other.name} claims this host, too", mine.at, mine.resource)


def hosts_of(stack: Stack) -> Iterator[_Host]:
    for kind, key in _HOSTS.items():
        for resource in stack.of(kind):
            place = resource.inputs[key]
            if kind == "DnsRecord" and resource.inputs["type"].word not in {"a", "aaaa", "cname"}:
                continue
            host = (place.text or "").lower().split("://")[-1].partition("/")[0].rstrip(".")
            if "." in host:
                yield _Host(host, resource.inputs["zoneId"].text, place, resource)


def _overlap(mine: _Host, other: _Host, production: bool) -> bool:
    """A wide pattern of production's gives way to a narrower one elsewhere; the reverse takes production's visitors."""
    if mine.zone and other.zone and mine.zone != other.zone:
        return False
    host, pattern = (mine.host, other.host) if production else (other.host, mine.host)
    return host == pattern or ("*" not in host and fnmatch.fnmatchcase(host, pattern))


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="separate-stores",
        family=_FAMILY,
        severity=Severity.CRITICAL,
        why="Production and the other environments share no namespace, bucket, database, queue or index: a test must not eat real data",
        kinds=(*_STORES, *_BOUND),
        mend="give each stack its own, or list it under sharedResources if it is for all of them",
        link=_LINK,
        check_stack=_stores,
        hardening=False,
    ),
    Rule(
        name="separate-workers",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A Worker of one environment calls no Worker and no Durable Object of another, or it works on its data",
        kinds=("Worker", *_BOUND),
        mend="bind the Worker of the same stack, or list it under sharedResources if it is for all of them",
        link=_LINK,
        check_stack=_workers,
        hardening=False,
    ),
    Rule(
        name="separate-hosts",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="A host answers for one environment: two stacks that claim it take each other's visitors",
        kinds=tuple(_HOSTS),
        mend="give each stack hosts of its own",
        link="https://developers.cloudflare.com/workers/configuration/routing/",
        check_stack=_hosts,
        hardening=False,
    ),
)
