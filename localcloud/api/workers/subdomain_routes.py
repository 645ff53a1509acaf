"""workers.dev: the account's subdomain, and whether a Worker answers there."""

from __future__ import annotations

import re
from typing import Final

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.workers import errors, models

service = Service("workers_subdomain")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_ACCOUNT: Final = "/accounts/{account}/workers/subdomain"
_SCRIPT: Final = "/accounts/{account}/workers/scripts/{script}/subdomain"
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@service.get(_ACCOUNT, permission=_READ)
async def get_account_subdomain(call: Call) -> Reply:
    name = models.account_subdomain(call.cloud.store, call.account)
    if name is None:
        raise errors.NO_SUBDOMAIN()
    return Reply({"subdomain": name})


@service.put(_ACCOUNT, permission=_WRITE)
async def put_account_subdomain(call: Call) -> Reply:
    store = call.cloud.store
    name = call.json_object().get("subdomain")
    if not isinstance(name, str) or not _LABEL.fullmatch(name):
        raise errors.BAD_PARAMETER(name="subdomain")
    with store.transaction():
        for other in store.list(models.SUBDOMAIN):
            if other.body["subdomain"] == name and other.parent != call.account:
                raise errors.SUBDOMAIN_TAKEN(name=name)
        current = store.get(models.SUBDOMAIN, call.account, "subdomain")
        if current is None:
            store.insert(models.SUBDOMAIN, call.account, "subdomain", {"subdomain": name})
        elif current.body["subdomain"] != name:
            raise errors.SUBDOMAIN_EXISTS()
    await call.cloud.changed()
    return Reply({"subdomain": name})


@service.delete(_ACCOUNT, permission=_WRITE)
async def delete_account_subdomain(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        current = store.get(models.SUBDOMAIN, call.account, "subdomain")
        if current is None:
            raise errors.NO_SUBDOMAIN()
        store.delete(current)
    await call.cloud.changed()
    return Reply(None)


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.get(_SCRIPT, permission=_READ)
async def get_script_subdomain(call: Call) -> Reply:
    return Reply(_script(call).body["subdomain"])


@service.post(_SCRIPT, permission=_WRITE)
async def post_script_subdomain(call: Call) -> Reply:
    body = call.json_object()
    if not isinstance(body.get("enabled"), bool):
        raise errors.BAD_PARAMETER(name="enabled")
    previews = body.get("previews_enabled")
    return await _set(call, body["enabled"], body["enabled"] if previews is None else previews)


@service.delete(_SCRIPT, permission=_WRITE)
async def delete_script_subdomain(call: Call) -> Reply:
    return await _set(call, False, False)


async def _set(call: Call, enabled: bool, previews_enabled: bool) -> Reply:
    store = call.cloud.store
    subdomain = {"enabled": enabled, "previews_enabled": previews_enabled}
    with store.transaction():
        worker = _script(call)
        store.update(worker, {**worker.body, "subdomain": subdomain})
    await call.cloud.changed()
    return Reply(subdomain)
