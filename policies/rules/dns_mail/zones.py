"""A stack's DNS records by zone, with their names written one way, so that rules can compare them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack

FAMILY: Final = "DNS & mail"
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
ADDRESSES: Final = frozenset({"A", "AAAA"})
HOSTS: Final = frozenset({"A", "AAAA", "CNAME"})
SETTINGS: Final = ("ZoneSetting", "ZoneSettingsOverride", "ZoneDnssec")
_NEEDED: Final = frozenset({"", "MX", "NS", "SRV", "TXT"})
"""Types of records whose content other records are judged by; empty where it is not known."""
_APEX_LABELS: Final = 2
_SHARED_LABELS: Final = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
"""Of `co.uk` and its like, under which domains are registered."""


@dataclass(frozen=True)
class Record:
    resource: Resource
    host: str
    """The whole name, in lower case; empty where it is not known."""
    type: str
    content: str
    """In lower case but for TXT, whose strings are joined; empty where it is not known."""

    @property
    def targets(self) -> tuple[Property, Property]:
        inputs = self.resource.inputs
        return inputs["content"], inputs.at("data", "target")

    @property
    def is_proxied(self) -> bool:
        return self.resource.inputs["proxied"].flag is True

    @property
    def is_unproxied(self) -> bool:
        """Unproxied for certain: it may also be unknown."""
        proxied = self.resource.inputs["proxied"]
        return proxied.flag is False or not proxied.exists


@dataclass
class Zone:
    """`resource` is None where the stack has records in a zone that it does not own."""

    resource: Resource | None
    name: str
    records: list[Record] = field(default_factory=list[Record])
    has_strays: bool = False
    """Whether the stack has records of which it is not known yet in which zone they are."""

    def is_apex(self, host: str) -> bool:
        if self.name:
            return host == self.name
        labels = host.split(".")
        is_short = len(labels) == _APEX_LABELS or (
            len(labels) == _APEX_LABELS + 1 and labels[1] in _SHARED_LABELS
        )
        return host == "@" or is_short

    def is_unsure(self) -> bool:
        """Whether something that a rule misses may yet turn out to be here: the rule is pending then."""
        places = [
            property
            for record in self.records
            for property in (
                *(record.resource.inputs["name"], record.resource.inputs["type"]),
                *(record.targets if record.type in _NEEDED else ()),
            )
        ]
        # Reading one that is not known yet notes that the rule is pending.
        is_untold = any(not place.is_told and place.text is None for place in places)
        return is_untold or self.has_strays

    def at(self, host: str, *types: str) -> list[Record]:
        return [r for r in self.records if r.host == host and r.type in types]

    def of(self, *types: str) -> list[Record]:
        return [record for record in self.records if record.type in types]


def is_run_here(zone: Zone) -> bool:
    """Whether the stack owns a zone and says more in its DNS than where a host is, so that what is missing is its fault."""
    if zone.resource is None or not zone.name or not zone.records:
        return False
    if zone.resource.operation == "read":  # it is another program's
        return False
    if zone.resource.inputs["paused"].flag is True:
        return False
    return bool(zone.of("TXT", "MX", "CAA"))


def zones_of(stack: Stack) -> list[Zone]:
    owned = [Zone(zone, (zone.inputs["name"].text or "").lower()) for zone in stack.of("Zone")]
    foreign: dict[str, Zone] = {}
    for resource in stack.of("DnsRecord"):
        zone = _owner(resource, owned)
        if zone is None:
            zone = foreign.setdefault(_text(resource, "zoneId"), Zone(None, ""))
        zone.records.append(record_of(resource, zone.name))
    zones = [*owned, *foreign.values()]
    for zone in zones:
        zone.has_strays = "" in foreign and len(zones) > 1
    return zones


def _owner(resource: Resource, owned: Sequence[Zone]) -> Zone | None:
    """The zone of the stack that a record is in: by id where both are known, or else by name."""
    id = _text(resource, "zoneId")
    ids = {_id(zone): zone for zone in owned if zone.resource is not None}
    if id and id in ids:
        return ids[id]
    name = _name(resource)
    ends = [z for z in owned if z.name and (name == z.name or name.endswith(f".{z.name}"))]
    if ends:
        return max(ends, key=lambda zone: len(zone.name))
    return owned[0] if len(owned) == 1 and (not id or "" in ids) else None


def _id(zone: Zone) -> str:
    if zone.resource is None:
        return ""
    return zone.resource.id or _text(zone.resource, "id", outputs=True)


def record_of(resource: Resource, zone: str = "") -> Record:
    host = _name(resource)
    if zone and host == "@":
        host = zone
    elif zone and host and host != zone and not host.endswith(f".{zone}"):
        host = f"{host}.{zone}"
    type = (resource.inputs["type"].text or "").strip().upper()
    content = _text(resource, "content") or _text(resource, "value")
    if not content and type in {"MX", "SRV", "NS", "CNAME"}:
        content = resource.inputs.at("data", "target").text or ""
    if type == "TXT":
        strings = _QUOTED.findall(content)
        return Record(resource, host, type, ("".join(strings) if strings else content).strip())
    return Record(resource, host, type, content.strip().rstrip(".").lower())


def _name(resource: Resource) -> str:
    return _text(resource, "name").strip().rstrip(".").lower()


def _text(resource: Resource, key: str, *, outputs: bool = False) -> str:
    """Read only where it is told: a name that is not known yet leaves no rule pending."""
    found = resource.outputs[key] if outputs else resource.inputs[key]
    return (found.text or "") if found.is_told else ""


def parents_of(host: str) -> Iterator[str]:
    """The host itself, then what it is under: `a.b.example`, `b.example`, `example`."""
    labels = host.split(".")
    yield from (".".join(labels[index:]) for index in range(len(labels)))


def address_of(record: Record) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if record.type not in ADDRESSES:
        return None
    try:
        return ipaddress.ip_address(record.content)
    except ValueError:
        return None
