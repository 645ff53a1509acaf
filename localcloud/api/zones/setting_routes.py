"""`/zones/{z}/settings`."""

from __future__ import annotations

from typing import Final

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_objects
from localcloud.api.store import Json
from localcloud.api.zones import errors, settings
from localcloud.api.zones.models import find_zone
from localcloud.api.zones.setting_values import SETTINGS

service = Service("zone_settings")
_ALL: Final = "/zones/{zone}/settings"
_ONE: Final = _ALL + "/{setting}"
_READ: Final = "Zone Settings Read"
_WRITE: Final = "Zone Settings Write"


def _shown(call: Call, name: str) -> Json:
    zone = find_zone(call.cloud.store, call.zone)
    return settings.read(call.cloud.store, zone, name, call.cloud.now())


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    return Reply([_shown(call, name) for name in SETTINGS])


@service.patch(_ALL, permission=_WRITE)
async def change_many(call: Call) -> Reply:
    """`{"items": [{"id", "value"}, …]}`, all or none; older clients change settings so."""
    items = as_objects(call.json_object().get("items"))
    if items is None:
        raise errors.BAD_BODY(reason="items must be a list of settings")
    store = call.cloud.store
    with store.transaction():
        zone = find_zone(store, call.zone)
        for item in items:
            settings.write(store, zone, str(item.get("id")), item)
    await call.cloud.changed()
    return Reply([_shown(call, str(item["id"])) for item in items])


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_shown(call, call.path["setting"]))


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    store, name = call.cloud.store, call.path["setting"]
    sent = call.json_object() if call.content else {}
    with store.transaction():
        settings.write(store, find_zone(store, call.zone), name, sent)
    await call.cloud.changed()
    return Reply(_shown(call, name))
