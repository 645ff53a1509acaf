"""Mail: who may send it for a domain is said and enforced."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .zones import FAMILY, HOSTS, Record, Zone, is_run_here, parents_of, record_of, zones_of

_SPF: Final = re.compile(r"v=spf1(\s|$)", re.IGNORECASE)
_DMARC: Final = re.compile(r"v\s*=\s*DMARC1\s*(;|$)", re.IGNORECASE)
_LOOKUPS: Final = re.compile(
    r"[+?~-]?(include:|exists:|a([:/]|$)|mx([:/]|$)|ptr(:|$))|redirect=", re.I
)
_MOST_LOOKUPS: Final = 10
_ANYBODY: Final = re.compile(r"[+?]?all|\+?ip4:[\d.]+/[0-7]|\+?ip6:[\da-f:]+/\d")
"""Also an address with a mask so short that it is half of the world."""
_FORWARDERS: Final = (".mx.cloudflare.net",)
"""Hosts that receive mail to forward it, and sign it by themselves."""
_SEQUENCE: Final = 0x30
_LONG: Final = 0x80
"""How a key begins (ITU-T X.690): with a sequence, and from this length on with how many bytes tell its length."""
_LEAST_KEY_BYTES: Final = 128
"""An RSA key of 1024 bits is larger than this in its wrapping (RFC 8301 asks for 1024 at least)."""


def _is_spf(record: Record) -> bool:
    return record.type == "TXT" and bool(_SPF.match(record.content))


def _is_dmarc(record: Record) -> bool:
    return record.type == "TXT" and bool(_DMARC.match(record.content))


def _mail_hosts(zone: Zone) -> list[str]:
    """The names that receive mail; a null MX (RFC 7505) says that a name does not."""
    hosts = (r.host for r in zone.of("MX") if r.host and r.content)
    return list(dict.fromkeys(host for host in hosts if not host.startswith("*")))


def _domains(zone: Zone) -> list[str]:
    """The names whose mail the stack answers for: its own zone, and whatever it has mail records of besides MX."""
    if zone.resource is not None and zone.resource.operation != "read":
        return list(dict.fromkeys([zone.name, *_mail_hosts(zone)])) if is_run_here(zone) else []
    says_more = any(_is_spf(r) or _is_dmarc(r) or "_domainkey" in r.host for r in zone.records)
    return _mail_hosts(zone) if says_more else []


def _spf(stack: Stack, context: Context) -> Iterator[Finding]:
    made_by_routing = bool(stack.of("EmailRoutingDns", "EmailRoutingSettings"))
    for zone in zones_of(stack):
        found = [record for record in zone.records if _is_spf(record)]
        by_host: dict[str, Record] = {}
        for record in found:
            if by_host.setdefault(record.host, record) is not record:
                said = "a second SPF record makes both void"
                yield Finding(said, record.resource.inputs["content"], record.resource)
        if not context.production or made_by_routing or zone.is_unsure():
            continue
        for domain in _domains(zone):
            # `@` stands only in a zone whose name is not known.
            if not {domain, "@"} & by_host.keys() and not zone.at(domain, "CNAME"):
                said = f"{domain} does not say who may send its mail (SPF)"
                yield Finding(said, resource=zone.resource or zone.at(domain, "MX")[0].resource)


def _open_spf(resource: Resource, context: Context) -> Iterator[Finding]:
    record = record_of(resource)
    content = resource.inputs["content"]
    if not _is_spf(record):
        if record.type == "TXT" and record.content.lower().startswith("v=spf"):
            yield Finding("is written so that nobody reads it as SPF", content)
        return
    terms = record.content.lower().split()[1:]
    lookups = sum(bool(_LOOKUPS.match(term)) for term in terms)
    if lookups > _MOST_LOOKUPS:
        yield Finding(f"asks for {lookups} lookups, and is void beyond {_MOST_LOOKUPS}", content)
    elif any(_ANYBODY.fullmatch(term) for term in terms):
        yield Finding("lets everybody send mail for the domain", content)
    elif not any((t.endswith("all") and t[0] in "-~") or t.startswith("redirect=") for t in terms):
        yield Finding("refuses nobody, since no all ends it", content)


def _dmarc(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        said_at: dict[str, Record] = {}
        for record in zone.records:
            is_one = record.host.startswith("_dmarc") and _is_dmarc(record)
            if is_one and said_at.setdefault(record.host, record) is not record:
                said = "a second DMARC record makes both void"
                yield Finding(said, record.resource.inputs["content"], record.resource)
        if not context.production or zone.is_unsure():
            continue
        handed_over = {r.host for r in zone.of("CNAME", "NS")}
        for domain in _domains(zone):
            if not (is_run_here(zone) or zone.is_apex(domain)):
                continue  # the domain that it is under may say it, in another stack
            if domain == "@":
                names = {"_dmarc"}
            else:
                names = {f"_dmarc.{parent}" for parent in parents_of(domain)} | {"_dmarc"}
            if not names & (said_at.keys() | handed_over):
                said = f"{domain} does not say what to do with forged mail (DMARC)"
                yield Finding(said, resource=zone.resource or zone.at(domain, "MX")[0].resource)


def _weak_dmarc(resource: Resource, context: Context) -> Iterator[Finding]:
    record = record_of(resource)
    is_meant = record.type == "TXT" and record.content.lower().startswith("v=dmarc")
    if not (record.host.startswith("_dmarc") and is_meant):
        return
    content = resource.inputs["content"]
    pairs = [part.partition("=") for part in record.content.split(";")]
    tags = {tag.strip().lower(): value.strip().lower() for tag, _, value in pairs}
    if tags.get("p") not in {"quarantine", "reject"}:
        yield Finding(
            "forged mail is delivered all the same (p is neither quarantine nor reject)", content
        )
    elif tags.get("pct") == "0":
        yield Finding("is applied to no mail at all (pct is 0)", content)


def _dkim(stack: Stack, context: Context) -> Iterator[Finding]:
    if not context.production:
        return
    for zone in zones_of(stack):
        domains = _domains(zone)
        received = [
            r
            for r in zone.of("MX")
            if r.host in domains and r.content and (is_run_here(zone) or zone.is_apex(r.host))
        ]
        sends = [r for r in received if not r.content.endswith(_FORWARDERS)]
        if sends and not zone.is_unsure() and not any(map(_signs, zone.records)):
            said = f"{sends[0].host} has mail and no key that it is signed with (DKIM)"
            yield Finding(said, resource=zone.resource or sends[0].resource)


def _signs(record: Record) -> bool:
    """Whether a record may hold a DKIM key; an empty one is revoked, and one by CNAME is the provider's."""
    if "_domainkey" not in record.host.split("."):
        return False
    return record.type in {"CNAME", "NS"} or (
        record.type == "TXT" and (not record.content or bool(_key(record.content)))
    )


def _key(content: str) -> str:
    pairs = [part.partition("=") for part in content.split(";")]
    return next((v.strip().replace(" ", "") for tag, _, v in pairs if tag.strip() == "p"), "")


def _weak_dkim(resource: Resource, context: Context) -> Iterator[Finding]:
    record = record_of(resource)
    if record.type != "TXT" or "_domainkey" not in record.host.split("."):
        return
    text = record.content.replace(" ", "").lower()
    key = _key(record.content)
    if not key or "k=ed25519" in text:
        return
    size = _size_of(key)
    if size is not None and size <= _LEAST_KEY_BYTES:
        yield Finding("the key is shorter than 1024 bits", resource.inputs["content"])


def _size_of(key: str) -> int | None:
    """The bytes that an RSA key says it has, which more of it may follow elsewhere; None for what is no such key."""
    try:
        head = base64.b64decode(key[:8], validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(head) < 4 or head[0] != _SEQUENCE:
        return None
    if head[1] < _LONG:
        return head[1]
    return int.from_bytes(head[2 : 2 + (head[1] - _LONG)])


def _mail_host(stack: Stack, context: Context) -> Iterator[Finding]:
    for zone in zones_of(stack):
        for record in zone.of("MX"):
            said = _why_no_mail_host(record, zone)
            if said is not None:
                yield Finding(said, record.resource.inputs["content"], record.resource)


def _why_no_mail_host(record: Record, zone: Zone) -> str | None:
    if not record.content:
        return None
    try:
        ipaddress.ip_address(record.content)
    except ValueError:
        targets = zone.at(record.content, *HOSTS)
    else:
        return "an MX record leads to a host, and not to an address"
    if any(target.is_proxied for target in targets):
        return "the mail host is proxied: mail does not pass, or shows the origin's address"
    if any(target.type == "CNAME" for target in targets):
        return "the mail host is a CNAME, which other mail servers refuse"
    return None


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-spf",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A domain says once who may send its mail, or everybody may",
        kinds=("Zone", "DnsRecord", "EmailRoutingDns", "EmailRoutingSettings"),
        mend='declare one TXT record with SPF; "v=spf1 -all" for a domain that sends no mail',
        link="https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/",
        check_stack=_spf,
        needs_whole=True,
    ),
    Rule(
        name="forbid-open-spf",
        family=FAMILY,
        severity=Severity.HIGH,
        why="SPF names the senders and refuses all others, within the ten lookups that receivers make",
        kinds=("DnsRecord",),
        mend='end it with "-all" or "~all", and take out senders that are not needed',
        link="https://datatracker.ietf.org/doc/html/rfc7208",
        check=_open_spf,
    ),
    Rule(
        name="require-dmarc",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A domain says once what receivers do with forged mail, or they deliver it",
        kinds=("Zone", "DnsRecord"),
        mend='declare one TXT record at _dmarc: "v=DMARC1; p=reject; rua=mailto:…"',
        link="https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/",
        check_stack=_dmarc,
        needs_whole=True,
    ),
    Rule(
        name="keep-dmarc-enforced",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="DMARC has forged mail refused or put aside; to watch alone protects nobody",
        kinds=("DnsRecord",),
        mend="set p to quarantine or reject, and let pct be 100",
        link="https://datatracker.ietf.org/doc/html/rfc7489",
        check=_weak_dmarc,
    ),
    Rule(
        name="require-dkim",
        family=FAMILY,
        severity=Severity.LOW,
        why="A domain with mail signs it, so that receivers can tell its mail from forged mail that is forwarded",
        kinds=("Zone", "DnsRecord"),
        mend="declare the records under _domainkey that your mail provider gives you",
        link="https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/",
        check_stack=_dkim,
        needs_whole=True,
    ),
    Rule(
        name="forbid-weak-dkim",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="A DKIM key has 1024 bits at least, since shorter ones are broken in a day",
        kinds=("DnsRecord",),
        mend="make a key of 2048 bits",
        link="https://datatracker.ietf.org/doc/html/rfc8301",
        check=_weak_dkim,
    ),
    Rule(
        name="separate-mail-host",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="Mail comes to a host of its own that is not proxied, because the proxy carries no mail",
        kinds=("DnsRecord", "Zone"),
        mend="let MX lead to the name of an unproxied A or AAAA record of its own",
        link="https://developers.cloudflare.com/dns/proxy-status/use-cases/",
        check_stack=_mail_host,
    ),
)
