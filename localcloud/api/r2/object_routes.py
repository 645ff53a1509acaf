"""`/accounts/{a}/r2/buckets/{b}/objects`. A key's slashes may come raw or as `%2F`: the SDK encodes them, wrangler does not."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response, StreamingResponse

from localcloud.api.r2 import conditions, contents, errors, models, objects
from localcloud.api.r2.headers import about, described, metadata_headers
from localcloud.api.r2.objects import Object
from localcloud.api.r2.routes import ONE, READ, WRITE, bucket_of, size
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("r2_objects")
_PAGE: Final = 1000
_MAX_BYTES: Final = 300_000_000


def _bucket(call: Call) -> Document:
    """As it is by now: after what its lifecycle rules have done meanwhile."""
    bucket = bucket_of(call)
    models.carry_out_lifecycle(call.cloud.store, bucket)
    return bucket


@service.get(ONE + "/objects", permission=READ)
async def list_objects(call: Call) -> Reply:
    limit = size(call, _PAGE)
    page = objects.page(
        call.cloud.store,
        _bucket(call),
        prefix=call.query.get("prefix", ""),
        delimiter=call.query.get("delimiter", ""),
        start_after=call.query.get("start_after", ""),
        cursor=call.query.get("cursor", ""),
        limit=limit,
    )
    info: Json = {
        "cursor": page.cursor,
        "per_page": limit,
        "is_truncated": page.cursor != "",
        "delimited": list(page.folders),
    }
    return Reply([_listed(item) for item in page.objects], result_info=info)


def _listed(item: Object) -> Json:
    return {
        "key": item.key,
        "etag": item.etag,
        "size": item.size,
        "last_modified": item.uploaded,
        "http_metadata": dict(item.http_metadata),
        "custom_metadata": dict(item.custom_metadata),
        "storage_class": item.storage_class,
    }


_OBJECT: Final = ONE + "/objects/{key:path}"


@service.put(_OBJECT, permission=WRITE)
async def write_object(call: Call) -> Reply:
    """The API takes up to 300 MB in one piece; more goes through S3."""
    store, headers, key = call.cloud.store, call.headers, call.path["key"]
    if len(call.content) > _MAX_BYTES:
        raise errors.TOO_LARGE(limit=_MAX_BYTES)
    bucket = _bucket(call)
    description = described(headers)
    objects.check(bucket, key, description)
    with store.transaction():
        received = contents.keep(store, call.content)
        made = objects.put(
            store,
            bucket,
            key,
            [received.piece],
            etag=received.md5,
            description=description,
            checksums=received.digests,
        )
    return Reply(
        {
            "key": made.key,
            "etag": made.etag,
            "size": str(made.size),
            "version": made.version,
            "uploaded": made.uploaded,
            "storage_class": made.storage_class,
        }
    )


@service.get(_OBJECT, permission=READ)
async def read_object(call: Call) -> Response:
    store = call.cloud.store
    found = objects.existing(store, _bucket(call), call.path["key"])
    asked = conditions.of_headers(call.headers)
    if asked is not None and not asked.is_news(found.etag, found.uploaded_at):
        return Response(status_code=304, headers=about(found))
    headers = {"content-length": str(found.size), **about(found), **metadata_headers(found)}
    return StreamingResponse(contents.read(store, found.pieces), headers=headers)


@service.delete(_OBJECT, permission=WRITE)
async def remove_object(call: Call) -> Reply:
    objects.delete(call.cloud.store, _bucket(call), [call.path["key"]])
    return Reply({"key": call.path["key"]})
