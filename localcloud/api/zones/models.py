"""Zones (kind `zone`, by account). A zone is active at once: no registrar has to be told of name servers here."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from localcloud.api.accounts.models import KIND as ACCOUNT
from localcloud.api.accounts.models import USER_EMAIL, USER_ID
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.store import ClashError, Document, Json, Store
from localcloud.api.zones import errors

KIND: Final = "zone"
PARTS: Final = (
    "zone_setting", "zone_dnssec", "dns_record", "ruleset", "worker_route", "healthcheck",
)  # fmt: skip
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SERVERS: Final = ("ada", "bob", "cleo", "dale", "elle", "finn", "gina", "hal")
_PLAN: Final[Json] = {
    "id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    "name": "Free Website",
    "price": 0,
    "currency": "USD",
    "frequency": "",
    "is_subscribed": False,
    "can_subscribe": False,
    "legacy_id": "free",
    "legacy_discount": False,
    "externally_managed": False,
}


def create_zone(
    store: Store, account: str, name: object, kind: str = "full", id: str | None = None
) -> Document:
    """Raises `ApiError` for a name that is no domain, a subdomain of a zone that exists, or one that is taken by whatever account."""
    if not isinstance(name, str) or not is_domain(name.lower()):
        raise errors.BAD_DOMAIN(name=name)
    domain = name.lower()
    if kind not in {"full", "partial", "secondary", "internal"}:
        raise errors.BAD_BODY(reason=f"type '{kind}' is unknown")
    owner = store.get(ACCOUNT, "", account)
    for zone in store.list(KIND):
        if zone.body["name"] == domain:
            raise errors.EXISTS(name=domain)
        if domain.endswith("." + zone.body["name"]):
            raise errors.SUBDOMAIN()
    now = timestamp()
    seed = hashlib.sha256(domain.encode()).digest()
    servers = sorted({_SERVERS[seed[0] % 4], _SERVERS[4 + seed[1] % 4]})
    body: Json = {
        "id": id or hex_id(),
        "name": domain,
        "status": "active",
        "paused": False,
        "type": kind,
        "development_mode": 0,
        "name_servers": [f"{server}.ns.cloudflare.com" for server in servers],
        "original_name_servers": None,
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": now,
        "modified_on": now,
        "activated_on": now,
        "vanity_name_servers": [],
        "verification_key": f"{seed.hex()[:9]}-{seed.hex()[9:18]}",
        "meta": {
            "step": 2,
            "custom_certificate_quota": 0,
            "page_rule_quota": 3,
            "phishing_detected": False,
        },
        "owner": {"id": USER_ID, "type": "user", "email": USER_EMAIL},
        "account": {"id": account, "name": owner.body["name"] if owner else ""},
        "tenant": {"id": None, "name": None},
        "tenant_unit": {"id": None},
        "permissions": ["#zone:read", "#zone:edit"],
        "plan": _PLAN,
    }
    try:
        return store.insert(KIND, account, body["id"], body, domain)
    except ClashError as error:
        raise errors.EXISTS(name=domain) from error


def is_domain(name: str) -> bool:
    labels = name.split(".")
    return (
        len(labels) >= 2
        and len(name) <= 253
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdecimal()
    )


def find_zone(store: Store, id: str) -> Document:
    found = store.anywhere(KIND, id)
    if found is None:
        raise LookupError(id)  # the app has checked `{zone}` before a handler runs
    return found


def remove_zone(store: Store, zone: Document) -> None:
    """With everything in it. Within a transaction."""
    for kind in PARTS:
        for part in store.list(kind, zone.id):
            store.delete(part)
    for domain in store.list("worker_domain", zone.parent):
        if domain.body.get("zone_id") == zone.id:
            store.delete(domain)
    store.delete(zone)
