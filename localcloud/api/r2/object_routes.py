"""`/accounts/{a}/r2/buckets/{b}/objects`. A key's slashes may come raw or as `%2F`: the SDK encodes them, wrangler does not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from starlette.responses import Response

from localcloud.api.r2 import errors, models
from localcloud.api.r2.routes import ONE, READ, WRITE, bucket_of, size
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("r2_objects")
_HTTP_METADATA: Final = {
    "content-type": "contentType",
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
    "expires": "cacheExpiry",
}
_CUSTOM: Final = "x-amz-meta-"
_PAGE: Final = 1000
_MAX_BYTES: Final = 300_000_000


def _bucket(call: Call) -> Document:
    """As it is by now: after what its lifecycle rules have done meanwhile."""
    bucket = bucket_of(call)
    models.carry_out_lifecycle(call.cloud.store, bucket)
    return bucket


@service.get(ONE + "/objects", permission=READ)
async def list_objects(call: Call) -> Reply:
    bucket = _bucket(call)
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    after = _after(call.query.get("cursor")) or call.query.get("start_after", "")
    limit = size(call, _PAGE)
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


def _after(cursor: str | None) -> str:
    try:
        return base64.b64decode(cursor or "", altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise errors.BAD_BODY(reason="the cursor is not one of a list of objects") from error


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


_OBJECT: Final = ONE + "/objects/{key:path}"


@service.put(_OBJECT, permission=WRITE)
async def write_object(call: Call) -> Reply:
    """The API takes up to 300 MB in one piece; more goes through S3, which the local cloud does not serve."""
    headers = call.headers
    if len(call.content) > _MAX_BYTES:
        raise errors.TOO_LARGE(limit=_MAX_BYTES)
    made = models.put_object(
        call.cloud.store,
        _bucket(call),
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


@service.get(_OBJECT, permission=READ)
async def read_object(call: Call) -> Response:
    found = models.get_object(call.cloud.store, _bucket(call), call.path["key"])
    if found is None:
        raise errors.NO_KEY()
    uploaded = datetime.fromisoformat(found.uploaded.replace("Z", "+00:00")).replace(microsecond=0)
    headers = {"etag": f'"{found.etag}"', "last-modified": format_datetime(uploaded, usegmt=True)}
    if _is_known(call.headers, found.etag, uploaded):
        return Response(status_code=304, headers=headers)
    names = {name: header for header, name in _HTTP_METADATA.items()}
    headers |= {names[name]: value for name, value in found.http_metadata.items()}
    headers |= {f"{_CUSTOM}{name}": value for name, value in found.custom_metadata.items()}
    headers.setdefault("content-type", "application/octet-stream")
    return Response(call.cloud.store.blob(found.digest), headers=headers)


def _is_known(asked: Mapping[str, str], etag: str, uploaded: datetime) -> bool:
    """Whether the client has it already; as in HTTP, a list of ETags outweighs a date, and a date that is none is ignored."""
    tags = asked.get("if-none-match")
    if tags is not None:
        return any(tag.strip() in {"*", f'"{etag}"', f'W/"{etag}"'} for tag in tags.split(","))
    try:
        return uploaded <= parsedate_to_datetime(asked["if-modified-since"])
    except (KeyError, TypeError, ValueError):
        return False


@service.delete(_OBJECT, permission=WRITE)
async def remove_object(call: Call) -> Reply:
    models.delete_object(call.cloud.store, _bucket(call), call.path["key"])
    return Reply({"key": call.path["key"]})
