"""Custom domains: a hostname of a zone that a Worker answers for."""

from __future__ import annotations

from localcloud.api.ids import hex_id, uuid_id
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import errors, models
from localcloud.api.workers.patterns import zone_of


def attach(
    store: Store,
    account: str,
    sent: Json,
    *,
    override_origin: bool = False,
    override_records: bool = False,
) -> Json:
    """Makes `sent["service"]` answer for `sent["hostname"]`, within a transaction; the same again changes nothing.

    Raises `ApiError`: 10007 unknown Worker, 100116 another Worker has the hostname, 100117 DNS records are in the way.
    """
    hostname, service = str(sent.get("hostname", "")).lower(), str(sent.get("service", ""))
    models.find_script(store, account, service)
    zone = zone_of(store, account, hostname, id=sent.get("zone_id"), name=sent.get("zone_name"))
    if zone is None or not _within(hostname, zone.body["name"]):
        raise errors.NO_ZONE(hostname=hostname)
    current = store.named(models.DOMAIN, account, hostname)
    if current is None:
        if records_in_the_way(store, zone, hostname) and not override_records:
            raise errors.HOSTNAME_HAS_RECORDS(hostname=hostname)
        id = hex_id()
        body: Json = {
            "id": id,
            "hostname": hostname,
            "service": service,
            "environment": "production",
            "zone_id": zone.id,
            "zone_name": zone.body["name"],
            "cert_id": uuid_id(),
        }
        store.insert(models.DOMAIN, account, id, body, hostname)
        return body
    if current.body["service"] != service and not override_origin:
        raise errors.HOSTNAME_TAKEN(hostname=hostname, script=current.body["service"])
    return store.update(current, {**current.body, "service": service}).body


def _within(hostname: str, zone_name: str) -> bool:
    return hostname == zone_name or hostname.endswith("." + zone_name)


def records_in_the_way(store: Store, zone: Document, hostname: str) -> bool:
    return any(
        record.body.get("name") == hostname and record.body.get("type") in ("A", "AAAA", "CNAME")
        for record in store.list("dns_record", zone.id)
    )


def changeset(store: Store, account: str, service: str, wanted: list[Json]) -> Json:
    """What setting the script's domains to `wanted` would do: `added`, `removed`, `updated`, `conflicting`."""
    hostnames = {str(entry.get("hostname", "")).lower(): entry for entry in wanted}
    domains = {d.body["hostname"]: d.body for d in store.list(models.DOMAIN, account)}
    added: list[Json] = []
    updated: list[Json] = []
    conflicting: list[Json] = []
    for hostname, entry in hostnames.items():
        known = domains.get(hostname)
        if known is not None:
            updated.append({**known, "modified": known["service"] != service})
            continue
        zone = zone_of(
            store, account, hostname, id=entry.get("zone_id"), name=entry.get("zone_name")
        )
        new: Json = {"hostname": hostname, "service": service, "environment": "production"}
        if zone is not None and records_in_the_way(store, zone, hostname):
            conflicting.append(new)
        else:
            added.append(new)
    removed = [
        d for d in domains.values() if d["service"] == service and d["hostname"] not in hostnames
    ]
    return {"added": added, "removed": removed, "updated": updated, "conflicting": conflicting}
