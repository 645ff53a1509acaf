"""`/accounts/{a}/r2/buckets`, their rules and their objects."""

from __future__ import annotations

import base64
from typing import Final

from starlette.responses import Response

from localcloud.api.r2 import errors, models, rules
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("r2")
_READ: Final = "Workers R2 Storage Read"
_WRITE: Final = "Workers R2 Storage Write"
_ALL: Final = "/accounts/{account}/r2/buckets"
_ONE: Final = _ALL + "/{bucket}"
_HTTP_METADATA: Final = {
    "content-type": "contentType",
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
}
_CUSTOM: Final = "x-amz-meta-"
_PAGE: Final = 20
_OBJECTS: Final = 1000


def jurisdiction(call: Call) -> str:
    return call.headers.get("cf-r2-jurisdiction") or "default"


def bucket_of(call: Call) -> Document:
    return models.find_bucket(
        call.cloud.store, call.account, call.path["bucket"], jurisdiction(call)
    )


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        made = models.create_bucket(
            call.cloud.store, call.account, call.json_object(), jurisdiction(call)
        )
    return Reply(models.shown(made))


@service.get(_ALL, permission=_READ)
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
    limit = _size(call, _PAGE)
    page = found[:limit]
    cursor = page[-1].body["name"] if len(found) > limit else ""
    return Reply(
        {"buckets": [models.shown(bucket) for bucket in page]},
        result_info={"cursor": cursor, "per_page": limit},
    )


def _size(call: Call, default: int) -> int:
    asked = call.query.get("per_page", "")
    return min(1000, max(1, int(asked))) if asked.isdecimal() else default


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(models.shown(bucket_of(call)))


@service.patch(_ONE, permission=_WRITE)
async def change_class(call: Call) -> Reply:
    bucket = bucket_of(call)
    wanted = call.headers.get("cf-r2-storage-class")
    if wanted not in {"Standard", "InfrequentAccess"}:
        raise errors.BAD_BODY(
            reason="the header cf-r2-storage-class must be Standard or InfrequentAccess"
        )
    return Reply(
        models.shown(call.cloud.store.update(bucket, {**bucket.body, "storage_class": wanted}))
    )


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_bucket(call.cloud.store, bucket_of(call))
    return Reply({})


# Rules


@service.get(_ONE + "/cors", permission=_READ)
async def read_cors(call: Call) -> Reply:
    found = bucket_of(call).body["cors"]
    if found is None:
        raise errors.NO_CORS()
    return Reply({"rules": found})


@service.put(_ONE + "/cors", permission=_WRITE)
async def write_cors(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object())
    rules.check_cors(sent)
    return _keep(call, "cors", sent)


@service.delete(_ONE + "/cors", permission=_WRITE)
async def remove_cors(call: Call) -> Reply:
    return _keep(call, "cors", None)


@service.get(_ONE + "/lifecycle", permission=_READ)
async def read_lifecycle(call: Call) -> Reply:
    return Reply({"rules": bucket_of(call).body["lifecycle"]})


@service.put(_ONE + "/lifecycle", permission=_WRITE)
async def write_lifecycle(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object())
    rules.check_lifecycle(sent)
    return _keep(call, "lifecycle", sent)


@service.get(_ONE + "/lock", permission=_READ)
async def read_lock(call: Call) -> Reply:
    return Reply({"rules": bucket_of(call).body["lock"]})


@service.put(_ONE + "/lock", permission=_WRITE)
async def write_lock(call: Call) -> Reply:
    sent = rules.rules_of(call.json_object())
    rules.check_lock(sent)
    return _keep(call, "lock", sent)


def _keep(call: Call, key: str, value: list[Json] | None) -> Reply:
    with call.cloud.store.transaction():
        bucket = bucket_of(call)
        call.cloud.store.update(bucket, {**bucket.body, key: value})
    return Reply({})


# Objects


@service.get(_ONE + "/objects", permission=_READ)
async def list_objects(call: Call) -> Reply:
    bucket = bucket_of(call)
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    after = call.query.get("start_after", "")
    if call.query.get("cursor"):
        after = base64.urlsafe_b64decode(call.query["cursor"]).decode()
    limit = _size(call, _OBJECTS)
    rows: list[Json] = []
    folders: list[str] = []
    last, more = "", False
    for item in models.list_objects(call.cloud.store, bucket, prefix, after):
        folder = _folder(item.key, prefix, delimiter)
        if folder is not None and folder in folders:
            last = item.key
            continue
        if len(rows) + len(folders) == limit:
            more = True
            break
        last = item.key
        if folder is not None:
            folders.append(folder)
        else:
            rows.append(_listed(item))
    cursor = base64.urlsafe_b64encode(last.encode()).decode() if more else ""
    info: Json = {"cursor": cursor, "per_page": limit, "is_truncated": more, "delimited": folders}
    return Reply(rows, result_info=info)


def _folder(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter or delimiter not in key[len(prefix) :]:
        return None
    return key[: key.index(delimiter, len(prefix)) + len(delimiter)]


def _listed(item: models.Object) -> Json:
    return {
        "key": item.key,
        "etag": item.etag,
        "size": item.size,
        "last_modified": item.uploaded,
        "http_metadata": dict(item.http_metadata),
        "custom_metadata": dict(item.custom_metadata),
        "storage_class": item.storage_class,
    }


_OBJECT: Final = _ONE + "/objects/{key:path}"


@service.put(_OBJECT, permission=_WRITE)
async def write_object(call: Call) -> Reply:
    headers = call.headers
    made = models.put_object(
        call.cloud.store,
        bucket_of(call),
        call.path["key"],
        call.content,
        http_metadata={name: headers[h] for h, name in _HTTP_METADATA.items() if h in headers},
        custom_metadata={
            key.removeprefix(_CUSTOM): value
            for key, value in headers.items()
            if key.startswith(_CUSTOM)
        },
        storage_class=headers.get("cf-r2-storage-class"),
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


@service.get(_OBJECT, permission=_READ)
async def read_object(call: Call) -> Response:
    found = models.get_object(call.cloud.store, bucket_of(call), call.path["key"])
    if found is None:
        raise errors.NO_KEY()
    names = {name: header for header, name in _HTTP_METADATA.items()}
    headers = {names[name]: value for name, value in found.http_metadata.items()}
    headers |= {f"{_CUSTOM}{name}": value for name, value in found.custom_metadata.items()}
    headers |= {"etag": f'"{found.etag}"', "last-modified": found.uploaded}
    headers.setdefault("content-type", "application/octet-stream")
    return Response(call.cloud.store.blob(found.digest), headers=headers)


@service.delete(_OBJECT, permission=_WRITE)
async def remove_object(call: Call) -> Reply:
    models.delete_object(call.cloud.store, bucket_of(call), call.path["key"])
    return Reply({"key": call.path["key"]})
