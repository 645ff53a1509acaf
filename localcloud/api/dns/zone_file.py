"""A zone as a BIND file, out and in. Whether a record is proxied travels in a comment: `; cf_tags=cf-proxied:true`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from localcloud.api.dns import errors
from localcloud.api.dns.record_types import PROXIABLE, TYPES, WITH_PRIORITY
from localcloud.api.store import Document, Json

_HOST_CONTENT: Final = frozenset({"CNAME", "MX", "NS", "PTR", "SRV", "NAPTR"})
_PARTS: Final = re.compile(r';.*|[()]|(?:[^\s;()"]|"(?:[^"\\]|\\.)*")+')
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME: Final = re.compile(r"(?:\d+[smhdw]?)+", re.IGNORECASE)
_PROXIED: Final = re.compile(r"cf-proxied:(true|false)")


def written(zone: Document, records: Iterable[Json]) -> str:
    """By type, as Cloudflare sorts them, with the zone's SOA and name servers first."""
    name, servers = zone.body["name"], zone.body["name_servers"]
    lines = [";;", f";; Domain:     {name}.", ";;", ""]
    if servers:
        lines += [";; SOA Record", f"{name}\t3600\tIN\tSOA\t{servers[0]}. dns.cloudflare.com. 1 10000 2400 604800 3600", ""]  # fmt: skip
        lines += [";; NS Records", *(f"{name}.\t86400\tIN\tNS\t{server}." for server in servers), ""]  # fmt: skip
    by_type: dict[str, list[str]] = {}
    for record in records:
        by_type.setdefault(record["type"], []).append(_line(record))
    for kind in sorted(by_type):
        lines += [f";; {kind} Records", *sorted(by_type[kind]), ""]
    return "\n".join(lines)


def _line(record: Json) -> str:
    kind, content = record["type"], record["content"]
    if kind == "TXT" and not content.startswith('"'):
        content = '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind in _HOST_CONTENT and not content.endswith("."):
        content += "."
    if "priority" in record:
        content = f"{record['priority']} {content}"
    proxied = f" ; cf_tags=cf-proxied:{str(record['proxied']).lower()}" if kind in PROXIABLE else ""
    return f"{record['name']}.\t{record['ttl']}\tIN\t{kind}\t{content}{proxied}"


@dataclass(frozen=True)
class _Entry:
    """A record's line (or lines within parentheses): words without the comment. `indented`: the owner is the one before."""

    words: list[str]
    comment: str
    indented: bool


def parsed(text: str, zone: str, *, proxied: bool) -> list[Json]:
    """The records as `POST /dns_records` takes them; `proxied` is for those whose comment does not say.

    SOA records and the zone's own NS records are Cloudflare's to set and are left out. Raises `ApiError` for a line
    that is no record, or has a type that does not exist.
    """
    origin, ttl, owner = zone, 1, zone
    records: list[Json] = []
    for entry in _entries(text):
        words = list(entry.words)
        if words[0].upper() == "$ORIGIN" and len(words) == 2:
            origin = words[1].rstrip(".").lower()
            continue
        if words[0].upper() == "$TTL" and len(words) == 2 and _TIME.fullmatch(words[1]):
            ttl = _seconds(words[1])
            continue
        if not entry.indented:
            owner = _absolute(words.pop(0), origin)
        own_ttl = ttl
        while words and (_TIME.fullmatch(words[0]) or words[0].upper() == "IN"):
            word = words.pop(0)
            own_ttl = own_ttl if word.upper() == "IN" else _seconds(word)
        kind = words.pop(0).upper() if words else ""
        if kind == "SOA" or (kind == "NS" and owner == zone):
            continue
        if kind not in TYPES or not words:
            raise errors.INVALID(reason=f"no record: {' '.join(entry.words)[:100]}")
        records.append(_record(kind, owner, own_ttl, words, origin, entry.comment, proxied))
    return records


def _entries(text: str) -> Iterator[_Entry]:
    words: list[str] = []
    comments: list[str] = []
    depth, indented = 0, False
    for line in text.splitlines():
        if not words:
            indented = line[:1].isspace()
        for part in _PARTS.findall(line):
            if part.startswith(";"):
                comments.append(part)
            elif part in {"(", ")"}:
                depth += 1 if part == "(" else -1
            else:
                words.append(part)
        if depth <= 0 and words:
            yield _Entry(words, " ".join(comments), indented)
        if depth <= 0:
            words, comments, depth = [], [], 0
    if words:
        raise errors.INVALID(reason="a parenthesis is not closed")


def _record(
    kind: str, owner: str, ttl: int, words: list[str], origin: str, comment: str, proxied: bool
) -> Json:
    record: Json = {"type": kind, "name": owner + ".", "ttl": ttl}
    if kind in WITH_PRIORITY or (kind == "SRV" and len(words) == 4):
        first = words.pop(0)
        record["priority"] = int(first) if first.isdecimal() else first
    if kind in _HOST_CONTENT and words:
        words[-1] = _absolute(words[-1], origin)
    record["content"] = " ".join(words)
    if kind in PROXIABLE:
        said = _PROXIED.search(comment)
        record["proxied"] = said.group(1) == "true" if said else proxied
    return record


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    return name.rstrip(".").lower() or "." if name.endswith(".") else f"{name.lower()}.{origin}"


def _seconds(text: str) -> int:
    parts = re.findall(r"(\d+)([smhdw]?)", text.lower())
    return sum(int(number) * _UNITS[unit or "s"] for number, unit in parts)
