"""Who may issue certificates for a zone's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...masking import shown
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .zones import FAMILY, HOSTS, SETTINGS, Record, is_run_here, record_of, zones_of

_SERVED: Final = ("WorkersCustomDomain", "R2CustomDomain", "WorkersRoute")
_OTHER_NAMES: Final = {
    "comodo.com": "sectigo.com",
    "comodoca.com": "sectigo.com",
    "trust-provider.com": "sectigo.com",
    "usertrust.com": "sectigo.com",
}
"""Of authorities that go by several names in CAA records."""


def _authorities(resource: Resource, context: Context) -> Iterator[Finding]:
    record = record_of(resource)
    data = resource.inputs["data"]
    tag, value = data["tag"], data["value"]
    name, said = tag.word, value.text
    if record.type != "CAA":
        return
    if not data.exists and (found := re.match(r'\d+\s+(\w+)\s+"?([^"]*)"?', record.content)):
        name, said = found[1], found[2]
        value = resource.inputs["content"]
    if name not in {"issue", "issuewild"} or said is None:
        return
    authority = said.partition(";")[0].strip().lower()
    chosen = context.configuration.certificate_authorities
    if authority and not {authority, _OTHER_NAMES.get(authority)} & set(chosen):
        yield Finding(f"{shown(value)} may issue certificates, and is not in the list", value)


def _caa(stack: Stack, context: Context) -> Iterator[Finding]:
    # A stack that sets up only some of a zone may leave this to whoever does the rest.
    if not context.production or not stack.of(*SETTINGS):
        return
    for zone in zones_of(stack):
        is_served = any(r.type in HOSTS for r in zone.records) or bool(stack.of(*_SERVED))
        if is_served and is_run_here(zone) and not any(map(_limits, zone.of("CAA", ""))):
            said = "every authority of the world may issue certificates for it (no CAA record)"
            yield Finding(said, resource=zone.resource)


def _limits(record: Record) -> bool:
    tag = record.resource.inputs.at("data", "tag")
    return tag.word not in {"iodef", "contactemail", "contactphone"}


CERTIFICATE_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-caa",
        family=FAMILY,
        severity=Severity.LOW,
        why="A zone says which authorities may issue its certificates, or any of them may",
        kinds=("Zone", "DnsRecord", *SETTINGS),
        mend="declare a CAA record for each authority in certificateAuthorities",
        link="https://developers.cloudflare.com/ssl/edge-certificates/caa-records/",
        check_stack=_caa,
        needs_whole=True,
    ),
    Rule(
        name="limit-certificate-authorities",
        family=FAMILY,
        severity=Severity.MEDIUM,
        why="Only authorities that the team has chosen may issue certificates for its names",
        kinds=("DnsRecord",),
        mend="take the authority out of CAA, or add it to certificateAuthorities",
        link="https://developers.cloudflare.com/ssl/edge-certificates/caa-records/",
        check=_authorities,
    ),
)
