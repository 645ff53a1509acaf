"""Where hosts lead: to something that exists and is one's own, and routes to a host that visitors can find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...configuration import matches
from ...masking import shown
from ...resources import Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from .zones import FAMILY, HOSTS, Record, Zone, is_run_here, parents_of, zones_of

_AZURE: Final = ".azurewebsites.net"
_FREE_NAMES: Final = {
    ".herokuapp.com": "heroku",
    _AZURE: "azure",
    ".cloudapp.net": "azure",
    ".surge.sh": "surge",
}
"""Ends of hosts whose names anybody may take once they are free, and whose package would declare them."""
_WEBSITE: Final = ".s3-website"
_ANSWERING: Final = (
    *("WorkersCustomDomain", "R2CustomDomain", "LoadBalancer", "SpectrumApplication"),
    *("Web3Hostname", "CustomHostnameFallbackOrigin", "EmailRoutingDns", "WaitingRoom"),
)
"""What makes records of its own, and what answers in the stead of an origin."""


def _dangling(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        for record in zone.of("CNAME"):
            said = _why_dangling(record, zone, stack)
            shared = context.configuration.shared_resources
            names = (record.host, record.content, record.resource.name)
            if said and not any(matches(name, shared) for name in names):
                yield Finding(said, record.resource.inputs["content"], record.resource)


def _why_dangling(record: Record, zone: Zone, stack: Stack) -> str | None:
    target = record.content
    if target.endswith(".r2.dev"):
        return "r2.dev takes no CNAME: a bucket is reached by a custom domain"
    if target.endswith(".pages.dev"):
        return _why_dangling_at_pages(record, stack)
    if target.endswith(".workers.dev"):
        is_ours = _has(stack, target.split(".")[0], "Worker", "WorkersScript")
        return None if is_ours else "no Worker of this stack answers there"
    if _is_free_elsewhere(record, zone, stack):
        return "anybody may take that name at the service once it is free, and this stack does not hold it"
    if zone.resource is not None and zone.name and target.endswith(f".{zone.name}"):
        is_answered = bool(stack.of("WorkersRoute")) or _is_answered(target, zone, stack)
        return None if is_answered else "no record of the zone has the name that it leads to"
    return None


def _why_dangling_at_pages(record: Record, stack: Stack) -> str | None:
    claims = [domain.inputs["name"] for domain in stack.of("PagesDomain")]
    # Of a host or a domain that is not known yet, one may be the other.
    if any(not name.is_told or _same(name.text, record.host or name.text) for name in claims):
        return None
    # A branch's alias comes before the project's name.
    project = record.content.removesuffix(".pages.dev").split(".")[-1]
    if not _has(stack, project, "PagesProject"):
        return "no Pages project of this stack answers there, and whoever takes the name does"
    return "no PagesDomain of this stack claims the host, so that visitors get error 522"


def _has(stack: Stack, name: str, *kinds: str) -> bool:
    """Whether the stack has it, or something that may turn out to be it."""
    for resource in stack.of(*kinds):
        found = resource.inputs["name"] if resource.inputs["name"].exists else None
        found = found or resource.inputs["scriptName"]
        if not found.is_told or _same(found.text, name):
            return True
    return False


def _same(text: str | None, name: str | None) -> bool:
    return text is not None and text.strip().rstrip(".").lower() == name


def _is_answered(host: str, zone: Zone, stack: Stack) -> bool:
    wild = {f"*.{parent}" for parent in list(parents_of(host))[1:]}
    if any(r.host == host or r.host in wild or not r.host for r in zone.records):
        return True
    if any(r.type == "NS" and host.endswith(f".{r.host}") for r in zone.records):
        return True
    return bool(stack.of(*_ANSWERING))


def _is_free_elsewhere(record: Record, zone: Zone, stack: Stack) -> bool:
    target = record.content
    bucket, mark, _ = target.partition(_WEBSITE)
    if mark and target.endswith(".amazonaws.com"):
        # S3 serves a website at the bucket that is called as the host: another one is nobody's yet, or stays unseen.
        return bool(record.host) and bucket != record.host and not _declares(stack, "aws")
    package = next((p for end, p in _FREE_NAMES.items() if target.endswith(end)), None)
    if package is None or _declares(stack, package):
        return False
    # Azure asks for this record before it lets anybody have a host that does not lead straight to it.
    is_proven = any(r.host == f"asuid.{record.host}" and r.type == "TXT" for r in zone.records)
    return not is_proven and (record.is_unproxied or not target.endswith(_AZURE))


def _declares(stack: Stack, package: str) -> bool:
    return any(r.type.split(":")[0].startswith(package) for r in stack.resources)


def _routed(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        # Only where the stack has the zone's records: of another's it sees a part.
        if not is_run_here(zone) or not zone.of(*HOSTS) or zone.is_unsure():
            continue
        for route in stack.of("WorkersRoute"):
            pattern = route.inputs["pattern"]
            host = (pattern.text or "").split("://")[-1].partition("/")[0].lower()
            is_ours = host == zone.name or host.endswith(f".{zone.name}")
            bare = host.removeprefix("*").removeprefix(".")
            if not is_ours or "*" in bare or _leads_in(host, bare, zone, stack):
                continue
            yield Finding(f"no record leads visitors to {shown(pattern)}", pattern, route)


def _leads_in(host: str, bare: str, zone: Zone, stack: Stack) -> bool:
    if host.startswith("*"):
        return any(r.host == bare or r.host.endswith(f".{bare}") for r in zone.of(*HOSTS)) or bool(
            stack.of(*_ANSWERING)
        )
    return _is_answered(host, zone, stack)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-dangling-record",
        family=FAMILY,
        severity=Severity.HIGH,
        why="A CNAME leads to something that exists, or whoever registers the free name speaks for the host",
        kinds=(
            *("DnsRecord", "PagesDomain", "PagesProject", "Worker", "WorkersScript", "Zone"),
            *("WorkersCustomDomain", "R2CustomDomain"),
        ),
        mend="declare what it leads to in this stack, delete the record, or list it in sharedResources",
        link="https://developers.cloudflare.com/pages/configuration/custom-domains/",
        check_stack=_dangling,
        needs_whole=True,
    ),
    Rule(
        name="require-routed-record",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A route catches only what comes to Cloudflare: without a record of its host, nobody reaches the Worker",
        kinds=("WorkersRoute", "DnsRecord", "Zone", *_ANSWERING),
        mend="declare a proxied record of the host (AAAA 100:: where there is no origin), or use a custom domain",
        link="https://developers.cloudflare.com/workers/configuration/routing/routes/",
        check_stack=_routed,
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
)
