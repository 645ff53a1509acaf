"""What S3's API does with buckets, objects and uploads in parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from starlette.responses import Response, StreamingResponse

from localcloud.api.errors import ApiError
from localcloud.api.r2 import conditions, contents, models, objects, uploads
from localcloud.api.r2 import errors as r2_errors
from localcloud.api.r2.conditions import Conditions, Span
from localcloud.api.r2.contents import Received
from localcloud.api.r2.headers import about, described, metadata_headers
from localcloud.api.r2.objects import Description, Object
from localcloud.api.r2.s3 import documents, errors, listings
from localcloud.api.r2.s3.bodies import Body
from localcloud.api.store import Document, Store

_CLASS: Final = "x-amz-storage-class"
_CLASSES: Final = {shown: name for name, shown in listings.CLASSES.items()}
_OVERRIDES: Final = (
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
)
_MAX_DELETED: Final = 1000
_CUSTOMER_KEY: Final = "x-amz-server-side-encryption-customer-algorithm"


@dataclass(frozen=True)
class Operation:
    """A request whose signature and permissions are good. Of `bucket_name` and `key`, what is not named is empty."""

    store: Store
    account: str
    jurisdiction: str
    bucket_name: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Body

    def bucket(self, name: str | None = None) -> Document:
        """As it is by now: after what its lifecycle rules have done meanwhile. Raises `ApiError` 10006."""
        bucket = models.find_bucket(
            self.store, self.account, name or self.bucket_name, self.jurisdiction
        )
        models.carry_out_lifecycle(self.store, bucket)
        return bucket

    def description(self) -> Description:
        found = described(self.headers, _CLASS)
        named = found.storage_class
        if named is not None and named not in _CLASSES:
            raise r2_errors.BAD_ARGUMENT(
                reason=f"the storage class must be {' or '.join(_CLASSES)}"
            )
        http = dict(found.http_metadata)
        encodings = [part.strip() for part in http.get("contentEncoding", "").split(",")]
        if "aws-chunked" in encodings:
            # It is how the body travelled, not what the object is.
            rest = ", ".join(part for part in encodings if part != "aws-chunked")
            http.pop("contentEncoding")
            if rest:
                http["contentEncoding"] = rest
        return Description(http, found.custom_metadata, None if named is None else _CLASSES[named])

    def upload(self, bucket: Document) -> uploads.Upload:
        return uploads.find(self.store, bucket, self.key, self.query.get("uploadId", ""))


# Buckets


async def _list_buckets(call: Operation) -> Response:
    found = [
        bucket
        for bucket in call.store.list(models.KIND, call.account)
        if bucket.body["jurisdiction"] == call.jurisdiction
    ]
    return listings.buckets(call.account, sorted(found, key=lambda b: b.body["name"]))


async def _create_bucket(call: Operation) -> Response:
    content = await call.body.document(call.store)
    hint = ""
    if content:
        root = documents.parsed(content, "CreateBucketConfiguration")
        hint = (root.findtext("LocationConstraint") or "").lower()
    sent = {"name": call.bucket_name, "locationHint": "" if hint == "auto" else hint}
    with call.store.transaction():
        models.create_bucket(call.store, call.account, sent, call.jurisdiction)
    return Response(headers={"location": f"/{call.bucket_name}"})


async def _delete_bucket(call: Operation) -> Response:
    with call.store.transaction():
        models.remove_bucket(call.store, call.bucket())
    return Response(status_code=204)


async def _head_bucket(call: Operation) -> Response:
    call.bucket()
    return Response()


async def _location(call: Operation) -> Response:
    location = call.bucket().body["location"]
    root = ET.Element("LocationConstraint", {"xmlns": documents.NAMESPACE})
    root.text = location
    content = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(content, media_type="application/xml")


async def _list_objects(call: Operation) -> Response:
    return listings.of_objects(call.store, call.bucket(), call.query)


async def _list_uploads(call: Operation) -> Response:
    return listings.of_uploads(call.store, call.bucket(), call.query)


async def _delete_objects(call: Operation) -> Response:
    content = await call.body.document(call.store)
    root = documents.parsed(content, "Delete")
    keys = [element.findtext("Key") or "" for element in root.findall("Object")]
    if not 0 < len(keys) <= _MAX_DELETED:
        raise errors.BAD_XML()
    quiet = root.findtext("Quiet") == "true"
    told: list[documents.Node] = []
    bucket = call.bucket()
    for key in keys:
        try:
            objects.delete(call.store, bucket, [key])
        except ApiError as error:
            why = error.details[0].message
            told.append(
                ("Error", [("Key", key), ("Code", errors.name_of(error)), ("Message", why)])
            )
        else:
            if not quiet:
                told.append(("Deleted", [("Key", key)]))
    return documents.document("DeleteResult", told)


# Objects


async def _get(call: Operation) -> Response:
    item = objects.existing(call.store, call.bucket(), call.key)
    unchanged = _refuse_or_unchanged(item, conditions.of_headers(call.headers))
    if unchanged is not None:
        return unchanged
    span = conditions.span_of_header(item.size, call.headers.get("range"))
    headers = {"accept-ranges": "bytes", **about(item), **metadata_headers(item)}
    headers |= {
        name: call.query[f"response-{name}"]
        for name in _OVERRIDES
        if f"response-{name}" in call.query
    }
    if item.storage_class != "Standard":
        headers[_CLASS] = listings.CLASSES[item.storage_class]
    if call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" and span is None:
        headers |= _checksum_headers(item)
    if span is not None:
        headers["content-range"] = f"bytes {span.offset}-{span.last}/{item.size}"
    part = span or Span(0, item.size)
    headers["content-length"] = str(part.length)
    body = contents.read(call.store, item.pieces, part.offset, part.length)
    return StreamingResponse(body, 200 if span is None else 206, headers)


def _checksum_headers(item: Object) -> dict[str, str]:
    return {
        f"x-amz-checksum-{name}": contents.base64_of(item.checksums[name])
        for name in ("sha1", "sha256")
        if name in item.checksums
    }


def _refuse_or_unchanged(item: Object, wanted: Conditions | None) -> Response | None:
    if wanted is None:
        return None
    if not wanted.precondition_holds(item.etag, item.uploaded_at):
        raise r2_errors.PRECONDITION_FAILED()
    if wanted.is_news(item.etag, item.uploaded_at):
        return None
    return Response(status_code=304, headers=about(item))


def _made(
    call: Operation,
    received: Received,
    description: Description,
    checksums: Mapping[str, str],
    wanted: Conditions | None = None,
) -> Object:
    """The object of what was received, which goes where it is refused. Raises `ApiError`."""
    try:
        return objects.put(
            call.store,
            call.bucket(),
            call.key,
            [received.piece],
            etag=received.md5,
            description=description,
            checksums=checksums,
            conditions=wanted,
        )
    except ApiError:
        contents.drop(call.store, [received.piece.content])
        raise


async def _put(call: Operation) -> Response:
    bucket, description = call.bucket(), call.description()
    objects.check(bucket, call.key, description)
    received = await call.body.keep(call.store)
    wanted = conditions.of_headers(call.headers)
    made = _made(call, received, description, call.body.checksums(received), wanted)
    return Response(headers={"etag": f'"{made.etag}"', "x-amz-version-id": made.version})


async def _delete(call: Operation) -> Response:
    objects.delete(call.store, call.bucket(), [call.key])
    return Response(status_code=204)


def _source(call: Operation) -> Object:
    """What is copied from. Raises `ApiError` 10007, and 10031 for a condition on it that does not hold."""
    named = unquote(call.headers.get("x-amz-copy-source", "").split("?")[0]).removeprefix("/")
    bucket_name, _, key = named.partition("/")
    if not bucket_name or not key:
        raise r2_errors.BAD_ARGUMENT(reason="x-amz-copy-source is BUCKET/KEY")
    item = objects.existing(call.store, call.bucket(bucket_name), key)
    wanted = conditions.of_headers(call.headers, "x-amz-copy-source-")
    if wanted is not None and not wanted.hold(item.etag, item.uploaded_at):
        raise r2_errors.PRECONDITION_FAILED()
    return item


async def _copy(call: Operation) -> Response:
    source, description = _source(call), call.description()
    if call.headers.get("x-amz-metadata-directive", "COPY").upper() != "REPLACE":
        description = Description(
            source.http_metadata, source.custom_metadata, description.storage_class
        )
    objects.check(call.bucket(), call.key, description)
    if source.size > contents.MAX_UPLOAD_BYTES:
        raise r2_errors.ENTITY_TOO_LARGE()
    received = await contents.receive(call.store, contents.read(call.store, source.pieces))
    made = _made(call, received, description, received.digests)
    told: list[documents.Node] = [("LastModified", made.uploaded), ("ETag", f'"{made.etag}"')]
    return documents.document("CopyObjectResult", told)


# Uploads in parts


async def _begin(call: Operation) -> Response:
    upload = uploads.begin(call.store, call.bucket(), call.key, call.description())
    return documents.document(
        "InitiateMultipartUploadResult",
        [("Bucket", call.bucket_name), ("Key", call.key), ("UploadId", upload.id)],
    )


def _part_number(text: str) -> int:
    if not text.isdecimal():
        raise r2_errors.BAD_ARGUMENT(reason="a part's number is a number")
    number = int(text)
    uploads.check_number(number)
    return number


async def _add_part(call: Operation) -> Response:
    upload = call.upload(call.bucket())
    number = _part_number(call.query.get("partNumber", ""))
    received = await call.body.keep(call.store)
    part = _kept(call, upload, number, received)
    return Response(headers={"etag": f'"{part.etag}"'})


def _kept(
    call: Operation, upload: uploads.Upload, number: int, received: contents.Received
) -> uploads.Part:
    try:
        return uploads.add_part(call.store, call.bucket(), upload, number, received)
    except ApiError:
        contents.drop(call.store, [received.piece.content])
        raise


async def _copy_part(call: Operation) -> Response:
    upload = call.upload(call.bucket())
    number = _part_number(call.query.get("partNumber", ""))
    source = _source(call)
    span = conditions.span_of_header(source.size, call.headers.get("x-amz-copy-source-range"))
    part_of = span or Span(0, source.size)
    source_bytes = contents.read(call.store, source.pieces, part_of.offset, part_of.length)
    received = await contents.receive(call.store, source_bytes)
    part = _kept(call, upload, number, received)
    told: list[documents.Node] = [("LastModified", part.uploaded), ("ETag", f'"{part.etag}"')]
    return documents.document("CopyPartResult", told)


async def _complete(call: Operation) -> Response:
    root = documents.parsed(await call.body.document(call.store), "CompleteMultipartUpload")
    named = [
        (_part_number(part.findtext("PartNumber") or ""), part.findtext("ETag") or "")
        for part in root.findall("Part")
    ]
    if not named:
        raise errors.BAD_XML()
    bucket = call.bucket()
    made = uploads.complete(
        call.store,
        bucket,
        call.upload(bucket),
        named,
        conditions=conditions.of_headers(call.headers),
    )
    told: list[documents.Node] = [
        ("Location", f"/{call.bucket_name}/{call.key}"),
        ("Bucket", call.bucket_name),
        ("Key", call.key),
        ("ETag", f'"{made.etag}"'),
    ]
    return documents.document("CompleteMultipartUploadResult", told)


async def _abort(call: Operation) -> Response:
    uploads.abort(call.store, call.upload(call.bucket()))
    return Response(status_code=204)


async def _list_parts(call: Operation) -> Response:
    bucket = call.bucket()
    return listings.of_parts(call.store, bucket, call.upload(bucket), call.query)


Handler = Callable[[Operation], Awaitable[Response]]
_SERVICE: Final[dict[tuple[str, str], Handler]] = {("GET", ""): _list_buckets}
_BUCKET: Final[dict[tuple[str, str], Handler]] = {
    ("GET", ""): _list_objects,
    ("GET", "location"): _location,
    ("GET", "uploads"): _list_uploads,
    ("HEAD", ""): _head_bucket,
    ("PUT", ""): _create_bucket,
    ("DELETE", ""): _delete_bucket,
    ("POST", "delete"): _delete_objects,
}
_OBJECT: Final[dict[tuple[str, str], Handler]] = {
    ("GET", ""): _get,
    ("GET", "uploadId"): _list_parts,
    ("HEAD", ""): _get,
    ("PUT", ""): _put,
    ("PUT", "copy"): _copy,
    ("PUT", "uploadId"): _add_part,
    ("PUT", "uploadId copy"): _copy_part,
    ("DELETE", ""): _delete,
    ("DELETE", "uploadId"): _abort,
    ("POST", "uploads"): _begin,
    ("POST", "uploadId"): _complete,
}
_PARTS_OF_CALLS: Final = ("location", "uploads", "delete", "uploadId")
_NOT_SERVED: Final = frozenset(
    {
        "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "inventory", "legal-hold", "lifecycle",
        "logging", "metrics", "notification", "object-lock", "ownershipControls", "partNumber", "policy",
        "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select",
        "tagging", "torrent", "versionId", "versioning", "versions", "website",
    }
)  # fmt: skip


def handler_of(method: str, call: Operation) -> Handler:
    """Raises `ApiError` 10030 for a call that is not served here."""
    family = _OBJECT if call.key else _BUCKET if call.bucket_name else _SERVICE
    named = next((name for name in _PARTS_OF_CALLS if name in call.query), "")
    if family is _OBJECT and method == "PUT" and "x-amz-copy-source" in call.headers:
        named = f"{named} copy".strip()
    unserved = _NOT_SERVED & set(call.query)
    if _CUSTOMER_KEY in call.headers:
        unserved = unserved | {"SSE-C"}
    if named.startswith("uploadId"):
        unserved -= {"partNumber"}
    handler = None if unserved else family.get((method, named))
    if handler is None:
        what = ", ".join(sorted(unserved)) or named or "this"
        raise errors.NOT_IMPLEMENTED(what=f"{method} of {what} by S3's API")
    return handler
