"""`/zones/{z}/healthchecks`. Permissions by Cloudflare's page of token permissions: Health Checks Read and Write."""

from __future__ import annotations

from typing import Final

from localcloud.api.healthchecks import errors, models
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.zones.models import find_zone
from localcloud.api.zones.plans import plan_of

service = Service("healthchecks")
_READ: Final = "Health Checks Read"
_WRITE: Final = "Health Checks Write"
_ALL: Final = "/zones/{zone}/healthchecks"
_ONE: Final = _ALL + "/{check}"


def _found(call: Call) -> Document:
    found = call.cloud.store.get(models.KIND, call.zone, call.path["check"])
    if found is None:
        raise errors.NO_CHECK()
    return found


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        limit = plan_of(find_zone(store, call.zone)).health_checks
        if len(store.list(models.KIND, call.zone)) >= limit:
            raise errors.QUOTA(limit=limit)
        now = timestamp()
        body = models.checked(call.json_object(), models.DEFAULTS)
        body |= {
            "id": hex_id(),
            "created_on": now,
            "modified_on": now,
            "status": models.status(body),
            "failure_reason": "",
        }
        store.insert(models.KIND, call.zone, body["id"], body)
    return Reply(body)


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    rows = [check.body for check in call.cloud.store.list(models.KIND, call.zone)]
    return Reply.of_page(paginate(rows, call.query, default=25))


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_found(call).body)


def _changed(call: Call, *, whole: bool) -> Reply:
    store = call.cloud.store
    with store.transaction():
        check = _found(call)
        base = models.DEFAULTS if whole else check.body
        body = models.checked(call.json_object(), base)
        kept = {key: check.body[key] for key in ("id", "created_on", "modified_on", "failure_reason")}  # fmt: skip
        body |= kept | {"status": models.status(body)}
        if body != check.body:
            body["modified_on"] = timestamp()
            store.update(check, body)
    return Reply(body)


@service.put(_ONE, permission=_WRITE)
async def replace(call: Call) -> Reply:
    return _changed(call, whole=True)


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    return _changed(call, whole=False)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        check = _found(call)
        call.cloud.store.delete(check)
    return Reply({"id": check.id})
