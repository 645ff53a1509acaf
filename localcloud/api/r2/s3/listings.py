"""Lists, as S3 shows them: buckets, objects (both versions of the call), uploads under way and their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from localcloud.api.r2 import errors, objects, uploads
from localcloud.api.r2.objects import Object
from localcloud.api.r2.s3.documents import Node, document
from localcloud.api.store import Document, Store

CLASSES: Final = {"Standard": "STANDARD", "InfrequentAccess": "STANDARD_IA"}
_MOST: Final = 1000


def buckets(account: str, found: Sequence[Document]) -> Response:
    owner: Node = ("Owner", [("ID", account), ("DisplayName", account)])
    listed: list[Node] = [
        ("Bucket", [("Name", b.body["name"]), ("CreationDate", b.body["creation_date"])])
        for b in found
    ]
    return document("ListAllMyBucketsResult", [("Buckets", listed), owner])


def _limit(query: Mapping[str, str], name: str) -> int:
    asked = query.get(name) or str(_MOST)
    if not asked.isdecimal():
        raise errors.BAD_LIMIT()
    return min(int(asked), _MOST)


def _encoder(query: Mapping[str, str]) -> Callable[[str], str]:
    return (lambda text: quote(text, safe="/")) if query.get("encoding-type") == "url" else str


def of_objects(store: Store, bucket: Document, query: Mapping[str, str]) -> Response:
    newer = query.get("list-type") == "2"
    encoded = _encoder(query)
    limit = _limit(query, "max-keys")
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    start = query.get("start-after" if newer else "marker", "")
    page = objects.page(
        store,
        bucket,
        prefix=prefix,
        delimiter=delimiter,
        start_after=start,
        cursor=query.get("continuation-token", "") if newer else "",
        limit=max(limit, 1),
    )
    found = page.objects if limit else ()
    folders = page.folders if limit else ()
    truncated = bool(page.cursor and limit)
    told: list[Node] = [
        ("Name", bucket.body["name"]),
        ("Prefix", encoded(prefix)),
        ("MaxKeys", str(limit)),
        ("IsTruncated", "true" if truncated else "false"),
    ]
    if delimiter:
        told.append(("Delimiter", encoded(delimiter)))
    if query.get("encoding-type") == "url":
        told.append(("EncodingType", "url"))
    if newer:
        told.append(("KeyCount", str(len(found) + len(folders))))
        if "continuation-token" in query:
            told.append(("ContinuationToken", query["continuation-token"]))
        if start:
            told.append(("StartAfter", encoded(start)))
        if truncated:
            told.append(("NextContinuationToken", page.cursor))
    else:
        told.append(("Marker", encoded(start)))
        if truncated:
            last = max([item.key for item in found[-1:]] + list(folders[-1:]), key=str.encode)
            told.append(("NextMarker", encoded(_marker(last, folders))))
    told += [("Contents", _listed(item, encoded)) for item in found]
    told += [("CommonPrefixes", [("Prefix", encoded(folder))]) for folder in folders]
    return document("ListBucketResult", told)


def _marker(last: str, folders: Sequence[str]) -> str:
    # After a folder goes on after all that is in it: no key that UTF-8 can write comes later.
    return f"{last}\U0010ffff" if last in folders else last


def _listed(item: Object, encoded: Callable[[str], str]) -> list[Node]:
    return [
        ("Key", encoded(item.key)),
        ("LastModified", item.uploaded),
        ("ETag", f'"{item.etag}"'),
        ("Size", str(item.size)),
        ("StorageClass", CLASSES[item.storage_class]),
    ]


def of_uploads(store: Store, bucket: Document, query: Mapping[str, str]) -> Response:
    encoded = _encoder(query)
    limit = _limit(query, "max-uploads")
    prefix = query.get("prefix", "")
    after = (query.get("key-marker", "").encode(), query.get("upload-id-marker") or "\x7f")
    found = sorted(
        (upload for upload in uploads.under_way(store, bucket) if upload.key.startswith(prefix)),
        key=lambda upload: (upload.key.encode(), upload.id),
    )
    if "key-marker" in query:
        found = [upload for upload in found if (upload.key.encode(), upload.id) > after]
    page = found[:limit]
    truncated = len(found) > limit
    told: list[Node] = [
        ("Bucket", bucket.body["name"]),
        ("Prefix", encoded(prefix)),
        ("KeyMarker", encoded(query.get("key-marker", ""))),
        ("MaxUploads", str(limit)),
        ("IsTruncated", "true" if truncated else "false"),
    ]
    if query.get("encoding-type") == "url":
        told.append(("EncodingType", "url"))
    if truncated and page:
        told += [("NextKeyMarker", encoded(page[-1].key)), ("NextUploadIdMarker", page[-1].id)]
    told += [
        (
            "Upload",
            [
                ("Key", encoded(upload.key)),
                ("UploadId", upload.id),
                ("Initiated", upload.started),
                ("StorageClass", CLASSES[upload.description.storage_class or "Standard"]),
            ],
        )
        for upload in page
    ]
    return document("ListMultipartUploadsResult", told)


def of_parts(
    store: Store, bucket: Document, upload: uploads.Upload, query: Mapping[str, str]
) -> Response:
    limit = _limit(query, "max-parts")
    marker = query.get("part-number-marker") or "0"
    if not marker.isdecimal():
        raise errors.BAD_ARGUMENT(reason="part-number-marker is a number")
    found = [part for part in uploads.parts(store, upload) if part.number > int(marker)]
    page = found[:limit]
    truncated = len(found) > limit
    told: list[Node] = [
        ("Bucket", bucket.body["name"]),
        ("Key", upload.key),
        ("UploadId", upload.id),
        ("PartNumberMarker", marker),
        ("MaxParts", str(limit)),
        ("IsTruncated", "true" if truncated else "false"),
    ]
    if truncated and page:
        told.append(("NextPartNumberMarker", str(page[-1].number)))
    told += [
        (
            "Part",
            [
                ("PartNumber", str(part.number)),
                ("LastModified", part.uploaded),
                ("ETag", f'"{part.etag}"'),
                ("Size", str(part.piece.size)),
            ],
        )
        for part in page
    ]
    return document("ListPartsResult", told)
