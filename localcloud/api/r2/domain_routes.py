"""`/accounts/{a}/r2/buckets/{b}/domains`: the r2.dev name and custom domains."""

from __future__ import annotations

from typing import Final

from localcloud.api.r2 import errors, models
from localcloud.api.r2.routes import READ, WRITE, bucket_of
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_texts
from localcloud.api.store import ClashError, Document, Json

service = Service("r2_domains")
_MANAGED: Final = "/accounts/{account}/r2/buckets/{bucket}/domains/managed"
_CUSTOM: Final = "/accounts/{account}/r2/buckets/{bucket}/domains/custom"
_TLS: Final = ("1.0", "1.1", "1.2", "1.3")
_MAX_DOMAINS: Final = 50


def _enabled(sent: Json) -> bool | None:
    enabled = sent.get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        raise errors.BAD_BODY(reason="enabled must be true or false")
    return enabled


def _ciphers(sent: Json) -> list[str] | None:
    ciphers = sent.get("ciphers")
    if ciphers is not None and as_texts(ciphers) is None:
        raise errors.BAD_BODY(reason="ciphers must be a list of names")
    return ciphers


@service.get(_MANAGED, permission=READ)
async def read_managed(call: Call) -> Reply:
    return Reply(bucket_of(call).body["managed"])


@service.put(_MANAGED, permission=WRITE)
async def write_managed(call: Call) -> Reply:
    enabled = _enabled(call.json_object(errors.BAD_BODY))
    if enabled is None:
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
    wanted = {"minTLS": sent.get("minTLS"), "ciphers": _ciphers(sent)}
    settings = {key: value for key, value in wanted.items() if value}
    if settings.get("minTLS", _TLS[0]) not in _TLS:
        raise errors.BAD_BODY(reason=f"minTLS must be one of {', '.join(_TLS)}")
    return settings


@service.post(_CUSTOM, permission=WRITE)
async def create(call: Call) -> Reply:
    sent = call.json_object(errors.BAD_BODY)
    store = call.cloud.store
    domain, zone_id = str(sent.get("domain") or "").lower(), str(sent.get("zoneId") or "")
    with store.transaction():
        bucket = bucket_of(call)
        zone = store.get("zone", call.account, zone_id)
        inside = zone is not None and f".{domain}".endswith(f".{zone.body['name']}")
        if zone is None or not inside:
            raise errors.FOREIGN_ZONE(zone=zone_id, domain=domain)
        if len(_of_bucket(call, bucket)) >= _MAX_DOMAINS:
            raise errors.TOO_MANY_DOMAINS(limit=_MAX_DOMAINS)
        body: Json = {
            "domain": domain,
            "enabled": _enabled(sent) is not False,
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
    await call.cloud.changed()
    return Reply(_shown(made))


@service.get(_CUSTOM, permission=READ)
async def list_all(call: Call) -> Reply:
    return Reply({"domains": [_shown(domain) for domain in _of_bucket(call, bucket_of(call))]})


def _of_bucket(call: Call, bucket: Document) -> list[Document]:
    domains = call.cloud.store.list(models.DOMAIN, call.account)
    return [domain for domain in domains if domain.body["bucket"] == bucket.id]


@service.get(_CUSTOM + "/{domain}", permission=READ)
async def read(call: Call) -> Reply:
    return Reply(_shown(_find(call)))


@service.put(_CUSTOM + "/{domain}", permission=WRITE)
async def write(call: Call) -> Reply:
    sent = call.json_object(errors.BAD_BODY)
    with call.cloud.store.transaction():
        found = _find(call)
        body = {**found.body, **_tls_settings(sent)}
        enabled = _enabled(sent)
        if enabled is not None:
            body["enabled"] = enabled
        for key in ("minTLS", "ciphers"):
            if key in sent and not sent[key]:
                body.pop(key, None)
        return Reply(_shown(call.cloud.store.update(found, body)))


@service.delete(_CUSTOM + "/{domain}", permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        found = _find(call)
        call.cloud.store.delete(found)
    await call.cloud.changed()
    return Reply({"domain": found.body["domain"]})
