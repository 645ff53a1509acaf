"""`/accounts/{a}/hyperdrive/configs`."""

from __future__ import annotations

from typing import Final

from localcloud.api.hyperdrive import errors, models
from localcloud.api.ids import timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document

service = Service("hyperdrive")
_READ: Final = "Hyperdrive Read"
_WRITE: Final = "Hyperdrive Write"
_ALL: Final = "/accounts/{account}/hyperdrive/configs"
_ONE: Final = _ALL + "/{config}"


def _found(call: Call) -> Document:
    return models.find(call.cloud.store, call.account, call.path["config"])


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        created = models.create(call.cloud.store, call.account, call.json_object(errors.BAD_CONFIG))
    await call.cloud.data_changed()
    return Reply(models.shown(created))


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    found = [models.shown(config) for config in call.cloud.store.list(models.KIND, call.account)]
    return Reply.of_page(paginate(found, call.query))


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(models.shown(_found(call)))


async def _changed(call: Call, *, whole: bool) -> Reply:
    with call.cloud.store.transaction():
        changed = models.change(
            call.cloud.store, _found(call), call.json_object(errors.BAD_CONFIG), whole=whole
        )
    await call.cloud.data_changed()
    return Reply(models.shown(changed))


@service.put(_ONE, permission=_WRITE)
async def replace(call: Call) -> Reply:
    return await _changed(call, whole=True)


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    return await _changed(call, whole=False)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_found(call))
    await call.cloud.data_changed()
    return Reply(None)


@service.post(_ONE + "/restart", permission=_WRITE)
async def restart(call: Call) -> Reply:
    with call.cloud.store.transaction():
        config = _found(call)
        changed = call.cloud.store.update(config, {**config.body, "restarted_on": timestamp()})
    await call.cloud.data_changed()
    return Reply(models.shown(changed))
