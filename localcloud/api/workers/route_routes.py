"""`/zones/{z}/workers/routes`, and wrangler's way to set all routes of a script at once."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.ids import hex_id
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import errors, models
from localcloud.api.workers.patterns import check_pattern, zone_of

service = Service("worker_routes")
_READ: Final = "Workers Routes Read"
_WRITE: Final = "Workers Routes Write"
_PATH: Final = "/zones/{zone}/workers/routes"


def _zone(call: Call) -> Document:
    zone = call.cloud.store.anywhere("zone", call.zone)
    if zone is None:
        raise errors.NO_ROUTE()
    return zone


def _found(call: Call) -> Document:
    route = call.cloud.store.get(models.ROUTE, call.zone, call.path["route"])
    if route is None:
        raise errors.NO_ROUTE()
    return route


def _checked(store: Store, zone: Document, sent: Json, besides: str | None = None) -> Json:
    """`pattern` and, unless Workers are kept off it, `script`."""
    pattern = sent.get("pattern")
    if not isinstance(pattern, str):
        raise errors.BAD_PATTERN(pattern=pattern, reason="it is missing.")
    bare = check_pattern(pattern, zone.body["name"])
    for other in store.list(models.ROUTE, zone.id):
        if other.body["pattern"] == bare and other.id != besides:
            raise errors.ROUTE_TAKEN()
    script = sent.get("script") or None
    if script is not None and store.named(models.KIND, zone.parent, script) is None:
        raise errors.ROUTE_SCRIPT_MISSING(script=script)
    return {"pattern": bare} if script is None else {"pattern": bare, "script": script}


def _add(store: Store, zone: Document, sent: Json) -> Json:
    id = hex_id()
    body = {"id": id, **_checked(store, zone, sent)}
    store.insert(models.ROUTE, zone.id, id, body)
    return body


@service.post(_PATH, permission=_WRITE)
async def create(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        body = _add(store, _zone(call), call.json_object())
    await call.cloud.changed()
    return Reply(body)


@service.get(_PATH, permission=_READ)
async def list_all(call: Call) -> Reply:
    return Reply([route.body for route in call.cloud.store.list(models.ROUTE, call.zone)])


@service.get(_PATH + "/{route}", permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_found(call).body)


@service.put(_PATH + "/{route}", permission=_WRITE)
async def update(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        route = _found(call)
        checked = _checked(store, _zone(call), call.json_object(), besides=route.id)
        route = store.update(route, {"id": route.id, **checked})
    await call.cloud.changed()
    return Reply(route.body)


@service.delete(_PATH + "/{route}", permission=_WRITE)
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        route = _found(call)
        store.delete(route)
    await call.cloud.changed()
    return Reply({"id": route.id})


@service.put("/accounts/{account}/workers/scripts/{script}/routes", permission=_WRITE)
async def put_script_routes(call: Call) -> Reply:
    """`[{pattern, zone_id?, zone_name?}]` becomes the list of the script's routes, in all zones of the account."""
    store = call.cloud.store
    sent: Any = call.json()
    if not isinstance(sent, list):
        raise errors.BAD_BODY(reason="expected a list of routes")
    name = call.path["script"]
    made: list[Json] = []
    with store.transaction():
        models.find_script(store, call.account, name)
        for zone in store.list("zone", call.account):
            for route in store.list(models.ROUTE, zone.id):
                if route.body.get("script") == name:
                    store.delete(route)
        for entry in sent:  # pyright: ignore[reportUnknownVariableType]
            route_sent: Json = entry if isinstance(entry, dict) else {"pattern": entry}  # pyright: ignore[reportUnknownVariableType]
            pattern = str(route_sent.get("pattern", ""))
            zone = zone_of(
                store,
                call.account,
                pattern,
                id=route_sent.get("zone_id"),
                name=route_sent.get("zone_name"),
            )
            if zone is None:
                raise errors.NO_ZONE(hostname=pattern)
            made.append(_add(store, zone, {"pattern": pattern, "script": name}))
    await call.cloud.changed()
    return Reply(made)
