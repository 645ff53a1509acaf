"""Records (kind `dns_record`, by zone)."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.dns import errors
from localcloud.api.dns.clashes import refuse_clash
from localcloud.api.dns.record_types import (
    PROXIABLE,
    TYPES,
    WITH_PRIORITY,
    content_and_data,
    is_private,
)
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.shapes import as_object, as_texts, whole_number
from localcloud.api.store import Document, Json, Store
from localcloud.api.zones.plans import Plan, plan_of

KIND: Final = "dns_record"
AUTOMATIC: Final = 1
_LONGEST_TTL: Final = 86400
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,32}(:[^\r\n]{0,100})?")
_SETTINGS: Final = frozenset({"ipv4_only", "ipv6_only", "flatten_cname"})


def qualified(name: object, zone: str) -> str:
    """The name in full, in Punycode: `@`, `www` and `www.example.com.` are all good. Raises `ApiError` 9000."""
    if not isinstance(name, str):
        raise errors.BAD_NAME()
    text = _punycode(name.lower().removesuffix("."))
    if text in {"", "@"}:
        return zone
    full = text if text == zone or text.endswith("." + zone) else f"{text}.{zone}"
    first, *others = full.split(".")
    good = (first == "*" or _LABEL.fullmatch(first)) and all(_LABEL.fullmatch(o) for o in others)
    if not good or len(full) > 253:
        raise errors.BAD_NAME()
    return full


def _punycode(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode()
    except UnicodeError as error:
        raise errors.BAD_NAME() from error


def checked(zone: Document, sent: Json) -> Json:
    """The record's own fields as they are kept. Raises `ApiError`."""
    kind, plan = str(sent.get("type") or "").upper(), plan_of(zone)
    if kind not in TYPES:
        raise errors.INVALID(reason=f"type {kind or 'missing'} is not one of {', '.join(sorted(TYPES))}")  # fmt: skip
    proxied = _flag(sent, "proxied")
    if proxied and kind not in PROXIABLE:
        raise errors.NOT_PROXIABLE()
    record: Json = {
        "name": qualified(sent.get("name"), zone.body["name"]),
        "type": kind,
        "proxiable": kind in PROXIABLE,
        "proxied": proxied,
        "ttl": _ttl(sent.get("ttl"), plan, proxied=proxied),
        "settings": _settings(sent.get("settings")),
        "comment": _comment(sent.get("comment"), plan),
        "tags": _tags(sent.get("tags"), plan),
        **content_and_data(kind, sent),
    }
    if kind in WITH_PRIORITY:
        record["priority"] = _priority(sent.get("priority"))
    if kind in {"A", "AAAA"} and sent.get("private_routing") is not None:
        record["private_routing"] = _flag(sent, "private_routing")
    if proxied and is_private(kind, record["content"]):
        raise errors.BAD_PROXIED_TARGET(content=record["content"])
    if kind == "CNAME" and record["content"].lower() == record["name"]:
        raise errors.SELF_REFERENCE()
    return record


def _flag(sent: Json, name: str) -> bool:
    value = sent.get(name) or False
    if not isinstance(value, bool):
        raise errors.INVALID(reason=f"{name} must be true or false")
    return value


def _ttl(sent: object, plan: Plan, *, proxied: bool) -> int:
    if proxied or sent is None:
        return AUTOMATIC
    seconds = whole_number(sent)
    if seconds == AUTOMATIC:
        return AUTOMATIC
    if seconds is None or not plan.minimum_ttl <= seconds <= _LONGEST_TTL:
        raise errors.BAD_TTL(least=plan.minimum_ttl)
    return seconds


def _priority(sent: object) -> int:
    if sent is None:
        raise errors.NO_PRIORITY()
    number = whole_number(sent)
    if number is None or not 0 <= number <= 65535:
        raise errors.BAD_PRIORITY()
    return number


def _settings(sent: object) -> Json:
    given = as_object(sent or {})
    if given is None or not set(given) <= _SETTINGS:
        raise errors.INVALID(reason=f"settings may have {', '.join(sorted(_SETTINGS))}")
    kept = {name: value for name, value in given.items() if value is not None}
    if not all(isinstance(value, bool) for value in kept.values()):
        raise errors.INVALID(reason="settings are true or false")
    return kept


def _comment(sent: object, plan: Plan) -> str | None:
    if sent is None or sent == "":
        return None
    if not isinstance(sent, str) or len(sent) > plan.comment_length:
        raise errors.INVALID(reason=f"comment must be a text of at most {plan.comment_length} characters")  # fmt: skip
    return sent


def _tags(sent: object, plan: Plan) -> list[str]:
    tags = as_texts(sent or [])
    if tags is None or not all(_TAG.fullmatch(tag) for tag in tags):
        raise errors.INVALID(reason="tags must be a list of name:value")
    if len(tags) > plan.record_tags:
        raise errors.TAGS(count=len(tags), quota=plan.record_tags)
    return tags


def create(store: Store, zone: Document, sent: Json) -> Document:
    """Within a transaction."""
    record = checked(zone, sent)
    refuse_clash(store, zone, record, [d.body for d in store.list(KIND, zone.id)], new=True)
    now = timestamp()
    body: Json = {"id": hex_id(), **record, "meta": {}, "created_on": now, "modified_on": now}
    return store.insert(KIND, zone.id, body["id"], {**body, **_attribute_times({}, body, now)})


def change(
    store: Store, zone: Document, document: Document, sent: Json, *, whole: bool
) -> Document:
    """Within a transaction. `whole` replaces the record, otherwise only what is sent changes."""
    before = document.body
    record = checked(zone, sent if whole else _merged(before, sent))
    others = [d.body for d in store.list(KIND, zone.id) if d.id != document.id]
    refuse_clash(store, zone, record, others, new=False)
    if record == _own(before):
        return document
    now = timestamp()
    kept = {key: before[key] for key in ("id", "meta", "created_on")}
    body: Json = {**kept, **record, "modified_on": now, **_attribute_times(before, record, now)}
    return store.update(document, body)


_SET_BY_SERVER: Final = frozenset(
    {"id", "meta", "created_on", "modified_on", "comment_modified_on", "tags_modified_on"}
)


def _own(body: Json) -> Json:
    return {key: value for key, value in body.items() if key not in _SET_BY_SERVER}


def _merged(before: Json, sent: Json) -> Json:
    """New content replaces data that said the old one, and the other way round."""
    merged = {**before, **sent}
    if "type" in sent and sent["type"] != before["type"]:
        merged = {**{k: v for k, v in before.items() if k not in {"data", "content", "priority"}}, **sent}  # fmt: skip
    elif "content" in sent and "data" not in sent:
        merged.pop("data", None)
    return merged


def _attribute_times(before: Json, record: Json, now: str) -> Json:
    """`comment_modified_on` and `tags_modified_on` are there when comment or tags are."""
    times: Json = {}
    for name in ("comment", "tags"):
        if record[name]:
            same = before.get(name) == record[name]
            times[f"{name}_modified_on"] = before[f"{name}_modified_on"] if same else now
    return times


def find(store: Store, zone: Document, id: str) -> Document:
    found = store.get(KIND, zone.id, id)
    if found is None:
        raise errors.NO_RECORD()
    return found
