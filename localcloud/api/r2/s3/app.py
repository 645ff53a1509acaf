"""The S3 API over HTTP: `<account>.r2.cloudflarestorage.com/<bucket>/<key>`, or `/s3/<account>/…` at the API's own address."""

from __future__ import annotations

import re
import sqlite3
import time
import traceback
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from localcloud.api.errors import ApiError
from localcloud.api.ids import timestamp
from localcloud.api.r2 import models
from localcloud.api.r2.errors import INTERNAL
from localcloud.api.r2.routes import READ, WRITE
from localcloud.api.r2.s3 import cors, documents, errors
from localcloud.api.r2.s3.bodies import Body
from localcloud.api.r2.s3.operations import Operation, handler_of
from localcloud.api.r2.s3.signatures import Asked, verify
from localcloud.api.r2.tables import opened
from localcloud.api.request_log import RequestLine, RequestLog
from localcloud.api.store import Json, Store

_JURISDICTION: Final = r"(?:\.(?P<jurisdiction>eu|us|fedramp|fedramp-high))?"
_HOST: Final = re.compile(
    r"(?:(?P<bucket>[a-z0-9-]{3,63})\.)?(?P<account>[0-9a-f]{32})"
    + _JURISDICTION
    + r"\.r2\.cloudflarestorage\.com(?:\.localhost)?(?::\d+)?"
)
_PATH: Final = re.compile(rf"/s3/(?P<account>[0-9a-f]{{32}}){_JURISDICTION}(?P<rest>/.*)?")


@dataclass(frozen=True)
class _Place:
    """What a request is for; where it names no bucket or no key, that is empty."""

    account: str
    jurisdiction: str
    bucket: str
    key: str


def is_s3(scope: Scope) -> bool:
    """Whether a request at the API's address is one for S3."""
    return _place(scope) is not None


def _place(scope: Scope) -> _Place | None:
    path = scope["raw_path"].decode("ascii").split("?")[0]
    host = next(
        (value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), ""
    )
    match = _HOST.fullmatch(host.lower())
    if match is not None:
        named = match["bucket"]
        path = path if named is None else f"/{named}{path}"
    else:
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        path = match["rest"] or "/"
    bucket, _, key = unquote(path.removeprefix("/")).partition("/")
    return _Place(match["account"], match["jurisdiction"] or "default", bucket, key)


def failed(scope: Scope) -> Response:
    """What a client of S3 is told when R2 fails."""
    return documents.refusal(INTERNAL(), scope["path"])


class S3App:
    """`S3App(store, log)` answers what `is_s3` says yes to."""

    def __init__(self, store: Store, log: RequestLog) -> None:
        self._store = opened(store)
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = False

        async def take() -> Message:
            nonlocal taken
            taken = True
            return await receive()

        request = Request(scope, take)
        started = time.perf_counter()
        codes: tuple[int, ...] = ()
        place = _place(scope)
        if place is None:
            raise ValueError(f"{scope['path']} is not a path of S3")
        rules = self._cors_rules(place)
        try:
            if request.method == "OPTIONS":
                response = cors.preflight(rules, request.headers)
            else:
                response = await self._answer(request, place)
        except ClientDisconnect:
            return
        except ApiError as error:
            codes = (error.details[0].code,)
            response = documents.refusal(error, request.scope["path"])
        except sqlite3.ProgrammingError:
            # The state was exchanged under a long upload.
            response = documents.refusal(INTERNAL(), request.scope["path"])
        except Exception:
            traceback.print_exc()
            response = documents.refusal(INTERNAL(), request.scope["path"])
        if "expect" in request.headers and not taken:
            # The client never sends the body that it was not asked for: the next request would be taken for it.
            response.headers["connection"] = "close"
        response.headers.update(cors.answered(rules, request.headers, request.method))
        self._log.add(
            RequestLine(
                at=timestamp(),
                source="s3",
                method=request.method,
                path=request.scope["path"],
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                codes=codes,
            )
        )
        if request.method == "HEAD":
            # Its length stays that of the content that is not sent.
            response = Response(status_code=response.status_code, headers=dict(response.headers))
        await response(scope, receive, send)

    def _cors_rules(self, place: _Place) -> list[Json]:
        try:
            bucket = models.find_bucket(
                self._store, place.account, place.bucket, place.jurisdiction
            )
        except ApiError:
            return []
        return bucket.body["cors"] or []

    async def _answer(self, request: Request, place: _Place) -> Response:
        raw_path = request.scope["raw_path"].decode("ascii").split("?")[0]
        query = request.scope["query_string"].decode("ascii")
        asked = Asked(request.method, raw_path, query, request.headers)
        signed = verify(self._store, asked)
        permission = READ if request.method in {"GET", "HEAD"} else WRITE
        token = signed.token
        if (
            not token.reaches_account(place.account)
            or token.for_some_workers
            or not token.may(permission)
        ):
            raise errors.ACCESS_DENIED()
        operation = Operation(
            store=self._store,
            account=place.account,
            jurisdiction=place.jurisdiction,
            bucket_name=place.bucket,
            key=place.key,
            query=dict(asked.parameters),
            headers=request.headers,
            body=Body(request, signed),
        )
        return await handler_of(request.method, operation)(operation)
