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
from starlette.types import Receive, Scope, Send

from localcloud.api.errors import ApiError
from localcloud.api.ids import timestamp
from localcloud.api.r2.errors import INTERNAL, NO_BUCKET
from localcloud.api.r2.routes import READ, WRITE
from localcloud.api.r2.s3 import documents, errors
from localcloud.api.r2.s3.bodies import Body
from localcloud.api.r2.s3.operations import Operation, handler_of
from localcloud.api.r2.s3.signatures import Asked, verify
from localcloud.api.r2.tables import opened
from localcloud.api.request_log import RequestLine, RequestLog
from localcloud.api.store import Store

_JURISDICTION: Final = r"(?:\.(?P<jurisdiction>eu|us|fedramp|fedramp-high))?"
_HOST: Final = re.compile(
    r"(?:(?P<bucket>[a-z0-9-]{3,63})\.)?(?P<account>[0-9a-f]{32})"
    + _JURISDICTION
    + r"\.r2\.cloudflarestorage\.com(?:\.localhost)?(?::\d+)?"
)
_PATH: Final = re.compile(rf"/s3/(?P<account>[0-9a-f]{{32}}){_JURISDICTION}(?P<rest>/.*)?")


@dataclass(frozen=True)
class _Place:
    """Which account and jurisdiction a request is for, and what of its path names bucket and key (encoded)."""

    account: str
    jurisdiction: str
    path: str


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
        bucket = match["bucket"]
        path = path if bucket is None else f"/{bucket}{path}"
        return _Place(match["account"], match["jurisdiction"] or "default", path)
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    return _Place(match["account"], match["jurisdiction"] or "default", match["rest"] or "/")


class S3App:
    """`S3App(store, log)` answers what `is_s3` says yes to."""

    def __init__(self, store: Store, log: RequestLog) -> None:
        self._store = opened(store)
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        started = time.perf_counter()
        codes: tuple[int, ...] = ()
        try:
            response = await self._answer(request)
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

    async def _answer(self, request: Request) -> Response:
        place = _place(request.scope)
        if place is None:
            raise NO_BUCKET()
        raw_path = request.scope["raw_path"].decode("ascii").split("?")[0]
        query = request.scope["query_string"].decode("ascii")
        asked = Asked(request.method, raw_path, query, request.headers)
        signed = verify(self._store, asked)
        bucket_name, _, key = unquote(place.path.removeprefix("/")).partition("/")
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
            bucket_name=bucket_name,
            key=key,
            query=dict(asked.parameters),
            headers=request.headers,
            body=Body(request, signed),
        )
        return await handler_of(request.method, operation)(operation)
