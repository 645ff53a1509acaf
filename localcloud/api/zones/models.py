"""Zones (kind `zone`, by account). A zone is active at once: no registrar has to be told of name servers here."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from localcloud.api.accounts.models import KIND as ACCOUNT
from localcloud.api.accounts.models import USER_EMAIL, USER_ID
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.r2.models import DOMAIN as R2_DOMAIN
from localcloud.api.store import ClashError, Document, Json, Store
from localcloud.api.workers.models import DOMAIN, ROUTE
from localcloud.api.zones import errors, plans

KIND: Final = "zone"
TYPES: Final = ("full", "partial", "secondary", "internal")
PARTS: Final = (
    "zone_setting", "zone_dnssec", "dns_record", "ruleset", "ruleset_version", "healthcheck", ROUTE,
)  # fmt: skip
"""What is kept by zone and goes with it."""
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SERVERS: Final = ("ada", "bob", "cleo", "dale", "elle", "finn", "gina", "hal")
_HOSTED: Final = ("full", "secondary")


def create_zone(
    store: Store, account: str, name: object, kind: str = "full", id: str | None = None
) -> Document:
    """A new zone, active and on the Enterprise plan, with what Cloudflare would set by itself derived from the name.

    Raises `ApiError`: 1002 no domain, 1061 taken (by whatever account), 1116 inside a zone that exists, 1001 bad type.
    """
    domain = name.lower().rstrip(".") if isinstance(name, str) else ""
    if not is_domain(domain):
        raise errors.BAD_DOMAIN(name=name)
    if kind not in TYPES:
        raise errors.BAD_BODY(reason=f"type must be one of {', '.join(TYPES)}")
    for zone in store.list(KIND):
        if zone.body["name"] == domain:
            raise errors.EXISTS(name=domain)
        if domain.endswith("." + zone.body["name"]):
            raise errors.SUBDOMAIN()
    owner = store.get(ACCOUNT, "", account)
    now = timestamp()
    seed = hashlib.sha256(domain.encode()).digest()
    body: Json = {
        "id": id or hex_id(),
        "name": domain,
        "status": "active",
        "paused": False,
        "type": kind,
        "development_mode": 0,
        "name_servers": name_servers(domain, kind),
        "original_name_servers": None,
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": now,
        "modified_on": now,
        "activated_on": now,
        "vanity_name_servers": [],
        "verification_key": "-".join(str(int.from_bytes(seed[i : i + 4], "big")) for i in (0, 4)),
        "meta": {
            "step": 4,
            "custom_certificate_quota": 1,
            "page_rule_quota": plans.ENTERPRISE.page_rules,
            "phishing_detected": False,
        },
        "owner": {"id": USER_ID, "type": "user", "email": USER_EMAIL},
        "account": {"id": account, "name": owner.body["name"] if owner else ""},
        "tenant": {"id": None, "name": None},
        "tenant_unit": {"id": None},
        "permissions": ["#zone:read", "#zone:edit"],
        "plan": plans.shown(plans.ENTERPRISE, subscribed=True),
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


def name_servers(domain: str, kind: str) -> list[str]:
    """The pair that a domain is given: always the same one. A zone that is not hosted has none."""
    if kind not in _HOSTED:
        return []
    seed = hashlib.sha256(domain.encode()).digest()
    pair = sorted({_SERVERS[seed[0] % 4], _SERVERS[4 + seed[1] % 4]})
    return [f"{server}.ns.cloudflare.com" for server in pair]


def find_zone(store: Store, id: str) -> Document:
    """Raises `LookupError` only for an id that no route has checked."""
    found = store.anywhere(KIND, id)
    if found is None:
        raise LookupError(id)
    return found


def change_zone(store: Store, zone: Document, changes: Json) -> Document:
    """Within a transaction. `changes` are fields of the zone; the derived ones follow."""
    body: Json = {**zone.body, **changes}
    if body == zone.body:
        return zone
    body["name_servers"] = name_servers(body["name"], body["type"])
    return store.update(zone, {**body, "modified_on": timestamp()})


def remove_zone(store: Store, zone: Document) -> None:
    """With everything in it. Within a transaction."""
    for kind in PARTS:
        for part in store.list(kind, zone.id):
            store.delete(part)
    for domain in store.list(DOMAIN, zone.parent):
        if domain.body.get("zone_id") == zone.id:
            store.delete(domain)
    for domain in store.list(R2_DOMAIN, zone.parent):
        if domain.body["zoneId"] == zone.id:
            store.delete(domain)
    store.delete(zone)
