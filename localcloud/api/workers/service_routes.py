"""`/accounts/{a}/workers/services/{n}`: the older view of a Worker that wrangler and Terraform still read."""

from __future__ import annotations

from typing import Final

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json
from localcloud.api.workers import bindings, errors, models, removal, views
from localcloud.api.workers.script_routes import served_version

service = Service("worker_services")
_READ: Final = "Workers Scripts Read"
_SERVICE: Final = "/accounts/{account}/workers/services/{service}"
_ENVIRONMENT: Final = _SERVICE + "/environments/{environment}"


def _found(call: Call) -> Document:
    worker = call.cloud.store.named(models.KIND, call.account, call.path["service"])
    if worker is None:
        raise errors.NO_SERVICE()
    return worker


def _environment(call: Call, worker: Document) -> Json:
    return {
        "environment": "production",
        "created_on": worker.body["created_on"],
        "modified_on": worker.body["updated_on"],
        "script_tag": worker.id,
        "script": views.script(worker, served_version(call, worker)),
    }


@service.get(_SERVICE, permission=_READ)
async def read(call: Call) -> Reply:
    worker = _found(call)
    environment = _environment(call, worker)
    return Reply(
        {
            "id": worker.body["name"],
            "created_on": worker.body["created_on"],
            "modified_on": worker.body["updated_on"],
            "usage_model": "standard",
            "default_environment": environment,
            "environments": [environment],
        }
    )


@service.get(_ENVIRONMENT, permission=_READ)
async def read_environment(call: Call) -> Reply:
    return Reply(_environment(call, _found(call)))


@service.get(_ENVIRONMENT + "/bindings", permission=_READ)
async def read_bindings(call: Call) -> Reply:
    worker = _found(call)
    version = served_version(call, worker)
    shown: list[Json] = version.body["bindings"] if version else []
    return Reply(bindings.shown(call.cloud.store, worker, shown))


@service.get(_ENVIRONMENT + "/routes", permission=_READ)
async def read_routes(call: Call) -> Reply:
    store = call.cloud.store
    name = _found(call).body["name"]
    return Reply(
        [
            {**route.body, "zone_name": zone.body["name"]}
            for zone in store.list("zone", call.account)
            for route in store.list(models.ROUTE, zone.id)
            if route.body.get("script") == name
        ]
    )


@service.get(_ENVIRONMENT + "/subdomain", permission=_READ)
async def read_subdomain(call: Call) -> Reply:
    return Reply(_found(call).body["subdomain"])


@service.delete(_SERVICE, permission="Workers Scripts Write")
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        removal.remove_worker(store, _found(call), force=call.query.get("force") == "true")
    await call.cloud.changed()
    return Reply(None)
