"""What `pitchey local` asks of the daemon, on the API's port under a prefix of its own: for whoever can read the home's token."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.api.app import refuse_foreign_pages
from localcloud.api.errors import ApiError
from localcloud.api.faults import add_fault, clear_faults, list_faults
from localcloud.api.request_log import RequestLine
from localcloud.daemon import snapshots, status, tokens
from localcloud.daemon.distances import distances, set_distances
from localcloud.daemon.fault_orders import make_fault
from localcloud.daemon.record import CONTROL
from localcloud.daemon.server import Daemon
from localcloud.errors import LocalCloudError, cannot_write

Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
_SHOWN_LINES: Final = 100


class Control:
    """An ASGI app. Every answer is JSON; a refusal is `{"error": …}` with the line that the user is to read."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/status"): self._status,
            ("POST", "/stop"): self._stop,
            ("GET", "/requests"): self._requests,
            ("GET", "/faults"): self._faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/tokens"): self._create_token,
            ("POST", "/databases"): self._databases,
            ("GET", "/distances"): self._distances,
            ("POST", "/distances"): self._set_distances,
            ("POST", "/reset"): self._reset,
            ("GET", "/snapshots"): self._snapshots,
            ("POST", "/snapshots"): self._write_snapshot,
            ("POST", "/restore"): self._restore,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ApiError as error:
            response = _refusal(error.details[0].message, error.status)
        except LocalCloudError as error:
            response = _refusal(str(error), 400)
        except OSError as error:
            where = Path(error.filename or self._daemon.home.folder)
            response = _refusal(str(cannot_write(where, error)), 507)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        refuse_foreign_pages(request)
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(
            given.encode(), f"Bearer {self._daemon.running.token}".encode()
        ):
            return _refusal("the token in the local cloud's folder is asked for", 401)
        path = str(request.scope["path"]).removeprefix(CONTROL)
        handler = self._handlers.get((request.method, path))
        if handler is None:
            return _refusal(f"there is no {request.method} {CONTROL}{path}", 404)
        return await handler(request)

    async def _status(self, _request: Request) -> Response:
        told = status.describe(self._daemon)
        return JSONResponse({**told, "data": await self._daemon.running.data.describe()})

    async def _stop(self, _request: Request) -> Response:
        self._daemon.stopping.set()
        return JSONResponse({"stopping": True})

    # Requests

    async def _requests(self, request: Request) -> Response:
        """The last `count` lines, and with `follow=1` those to come: one JSON value a line."""
        count = request.query_params.get("count", "")
        lines = self._daemon.log.recent()
        shown = lines[max(0, len(lines) - (int(count) if count.isdecimal() else _SHOWN_LINES)) :]
        if request.query_params.get("follow") != "1":
            return Response(b"".join(map(_line, shown)), media_type="application/x-ndjson")
        return StreamingResponse(self._follow(shown), media_type="application/x-ndjson")

    async def _follow(self, shown: list[RequestLine]) -> AsyncIterator[bytes]:
        for line in shown:
            yield _line(line)
        stopping = asyncio.ensure_future(self._daemon.stopping.wait())
        lines = self._daemon.log.follow()
        try:
            while True:
                following = asyncio.ensure_future(anext(lines))
                await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    return
                yield _line(following.result())
        finally:
            stopping.cancel()
            with contextlib.suppress(RuntimeError):
                await lines.aclose()  # pyright: ignore[reportAttributeAccessIssue]

    # Faults

    async def _faults(self, _request: Request) -> Response:
        faults = list_faults(self._daemon.running.store)
        return JSONResponse([asdict(fault) for fault in faults])

    async def _add_fault(self, request: Request) -> Response:
        fault = make_fault(self._daemon.running.store, await _body(request))
        async with self._daemon.gate.request():
            add_fault(self._daemon.running.store, fault)
            await self._daemon.running.cloud.changed()
        return JSONResponse(asdict(fault))

    async def _clear_faults(self, request: Request) -> Response:
        id = request.query_params.get("id")
        async with self._daemon.gate.request():
            cleared = clear_faults(self._daemon.running.store, id)
            if id is not None and cleared == 0:
                raise LocalCloudError(f"there is no fault {id}; `pitchey local faults` lists them")
            await self._daemon.running.cloud.changed()
        return JSONResponse({"cleared": cleared})

    # Tokens

    async def _create_token(self, request: Request) -> Response:
        return JSONResponse(tokens.create(self._daemon.running.store, await _body(request)))

    # Data services

    async def _databases(self, _request: Request) -> Response:
        """Takes up the databases of stacks whose secrets were made meanwhile."""
        running = self._daemon.running
        async with self._daemon.gate.request():
            await running.cloud.data_changed()
        return JSONResponse({})

    async def _distances(self, _request: Request) -> Response:
        return JSONResponse(distances(self._daemon.home))

    async def _set_distances(self, request: Request) -> Response:
        now = set_distances(self._daemon.home, await _body(request))
        async with self._daemon.gate.request():
            await self._daemon.running.cloud.data_changed()
        return JSONResponse(now)

    # The whole state

    async def _reset(self, _request: Request) -> Response:
        await self._daemon.reset()
        return JSONResponse({"account": self._daemon.running.account})

    async def _snapshots(self, _request: Request) -> Response:
        return JSONResponse(list(snapshots.listed(self._daemon.home)))

    async def _write_snapshot(self, request: Request) -> Response:
        body = await _body(request)
        path = await self._daemon.snapshot(
            str(body.get("name", "")), replace=body.get("replace") is True
        )
        return JSONResponse({"path": str(path), "bytes": path.stat().st_size})

    async def _restore(self, request: Request) -> Response:
        await self._daemon.restore(str((await _body(request)).get("name", "")))
        return JSONResponse({"account": self._daemon.running.account})


def _refusal(text: str, status: int) -> JSONResponse:
    return JSONResponse({"error": text}, status)


def _line(line: RequestLine) -> bytes:
    return json.dumps(asdict(line)).encode() + b"\n"


async def _body(request: Request) -> Json:
    try:
        body: object = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise LocalCloudError(f"the request's body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise LocalCloudError("the request's body is not a JSON object")
    return body  # pyright: ignore[reportUnknownVariableType]
