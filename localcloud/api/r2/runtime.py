"""What a Worker's R2 binding speaks to: workerd sends each operation as one HTTP request to the service it is bound to.

    GET /   the operation as JSON in the header `cf-r2-request`: head, get, list
    PUT /   the operation as JSON before the body, so long as `cf-r2-metadata-size` says: put, delete, and uploads in parts

An answer has an object's metadata as JSON before its content, in the same way; a refusal says in `cf-r2-error` why.
Which bucket it is comes in headers that the edge's configuration adds, beside a secret that only the two know.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import secrets
import sqlite3
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.api.errors import ApiError
from localcloud.api.r2 import conditions, contents, errors, models, objects, uploads
from localcloud.api.r2.conditions import Conditions, Span, Tag
from localcloud.api.r2.objects import Description, Object
from localcloud.api.r2.tables import opened
from localcloud.api.shapes import as_object, as_objects, as_texts
from localcloud.api.store import Document, Json, Store

ACCOUNT_HEADER: Final = "x-r2-account"
BUCKET_HEADER: Final = "x-r2-bucket"
JURISDICTION_HEADER: Final = "x-r2-jurisdiction"
_ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha384", "sha512")
"""In the order of the numbers that the runtime names them by."""
_INCLUDED: Final = {0: "http", 1: "custom"}
_LIST: Final = 1000
_LIST_WITH_METADATA: Final = 100
_DELETE: Final = 1000
_MAX_REQUEST: Final = 4 << 20
_TEXTS: Final = (
    "contentType",
    "contentLanguage",
    "contentDisposition",
    "contentEncoding",
    "cacheControl",
)

_Write = Callable[[Document, Json, AsyncIterator[bytes]], Awaitable[Response]]


def is_for_r2(scope: Scope) -> bool:
    """Whether the request comes from a binding of R2, and not from one of KV."""
    named = BUCKET_HEADER.encode()
    return any(name == named for name, _ in scope["headers"])


def failed(_scope: Scope) -> Response:
    """What the binding is told when R2 fails."""
    return _refused(errors.INTERNAL())


class R2Runtime:
    """`R2Runtime(store, secret)` is served on an address that only the edge is told."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = opened(store)
        self._authorization = f"Bearer {secret}"
        self._writes: dict[object, _Write] = {
            "put": self._put,
            "delete": self._delete,
            "createMultipartUpload": self._begin,
            "uploadPart": self._add_part,
            "completeMultipartUpload": self._complete,
            "abortMultipartUpload": self._abort,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given, self._authorization):
            await Response("this is not for you", 403)(scope, receive, send)
            return
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            # The Worker gave up its upload; nobody waits for an answer.
            return
        except ApiError as error:
            response = _refused(error)
        except sqlite3.ProgrammingError:
            # The state was exchanged under a long upload.
            response = _refused(errors.INTERNAL())
        except Exception:
            traceback.print_exc()
            response = _refused(errors.INTERNAL())
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        bucket = self._bucket(request.headers)
        if request.method == "GET":
            # In UTF-8, although it is a header.
            asked = _operation(request.headers.get("cf-r2-request", "").encode("latin-1"))
            if asked.get("method") == "head":
                item = objects.existing(self._store, bucket, _key(asked))
                return _metadata(_head(item, None))
            if asked.get("method") == "get":
                return self._get(bucket, asked)
            if asked.get("method") == "list":
                return self._list(bucket, asked)
            raise _unknown(asked)
        asked, body = await _split(request)
        write = self._writes.get(asked.get("method"))
        if write is None:
            raise _unknown(asked)
        return await write(bucket, asked, body)

    def _bucket(self, headers: Mapping[str, str]) -> Document:
        """As it is by now: after what its lifecycle rules have done meanwhile."""
        bucket = models.find_bucket(
            self._store,
            headers.get(ACCOUNT_HEADER, ""),
            headers.get(BUCKET_HEADER, ""),
            headers.get(JURISDICTION_HEADER, "default"),
        )
        models.carry_out_lifecycle(self._store, bucket)
        return bucket

    def _get(self, bucket: Document, asked: Json) -> Response:
        item = objects.existing(self._store, bucket, _key(asked))
        wanted = _conditions(asked.get("onlyIf"))
        if wanted is not None and not wanted.hold(item.etag, item.uploaded_at):
            # The Worker gets the object without a body.
            return _refused(errors.PRECONDITION_FAILED(), _head(item, None))
        span = _span(asked, item.size)
        body = contents.read(self._store, item.pieces, span.offset, span.length)
        return _metadata(_head(item, span), body, span.length)

    def _list(self, bucket: Document, asked: Json) -> Response:
        limit = _LIST if asked.get("limit") is None else _number(asked, "limit")
        if not 1 <= limit <= _LIST:
            raise errors.BAD_LIMIT()
        included = {_INCLUDED.get(number) for number in asked.get("include") or ()}
        if included:
            # With metadata a page is shorter than what was asked for: Workers have to look at `truncated`.
            limit = min(limit, _LIST_WITH_METADATA)
        page = objects.page(
            self._store,
            bucket,
            prefix=str(asked.get("prefix") or ""),
            delimiter=str(asked.get("delimiter") or ""),
            start_after=str(asked.get("startAfter") or ""),
            cursor=str(asked.get("cursor") or ""),
            limit=limit,
        )
        listed: Json = {
            "objects": [_described(item, included) for item in page.objects],
            "truncated": page.cursor != "",
            "delimitedPrefixes": list(page.folders),
        }
        if page.cursor:
            listed["cursor"] = page.cursor
        return _metadata(listed)

    async def _put(self, bucket: Document, asked: Json, body: AsyncIterator[bytes]) -> Response:
        key, description = _key(asked), _description(asked)
        objects.check(bucket, key, description)
        given = _digests(asked)
        received = await contents.receive(self._store, body, given)
        try:
            for algorithm, digest in given.items():
                if digest != received.digests[algorithm]:
                    raise errors.BAD_DIGEST(
                        algorithm=_shown_algorithm(algorithm),
                        given=digest,
                        actual=received.digests[algorithm],
                    )
            made = objects.put(
                self._store,
                self._still(bucket),
                key,
                [received.piece],
                etag=received.md5,
                description=description,
                checksums=received.digests,
                conditions=_conditions(asked.get("onlyIf")),
            )
        except ApiError:
            contents.drop(self._store, [received.piece.content])
            raise
        return _metadata(_head(made, None))

    def _still(self, bucket: Document) -> Document:
        """The bucket as it is after a body has come in: it may be gone, or have other rules."""
        return models.find_bucket(
            self._store, bucket.parent, bucket.id, bucket.body["jurisdiction"]
        )

    async def _delete(self, bucket: Document, asked: Json, body: AsyncIterator[bytes]) -> Response:
        del body
        keys = as_texts(asked["objects"]) if "objects" in asked else [_key(asked)]
        if keys is None or len(keys) > _DELETE:
            raise errors.BAD_ARGUMENT(reason=f"at most {_DELETE} keys are deleted at once")
        objects.delete(self._store, bucket, keys)
        return Response()

    async def _begin(self, bucket: Document, asked: Json, body: AsyncIterator[bytes]) -> Response:
        del body
        upload = uploads.begin(self._store, bucket, _key(asked), _description(asked))
        return _metadata({"uploadId": upload.id})

    async def _add_part(
        self, bucket: Document, asked: Json, body: AsyncIterator[bytes]
    ) -> Response:
        upload, number = self._upload(bucket, asked), _number(asked, "partNumber")
        uploads.check_number(number)
        received = await contents.receive(self._store, body)
        try:
            part = uploads.add_part(self._store, self._still(bucket), upload, number, received)
        except ApiError:
            contents.drop(self._store, [received.piece.content])
            raise
        return _metadata({"etag": part.etag})

    async def _complete(
        self, bucket: Document, asked: Json, body: AsyncIterator[bytes]
    ) -> Response:
        del body
        named = as_objects(asked.get("parts"))
        if named is None:
            raise errors.BAD_ARGUMENT(reason="parts must be a list")
        made = uploads.complete(
            self._store,
            bucket,
            self._upload(bucket, asked),
            [(_number(part, "part"), str(part.get("etag"))) for part in named],
        )
        return _metadata(_head(made, None))

    async def _abort(self, bucket: Document, asked: Json, body: AsyncIterator[bytes]) -> Response:
        del body
        uploads.abort(self._store, self._upload(bucket, asked))
        return Response()

    def _upload(self, bucket: Document, asked: Json) -> uploads.Upload:
        return uploads.find(self._store, bucket, _key(asked), str(asked.get("uploadId")))


# Requests


def _operation(text: bytes) -> Json:
    try:
        asked = as_object(json.loads(text))
    except (ValueError, RecursionError):
        asked = None
    if asked is None:
        raise errors.BAD_ARGUMENT(reason="the operation is no JSON object")
    if asked.get("ssec"):
        raise errors.BAD_ARGUMENT(reason="ssecKey is not served by the local cloud")
    return asked


async def _split(request: Request) -> tuple[Json, AsyncIterator[bytes]]:
    """The operation, and the rest of the body."""
    told = request.headers.get("cf-r2-metadata-size", "")
    if not told.isdecimal() or int(told) > _MAX_REQUEST:
        raise errors.BAD_ARGUMENT(reason="cf-r2-metadata-size is missing or too large")
    size = int(told)
    stream = request.stream()
    start = b""
    while len(start) < size:
        part = await anext(stream, None)
        if part is None:
            raise errors.BAD_ARGUMENT(reason="the body is shorter than its metadata")
        start += part

    async def rest() -> AsyncIterator[bytes]:
        yield start[size:]
        async for part in stream:
            yield part

    return _operation(start[:size]), rest()


def _key(asked: Json) -> str:
    key = asked.get("object")
    if not isinstance(key, str):
        raise errors.BAD_KEY()
    return key


def _number(asked: Json, name: str) -> int:
    """64-bit numbers come as text."""
    try:
        return int(asked[name])
    except (KeyError, TypeError, ValueError) as error:
        raise errors.BAD_ARGUMENT(reason=f"{name} must be a whole number") from error


def _optional(asked: Json, name: str) -> int | None:
    return None if asked.get(name) is None else _number(asked, name)


def _span(asked: Json, size: int) -> Span:
    given = as_object(asked.get("range"))
    if given is not None:
        parts = (_optional(given, name) for name in ("offset", "length", "suffix"))
        return conditions.span(size, *parts)
    header = asked.get("rangeHeader")
    found = conditions.span_of_header(size, header if isinstance(header, str) else None)
    return Span(0, size) if found is None else found


def _conditions(given: object) -> Conditions | None:
    only_if = as_object(given)
    if only_if is None:
        return None
    return Conditions(
        _tags(only_if.get("etagMatches")),
        _tags(only_if.get("etagDoesNotMatch")),
        _optional(only_if, "uploadedBefore"),
        _optional(only_if, "uploadedAfter"),
        only_if.get("secondsGranularity") is True,
    )


def _tags(given: object) -> tuple[Tag, ...] | None:
    tags = as_objects(given)
    if not tags:
        return None
    return tuple(
        Tag("*") if kind == "wildcard" else Tag(str(tag.get("value", "")), kind == "weak")
        for tag in tags
        for kind in (tag.get("type"),)
    )


def _description(asked: Json) -> Description:
    fields = as_object(asked.get("httpFields")) or {}
    http = {name: str(fields[name]) for name in _TEXTS if fields.get(name) is not None}
    expiry = _optional(fields, "cacheExpiry")
    if expiry is not None:
        http["cacheExpiry"] = format_datetime(
            datetime.fromtimestamp(expiry // 1000, UTC), usegmt=True
        )
    custom = as_objects(asked.get("customFields") or []) or []
    storage_class = asked.get("storageClass")
    return Description(
        http,
        {str(pair.get("k")): str(pair.get("v")) for pair in custom},
        None if storage_class is None else str(storage_class),
    )


def _digests(asked: Json) -> dict[str, str]:
    """In hex, as the Worker gave them; an MD5 comes in Base64."""
    given = {name: str(asked[name]).lower() for name in _ALGORITHMS[1:] if asked.get(name)}
    if asked.get("md5"):
        try:
            given["md5"] = base64.b64decode(str(asked["md5"]), validate=True).hex()
        except binascii.Error as error:
            raise errors.BAD_ARGUMENT(reason="md5 is not Base64") from error
    return given


def _shown_algorithm(name: str) -> str:
    return name.upper() if name == "md5" else f"SHA-{name.removeprefix('sha')}"


def _unknown(asked: Json) -> ApiError:
    return errors.BAD_ARGUMENT(reason=f"the operation {asked.get('method')!r} is unknown")


# Answers


def _metadata(told: Json, body: AsyncIterator[bytes] | None = None, length: int = 0) -> Response:
    start = json.dumps(told).encode()
    headers = {"cf-r2-metadata-size": str(len(start)), "content-type": "application/json"}
    if body is None:
        return Response(start, headers=headers)
    headers["content-length"] = str(len(start) + length)

    async def both() -> AsyncIterator[bytes]:
        yield start
        async for chunk in body:
            yield chunk

    return StreamingResponse(both(), headers=headers)


def _refused(error: ApiError, told: Json | None = None) -> Response:
    detail = error.details[0]
    why = json.dumps({"version": 1, "v4code": detail.code, "message": detail.message})
    if told is None:
        return Response(status_code=error.status, headers={"cf-r2-error": why})
    response = _metadata(told)
    response.status_code = error.status
    response.headers["cf-r2-error"] = why
    return response


def _head(item: Object, span: Span | None) -> Json:
    part = span or Span(0, item.size)
    return {
        **_described(item, _INCLUDED.values()),
        "range": {"offset": part.offset, "length": part.length},
    }


def _described(item: Object, included: Collection[object]) -> Json:
    http: Mapping[str, str] = item.http_metadata if "http" in included else {}
    custom: Mapping[str, str] = item.custom_metadata if "custom" in included else {}
    return {
        "name": item.key,
        "version": item.version,
        "size": item.size,
        "etag": item.etag,
        "uploaded": item.uploaded_at,
        "checksums": {
            str(number): item.checksums[name]
            for number, name in enumerate(_ALGORITHMS)
            if name in item.checksums
        },
        "storageClass": item.storage_class,
        "httpFields": _http_fields(http),
        "customFields": [{"k": name, "v": text} for name, text in custom.items()],
    }


def _http_fields(metadata: Mapping[str, str]) -> Json:
    fields: Json = {name: metadata[name] for name in _TEXTS if name in metadata}
    # A header set by the API or S3 may hold any text.
    with contextlib.suppress(KeyError, TypeError, ValueError):
        fields["cacheExpiry"] = round(
            parsedate_to_datetime(metadata["cacheExpiry"]).timestamp() * 1000
        )
    return fields
