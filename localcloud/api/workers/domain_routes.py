"""`/accounts/{a}/workers/domains`, and wrangler's way to set all custom domains of a script."""

from __future__ import annotations

from typing import Final

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_objects
from localcloud.api.store import Document, Json
from localcloud.api.workers import domains, errors, models

service = Service("worker_domains")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_DOMAINS: Final = "/accounts/{account}/workers/domains"
_SCRIPT: Final = "/accounts/{account}/workers/scripts/{script}/domains"


def _by_query(call: Call) -> list[Json]:
    keys = ("hostname", "service", "zone_id", "zone_name", "environment")
    wanted = {key: call.query[key] for key in keys if call.query.get(key)}
    return [
        d.body
        for d in call.cloud.store.list(models.DOMAIN, call.account)
        if wanted.items() <= d.body.items()
    ]


@service.get(_DOMAINS, permission=_READ)
async def list_all(call: Call) -> Reply:
    return Reply(_by_query(call))


@service.get(_DOMAINS + "/records", permission=_READ)
async def list_records(call: Call) -> Reply:
    return Reply(_by_query(call))


@service.put(_DOMAINS, permission=_WRITE)
async def attach(call: Call) -> Reply:
    store = call.cloud.store
    sent = call.json_object()
    with store.transaction():
        body = domains.attach(
            store,
            call.account,
            sent,
            override_origin=sent.get("override_existing_origin") is True,
            override_records=sent.get("override_existing_dns_record") is True,
        )
    await call.cloud.changed()
    return Reply(body)


def _found(call: Call) -> Document:
    domain = call.cloud.store.get(models.DOMAIN, call.account, call.path["domain"])
    if domain is None:
        raise errors.NO_DOMAIN()
    return domain


@service.get(_DOMAINS + "/{domain}", permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_found(call).body)


@service.get(_DOMAINS + "/records/{domain}", permission=_READ)
async def read_record(call: Call) -> Reply:
    return Reply(_found(call).body)


@service.delete(_DOMAINS + "/{domain}", permission=_WRITE)
async def detach(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        domain = _found(call)
        store.delete(domain)
    await call.cloud.changed()
    return Reply({"id": domain.id})


@service.post(_SCRIPT + "/changeset", permission=_WRITE)
async def changeset(call: Call) -> Reply:
    wanted = as_objects(call.json())
    if wanted is None:
        raise errors.BAD_BODY(reason="expected a list of domains")
    script = models.find_script(call.cloud.store, call.account, call.path["script"])
    return Reply(domains.changeset(call.cloud.store, call.account, script.body["name"], wanted))


@service.put(_SCRIPT + "/records", permission=_WRITE)
async def put_records(call: Call) -> Reply:
    """`origins` becomes the list of the script's domains."""
    store = call.cloud.store
    sent = call.json_object()
    origins = as_objects(sent.get("origins") or [])
    if origins is None:
        raise errors.BAD_BODY(reason="origins must be a list of objects")
    name = call.path["script"]
    with store.transaction():
        models.find_script(store, call.account, name)
        for removed in domains.changeset(store, call.account, name, origins)["removed"]:
            gone = store.get(models.DOMAIN, call.account, removed["id"])
            if gone is not None:
                store.delete(gone)
        made = [
            domains.attach(
                store,
                call.account,
                {**origin, "service": name},
                override_origin=sent.get("override_existing_origin") is True,
                override_records=sent.get("override_existing_dns_record") is True,
            )
            for origin in origins
        ]
    await call.cloud.changed()
    return Reply(made)
