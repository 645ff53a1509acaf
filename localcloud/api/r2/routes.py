"""`/accounts/{a}/r2/buckets`."""

from __future__ import annotations

from typing import Final

from localcloud.api.r2 import errors, models, objects
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document

service = Service("r2")
READ: Final = "Workers R2 Storage Read"
WRITE: Final = "Workers R2 Storage Write"
ALL: Final = "/accounts/{account}/r2/buckets"
ONE: Final = ALL + "/{bucket}"
_PAGE: Final = 20
_JURISDICTIONS: Final = ("default", "eu", "us", "fedramp", "fedramp-high")


def jurisdiction(call: Call) -> str:
    named = call.headers.get("cf-r2-jurisdiction") or "default"
    if named not in _JURISDICTIONS:
        raise errors.BAD_BODY(reason=f"jurisdiction '{named}' is unknown")
    return named


def bucket_of(call: Call) -> Document:
    return models.find_bucket(
        call.cloud.store, call.account, call.path["bucket"], jurisdiction(call)
    )


@service.post(ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        made = models.create_bucket(
            call.cloud.store, call.account, call.json_object(errors.BAD_BODY), jurisdiction(call)
        )
    return Reply(models.shown(made))


@service.get(ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    part = call.query.get("name_contains", "")
    found = [
        bucket
        for bucket in call.cloud.store.list(models.KIND, call.account)
        if bucket.body["jurisdiction"] == jurisdiction(call) and part in bucket.body["name"]
    ]
    backwards = call.query.get("direction") == "desc"
    found.sort(key=lambda bucket: bucket.body["name"], reverse=backwards)
    after = call.query.get("cursor") or call.query.get("start_after") or ""
    if after:
        found = [
            b for b in found if (b.body["name"] < after if backwards else b.body["name"] > after)
        ]
    limit = size(call, _PAGE)
    page = found[:limit]
    cursor = page[-1].body["name"] if len(found) > limit else ""
    return Reply(
        {"buckets": [models.shown(bucket) for bucket in page]},
        result_info={"cursor": cursor, "per_page": limit},
    )


def size(call: Call, default: int) -> int:
    asked = call.query.get("per_page", "")
    return min(1000, max(1, int(asked))) if asked.isdecimal() else default


@service.get(ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(models.shown(bucket_of(call)))


@service.patch(ONE, permission=WRITE)
async def change_class(call: Call) -> Reply:
    wanted = objects.checked_class(call.headers.get("cf-r2-storage-class"))
    with call.cloud.store.transaction():
        bucket = bucket_of(call)
        changed = call.cloud.store.update(bucket, {**bucket.body, "storage_class": wanted})
    return Reply(models.shown(changed))


@service.delete(ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_bucket(call.cloud.store, bucket_of(call))
    return Reply({})
