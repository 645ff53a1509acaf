"""Records (kind `dns_record`, by zone), and which of them can stand beside each other."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from localcloud.api.dns import errors
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.store import Document, Json, Store

KIND: Final = "dns_record"
TYPES: Final = frozenset(
    {
        "A", "AAAA", "CAA", "CERT", "CNAME", "DNSKEY", "DS", "HTTPS", "LOC", "MX", "NAPTR", "NS", "OPENPGPKEY", "PTR",
        "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI",
    }
)  # fmt: skip
_PROXIABLE: Final = frozenset({"A", "AAAA", "CNAME"})
_WITH_PRIORITY: Final = frozenset({"MX", "URI"})
_DATA_ORDER: Final = {
    "CAA": ("flags", "tag", "value"),
    "SRV": ("priority", "weight", "port", "target"),
    "TLSA": ("usage", "selector", "matching_type", "certificate"),
    "SMIMEA": ("usage", "selector", "matching_type", "certificate"),
    "SSHFP": ("algorithm", "type", "fingerprint"),
    "HTTPS": ("priority", "target", "value"),
    "SVCB": ("priority", "target", "value"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "DNSKEY": ("flags", "protocol", "algorithm", "public_key"),
    "CERT": ("type", "key_tag", "algorithm", "certificate"),
    "NAPTR": ("order", "preference", "flags", "service", "regex", "replacement"),
    "URI": ("weight", "target"),
    "LOC": (
        "lat_degrees", "lat_minutes", "lat_seconds", "lat_direction", "long_degrees", "long_minutes", "long_seconds",
        "long_direction", "altitude", "size", "precision_horz", "precision_vert",
    ),
}  # fmt: skip
_LABEL: Final = re.compile(r"\*|(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
MAX_RECORDS: Final = 200
AUTOMATIC: Final = 1


def qualified(name: object, zone: str) -> str:
    """The name in full: `@`, `www` and `www.example.com` are all good. Raises `ApiError` 9000."""
    text = str(name or "").rstrip(".").lower()
    if text in {"", "@"}:
        return zone
    full = text if text == zone or text.endswith("." + zone) else f"{text}.{zone}"
    if len(full) > 253 or not all(_LABEL.fullmatch(label) for label in full.split(".")):
        raise errors.BAD_NAME()
    return full


def checked(zone: Document, sent: Json) -> Json:
    """The record's own fields as they are kept. Raises `ApiError`."""
    kind = str(sent.get("type") or "").upper()
    if kind not in TYPES:
        raise errors.BAD_TYPE(type=kind)
    proxied = bool(sent.get("proxied"))
    if proxied and kind not in _PROXIABLE:
        raise errors.NOT_PROXIABLE()
    body: Json = {
        "name": qualified(sent.get("name"), zone.body["name"]),
        "type": kind,
        "content": _content(kind, sent),
        "proxiable": kind in _PROXIABLE,
        "proxied": proxied,
        "ttl": _ttl(sent.get("ttl"), proxied),
        "settings": sent.get("settings") or {},
        "comment": sent.get("comment"),
        "tags": sent.get("tags") or [],
    }
    if body["tags"]:
        raise errors.TAGS(count=len(body["tags"]))
    if body["comment"] and len(body["comment"]) > 100:
        raise errors.COMMENT()
    if sent.get("data") is not None:
        body["data"] = sent["data"]
    if kind in _WITH_PRIORITY:
        priority: Any = sent.get("priority")
        if type(priority) is not int or not 0 <= priority <= 65535:
            raise errors.BAD_PRIORITY(type=kind)
        body["priority"] = priority
    return body


def _ttl(sent: Any, proxied: bool) -> int:  # noqa: ANN401 (what a client sent)
    if proxied or sent is None or sent == AUTOMATIC:
        return AUTOMATIC
    if type(sent) is not int or not 60 <= sent <= 86400:
        raise errors.BAD_TTL()
    return sent


def _content(kind: str, sent: Json) -> str:
    data: Any = sent.get("data")
    if isinstance(data, dict) and kind in _DATA_ORDER:
        parts = [str(data[key]) for key in _DATA_ORDER[kind] if data.get(key) is not None]  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        if kind == "CAA" and len(parts) == 3:
            parts[2] = f'"{parts[2]}"'
        if not parts:
            raise errors.BAD_CONTENT(type=kind)
        return " ".join(parts)
    content: Any = sent.get("content")
    if not isinstance(content, str) or not content.strip():
        raise errors.BAD_CONTENT(type=kind)
    if kind == "A" and not _is_address(content, ipaddress.IPv4Address):
        raise errors.BAD_A()
    if kind == "AAAA" and not _is_address(content, ipaddress.IPv6Address):
        raise errors.BAD_AAAA()
    return content


def _is_address(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def refuse_clash(store: Store, zone: Document, record: Json, own_id: str | None = None) -> None:
    """Raises `ApiError` when the record cannot stand beside those that are there."""
    others = [d.body for d in store.list(KIND, zone.id) if d.id != own_id]
    if own_id is None and len(others) >= MAX_RECORDS:
        raise errors.QUOTA()
    beside = [other for other in others if other["name"] == record["name"]]
    for other in beside:
        if (other["type"], other["content"]) == (record["type"], record["content"]):
            raise errors.IDENTICAL()
    if record["type"] == "CNAME" and any(o["type"] in _PROXIABLE for o in beside):
        raise errors.CNAME_CLASH()
    if record["type"] in {"A", "AAAA"} and any(o["type"] == "CNAME" for o in beside):
        raise errors.CNAME_THERE()


def create(store: Store, zone: Document, sent: Json) -> Document:
    """Within a transaction."""
    record = checked(zone, sent)
    refuse_clash(store, zone, record)
    now = timestamp()
    body: Json = {"id": hex_id(), **record, "meta": {}, "created_on": now, "modified_on": now}
    if record["comment"]:
        body["comment_modified_on"] = now
    return store.insert(KIND, zone.id, body["id"], body)


def change(
    store: Store, zone: Document, document: Document, sent: Json, *, whole: bool
) -> Document:
    """Within a transaction. `whole` replaces the record, otherwise only what is sent changes."""
    base: Json = {} if whole else document.body
    record = checked(zone, {**base, **sent})
    refuse_clash(store, zone, record, document.id)
    kept = {key: document.body[key] for key in ("id", "meta", "created_on")}
    body: Json = {**kept, **record, "modified_on": timestamp()}
    if record["comment"] != document.body.get("comment"):
        body["comment_modified_on"] = body["modified_on"]
    return store.update(document, body)


def find(store: Store, zone: Document, id: str) -> Document:
    found = store.get(KIND, zone.id, id)
    if found is None:
        raise errors.NO_RECORD()
    return found
