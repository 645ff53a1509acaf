"""`/accounts/{a}/r2/buckets/{b}/domains`: the r2.dev name and custom domains."""

from __future__ import annotations

from typing import Final

from localcloud.api.r2 import errors, models
from localcloud.api.r2.routes import bucket_of
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import ClashError, Document, Json

service = Service("r2_domains")
_READ: Final = "Workers R2 Storage Read"
_WRITE: Final = "Workers R2 Storage Write"
_MANAGED: Final = "/accounts/{account}/r2/buckets/{bucket}/domains/managed"
_CUSTOM: Final = "/accounts/{account}/r2/buckets/{bucket}/domains/custom"
_TLS: Final = ("1.0", "1.1", "1.2", "1.3")


@service.get(_MANAGED, permission=_READ)
async def read_managed(call: Call) -> Reply:
    return Reply(bucket_of(call).body["managed"])


@service.put(_MANAGED, permission=_WRITE)
async def write_managed(call: Call) -> Reply:
    enabled = call.json_object().get("enabled")
    if not isinstance(enabled, bool):
        raise errors.BAD_BODY(reason="enabled must be true or false")
    with call.cloud.store.transaction():
        bucket = bucket_of(call)
        managed = {**bucket.body["managed"], "enabled": enabled}
        call.cloud.store.update(bucket, {**bucket.body, "managed": managed})
    return Reply(managed)


def _find(call: Call) -> Document:
    bucket = bucket_of(call)
    found = call.cloud.store.named(models.DOMAIN, call.account, call.path["domain"])
    if found is None or found.body["bucket"] != bucket.id:
        raise errors.NO_DOMAIN(domain=call.path["domain"])
    return found


def _shown(domain: Document) -> Json:
    return {key: value for key, value in domain.body.items() if key != "bucket"}


def _tls_settings(sent: Json) -> Json:
    settings = {key: sent[key] for key in ("minTLS", "ciphers") if sent.get(key)}
    if settings.get("minTLS", _TLS[0]) not in _TLS:
        raise errors.BAD_BODY(reason=f"minTLS must be one of {', '.join(_TLS)}")
    return settings


@service.post(_CUSTOM, permission=_WRITE)
async def create(call: Call) -> Reply:
    sent = call.json_object()
    store = call.cloud.store
    domain, zone_id = str(sent.get("domain") or "").lower(), str(sent.get("zoneId") or "")
    with store.transaction():
        bucket = bucket_of(call)
        zone = store.get("zone", call.account, zone_id)
        inside = zone is not None and f".{domain}".endswith(f".{zone.body['name']}")
        if zone is None or not inside:
            raise errors.FOREIGN_ZONE(zone=zone_id, domain=domain)
        body: Json = {
            "domain": domain,
            "enabled": bool(sent.get("enabled", True)),
            # Ownership and certificate are there at once: nothing has to travel to other name servers here.
            "status": {"ownership": "active", "ssl": "active"},
            "zoneId": zone.id,
            "zoneName": zone.body["name"],
            "bucket": bucket.id,
            # TLS settings are told only where they were set: the official provider takes a default for drift.
            **_tls_settings(sent),
        }
        try:
            made = store.insert(models.DOMAIN, call.account, domain, body, domain)
        except ClashError as error:
            raise errors.DOMAIN_TAKEN(domain=domain) from error
    return Reply(_shown(made))


@service.get(_CUSTOM, permission=_READ)
async def list_all(call: Call) -> Reply:
    bucket = bucket_of(call)
    found = call.cloud.store.list(models.DOMAIN, call.account)
    return Reply({"domains": [_shown(d) for d in found if d.body["bucket"] == bucket.id]})


@service.get(_CUSTOM + "/{domain}", permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_shown(_find(call)))


@service.put(_CUSTOM + "/{domain}", permission=_WRITE)
async def write(call: Call) -> Reply:
    sent = call.json_object()
    with call.cloud.store.transaction():
        found = _find(call)
        body = {**found.body, **_tls_settings(sent)}
        if sent.get("enabled") is not None:
            body["enabled"] = bool(sent["enabled"])
        for key in ("minTLS", "ciphers"):
            if key in sent and not sent[key]:
                body.pop(key, None)
        return Reply(_shown(call.cloud.store.update(found, body)))


@service.delete(_CUSTOM + "/{domain}", permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        found = _find(call)
        call.cloud.store.delete(found)
    return Reply({"domain": found.body["domain"]})
