"""Records of hosts: they lead to one place, and not past Cloudflare to the origin."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ...configuration import matches
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .zones import ADDRESSES, FAMILY, HOSTS, Record, Zone, address_of, parents_of, zones_of

_PRIVATE: Final = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"),
    )
]
_PLACEHOLDERS: Final = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "100::/64")]
"""What Cloudflare's documentation has for hosts without an origin; proxied, nothing is ever sent there."""
_NO_WEB: Final = re.compile(
    r"_.*|(mail|mx|smtp|imap|pop|pop3|relay|autodiscover|autoconfig|ns|dns|ssh|sftp|ftp|ftps|vpn|wg|wireguard"
    r"|bastion|jump|rdp|turn|stun|sip|xmpp|irc|mqtt|rtmp|ntp|ldap|db|database|pg|postgres|mysql|redis|mongo"
    r"|game|mc|minecraft|git|gitssh|syslog|localhost|spf|bounce|bounces)[\d-]*",
)
_CLOUDS: Final = (
    *(".pages.dev", ".workers.dev", ".cfargotunnel.com", ".elb.amazonaws.com"),
    *(".compute.amazonaws.com", ".compute-1.amazonaws.com", ".cloudapp.azure.com"),
    *(".bc.googleusercontent.com",),
)
"""Ends of hosts that are an origin of one's own, and no service that wants to see the visitor itself."""
_SERVICES: Final = [
    ipaddress.ip_network(text)
    for text in (
        *("76.76.21.0/24", "216.198.79.0/24", "75.2.60.5", "99.83.190.102", "75.2.70.75"),
        *("185.199.108.0/22", "2606:50c0:8000::/46", "23.227.38.0/24", "198.49.23.0/24"),
        *("198.185.159.0/24", "216.239.32.0/21", "2001:4860:4802::/48", "151.101.0.0/16"),
    )
]
"""Addresses that services such as Vercel, Netlify, GitHub Pages and Shopify tell all their customers to point an apex at."""


def _shadowed(stack: Stack, context: Context) -> Iterator[Finding]:
    own_records = _hosts_with_own_record(stack)
    for zone in zones_of(stack):
        by_host: dict[str, list[Record]] = defaultdict(list)
        for record in zone.records:
            if record.host and record.type:
                by_host[record.host].append(record)
        delegated = {r.host for r in zone.of("NS") if r.host and not zone.is_apex(r.host)}
        for host, records in by_host.items():
            for record in records:
                said = _why_shadowed(record, records, zone)
                if said is None and record.type in HOSTS and host in own_records:
                    said = f"{own_records[host]} makes a record of this name itself"
                above = set(parents_of(host)) & delegated
                if said is None and above and record.type not in {"NS", "DS"}:
                    said = "is under a name that NS records hand to other name servers"
                if said is not None:
                    yield Finding(said, record.resource.inputs["name"], record.resource)


def _why_shadowed(record: Record, records: list[Record], zone: Zone) -> str | None:
    others = [other for other in records if other is not record]
    twins = [r for r in records if r.type == record.type and r.content == record.content]
    if record.content and record is not twins[0]:
        return "the same record is declared twice"
    if record.type != "CNAME":
        return None
    if any(other.type in {*HOSTS, "NS"} for other in others):
        return "a CNAME stands beside other records of its name that say where the host is"
    # Cloudflare flattens a CNAME at the apex and of a proxied host: other records of the name are then answered.
    if others and record.is_unproxied and not zone.is_apex(record.host):
        return "an unproxied CNAME hides the other records of its name"
    return None


def _hosts_with_own_record(stack: Stack) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, key in (("WorkersCustomDomain", "hostname"), ("R2CustomDomain", "domain")):
        for resource in stack.of(kind):
            host = resource.inputs[key]
            if host.is_told and host.text:
                found[host.text.lower().rstrip(".")] = f"the {kind} {resource.name}"
    return found


def _proxied(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        mail = {record.content for record in zone.of("MX", "SRV", "NS")}
        proxied = {r.host for r in zone.of(*HOSTS) if not r.is_unproxied}
        if zone.resource is not None and any(r.is_proxied for r in zone.records):
            paused = zone.resource.inputs["paused"]
            if paused.flag is True:
                yield Finding("a paused zone proxies none of its hosts", paused, zone.resource)
        if zone.is_unsure():
            continue
        for record in zone.of(*HOSTS):
            if not record.host or record.host in mail | proxied or not record.is_unproxied:
                continue
            if _serves_web(record, zone) and not _is_excepted(record, context):
                yield Finding(
                    "shows the origin's address to everybody, and nothing of Cloudflare's protects it",
                    record.resource.inputs["proxied"],
                    record.resource,
                )


def _serves_web(record: Record, zone: Zone) -> bool:
    label = record.host.removesuffix(zone.name).rstrip(".") if zone.name else record.host
    if any(_NO_WEB.fullmatch(part) for part in label.split(".")):
        return False
    if record.type == "CNAME":
        return record.content.endswith(_CLOUDS)
    address = address_of(record)
    return address is not None and not any(address in n for n in (*_PRIVATE, *_SERVICES))


def _is_excepted(record: Record, context: Context) -> bool:
    patterns = context.configuration.unproxied_hosts
    return record.resource.inputs["privateRouting"].flag is True or any(
        matches(name, patterns) for name in (record.host, record.resource.name)
    )


def _leaked(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        shown_at: dict[object, list[Record]] = defaultdict(list)
        for record in zone.of(*ADDRESSES):
            address = address_of(record)
            if address is not None and not any(address in n for n in (*_PRIVATE, *_PLACEHOLDERS)):
                shown_at[address].append(record)
        for records in shown_at.values():
            proxied = {r.host for r in records if r.is_proxied}
            for record in records:
                if proxied - {record.host} and record.host not in proxied and record.is_unproxied:
                    yield Finding(
                        f"shows the address that {min(proxied)} hides behind Cloudflare",
                        record.resource.inputs["content"],
                        record.resource,
                    )


def _private(resource: Resource, context: Context) -> Iterator[Finding]:
    content = resource.inputs["content"]
    content = content if content.exists else resource.inputs["value"]
    if (resource.inputs["type"].text or "").strip().upper() not in ADDRESSES:
        return
    try:
        address = ipaddress.ip_address((content.text or "").strip())
    except ValueError:
        return
    # IPv4, written as IPv6.
    address = (address.ipv4_mapped if address.version == 6 else None) or address
    routing = resource.inputs["privateRouting"]
    is_public = routing.flag is False or not routing.exists
    if is_public and any(address in network for network in _PRIVATE):
        yield Finding("leads to an address inside a network of one's own", content)


RECORD_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="forbid-shadowed-record",
        family=FAMILY,
        severity=Severity.HIGH,
        why="Records of one name do not contradict each other, or some of them are never answered",
        kinds=("DnsRecord", "WorkersCustomDomain", "R2CustomDomain", "Zone"),
        mend="keep one of the records, or give the other a name of its own",
        link="https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/",
        check_stack=_shadowed,
    ),
    Rule(
        name="require-proxied-origin",
        family=FAMILY,
        severity=Severity.HIGH,
        why="A web host is proxied: an address that anybody can look up is attacked past firewall, limits and cache",
        kinds=("DnsRecord", "Zone"),
        mend="set proxied to true, or list a host that serves no web in unproxiedHosts",
        link="https://developers.cloudflare.com/dns/proxy-status/",
        check_stack=_proxied,
    ),
    Rule(
        name="forbid-leaked-origin",
        family=FAMILY,
        severity=Severity.HIGH,
        why="The address behind a proxied host stands in no unproxied record, where everybody can read it",
        kinds=("DnsRecord", "Zone"),
        mend="proxy the record too, or move what it serves to another machine",
        link="https://developers.cloudflare.com/fundamentals/security/protect-your-origin-server/",
        check_stack=_leaked,
    ),
    Rule(
        name="forbid-private-address",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="Public DNS holds no address of an inner network: it tells strangers of it and helps rebinding attacks",
        kinds=("DnsRecord",),
        mend="take the record out, or reach the host by a tunnel or by private routing",
        link="https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/",
        check=_private,
    ),
)
