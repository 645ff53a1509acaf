"""The API as an ASGI application: Host and Origin, credentials, faults, the route, the envelope, the log.

What the local cloud does not know is answered as Cloudflare answers an unknown route, and is logged as such: never a
silent success.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localcloud.api import errors, faults
from localcloud.api.cloud import Cloud
from localcloud.api.cutting import cut
from localcloud.api.errors import ApiError
from localcloud.api.ids import is_hex_id, timestamp
from localcloud.api.request_log import RequestLine, RequestLog
from localcloud.api.routing import Call, Reply, Route, Service
from localcloud.api.tokens import Token, authenticate

PREFIX: Final = "/client/v4"
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_WORKER_KEYS: Final = ("script", "worker", "service")
"""The path parameters that say which Worker, by name or id."""
_PARAMETER: Final = re.compile(r"\{(\w+)(:path)?\}")
_WORKERS_FAMILY: Final = re.compile(r"/accounts/[^/]+/workers(/|$)")


@dataclass(frozen=True)
class _Compiled:
    pattern: re.Pattern[str]
    route: Route


class ApiApp:
    """`ApiApp(cloud, SERVICES)` is served by uvicorn."""

    def __init__(self, cloud: Cloud, services: Iterable[Service], log: RequestLog) -> None:
        self._cloud = cloud
        self._log = log
        self._routes: dict[str, list[_Compiled]] = {}
        self._refuse_double_routes(services)

    def _refuse_double_routes(self, services: Iterable[Service]) -> None:
        seen: dict[tuple[str, str], str] = {}
        for service in services:
            for route in service.routes:
                shape = (route.method, _PARAMETER.sub("{}", route.path))
                if shape in seen:
                    raise ValueError(
                        f"{route.method} {route.path} is in both {seen[shape]} and {service.name}"
                    )
                seen[shape] = service.name
                compiled = _Compiled(_compile(route.path), route)
                self._routes.setdefault(route.method, []).append(compiled)
        # Fixed words win over parameters, as `/workers/domains` over `/workers/{x}`.
        for routes in self._routes.values():
            routes.sort(key=lambda compiled: _generality(compiled.route.path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        started = time.perf_counter()
        outcome = _Outcome()
        try:
            response = await self._answer(request, outcome)
        except faults.ConnectionCut:
            self._record(request, outcome, 0, started)
            await cut(scope, send)
            return
        self._record(request, outcome, response.status_code, started)
        await response(scope, receive, send)

    async def _answer(self, request: Request, outcome: _Outcome) -> Response:
        try:
            refuse_foreign_pages(request)
            path = request.scope["path"].removeprefix(PREFIX)
            raw_path = request.scope["raw_path"].decode("ascii").split("?")[0]
            lost = await faults.before_answer(
                faults.list_faults(self._cloud.store), request.method, path
            )
            response = await self._dispatch(request, raw_path, outcome)
            if lost is not None:
                outcome.fault = lost.id
                await faults.strike(lost)
            return response  # noqa: TRY300 (what `strike` raises is answered below)
        except ApiError as error:
            outcome.codes = tuple(detail.code for detail in error.details)
            return error_response(error)
        except faults.ConnectionCut:
            outcome.fault = "cut"
            raise
        except Exception:
            # A defect of ours must look like Cloudflare's own 500 to the client, and be loud here.
            traceback.print_exc()
            outcome.codes = (errors.INTERNAL.code,)
            return error_response(errors.INTERNAL())

    async def _dispatch(self, request: Request, raw_path: str, outcome: _Outcome) -> Response:
        if not raw_path.startswith(PREFIX):
            outcome.known = False
            raise errors.no_route(unquote(raw_path))
        found = self._find(request.method, raw_path.removeprefix(PREFIX))
        if found is None:
            outcome.known = False
            authenticate(self._cloud.store, request.headers)
            raise self._unknown(request.method, raw_path.removeprefix(PREFIX))
        route, parameters = found
        token = _NOBODY
        if route.authenticated:
            token = authenticate(self._cloud.store, request.headers)
            outcome.token = token.name
            self._authorize(token, route, parameters, raw_path)
        call = Call(self._cloud, request, token, parameters, await request.body())
        answer = await route.handler(call)
        return answer.response() if isinstance(answer, Reply) else answer

    def _find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        for compiled in self._routes.get(method, ()):
            match = compiled.pattern.fullmatch(raw_path)
            if match:
                return compiled.route, {k: unquote(v) for k, v in match.groupdict().items()}
        return None

    def _unknown(self, method: str, raw_path: str) -> ApiError:
        others = [other for other in self._routes if other != method]
        if any(self._find(other, raw_path) for other in others):
            if _WORKERS_FAMILY.match(raw_path):
                return errors.METHOD_NOT_ALLOWED_WORKERS()
            return errors.METHOD_NOT_ALLOWED(method=method)
        return errors.no_route(unquote(raw_path))

    def _authorize(
        self, token: Token, route: Route, parameters: dict[str, str], raw_path: str
    ) -> None:
        account = parameters.get("account")
        if account is not None:
            if not is_hex_id(account):
                raise errors.no_route(unquote(raw_path.removeprefix(PREFIX)))
            if self._cloud.store.get("account", "", account) is None:
                raise errors.ACCOUNT_NOT_VALID()
            if not token.reaches_account(account):
                raise errors.AUTHENTICATION()
        zone = parameters.get("zone")
        if zone is not None:
            if not is_hex_id(zone):
                raise errors.no_route(unquote(raw_path.removeprefix(PREFIX)))
            if self._cloud.store.anywhere("zone", zone) is None:
                raise errors.ZONE_NOT_VALID()
            if not token.reaches_zone(zone):
                raise errors.UNAUTHORIZED()
        if token.for_some_workers and route.permission is not None:
            self._authorize_worker(token, parameters)
        if route.permission is not None and not token.may(route.permission):
            raise errors.UNAUTHORIZED() if zone is not None else errors.AUTHENTICATION()

    def _authorize_worker(self, token: Token, parameters: dict[str, str]) -> None:
        """Refuses whatever is not about one of the Workers that the token is for."""
        name = next((parameters[key] for key in _WORKER_KEYS if key in parameters), None)
        if name is None:
            raise errors.UNAUTHORIZED()
        known = self._cloud.store.get("worker", parameters["account"], name)
        if not token.reaches_worker(known.body["name"] if known else name):
            raise errors.UNAUTHORIZED()

    def _record(self, request: Request, outcome: _Outcome, status: int, started: float) -> None:
        self._log.add(
            RequestLine(
                at=timestamp(),
                source="api",
                method=request.method,
                path=request.scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                codes=outcome.codes,
                known=outcome.known,
                token=outcome.token,
                fault=outcome.fault,
            )
        )


@dataclass
class _Outcome:
    """What the log wants to know of a request, filled in on its way."""

    codes: tuple[int, ...] = ()
    known: bool = True
    token: str | None = None
    fault: str | None = None


_NOBODY: Final = Token("", "", "active", (), (), ())


def error_response(error: ApiError) -> JSONResponse:
    body = {
        "success": False,
        "errors": [detail.body() for detail in error.details],
        "messages": [],
        "result": None,
    }
    return JSONResponse(body, error.status, error.headers)


def refuse_foreign_pages(request: Request) -> None:
    """Keeps a web page in the user's browser (another origin, or a host name rebound to loopback) from driving the cloud."""
    host = request.headers.get("host", "").rsplit(":", 1)[0]
    if host not in LOOPBACK_HOSTS:
        raise ApiError(
            403, errors.ErrorDetail(10000, f"Host {host!r} is not an address of this machine")
        )
    origin = request.headers.get("origin")
    if origin is not None:
        raise ApiError(403, errors.ErrorDetail(10000, "Requests from web pages are refused"))


def _compile(path: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    for match in _PARAMETER.finditer(path):
        parts.append(re.escape(path[position : match.start()]))
        parts.append(f"(?P<{match.group(1)}>{'.+' if match.group(2) else '[^/]+'})")
        position = match.end()
    parts.append(re.escape(path[position:]) + "/?")
    return re.compile("".join(parts))


def _generality(path: str) -> list[int]:
    return [2 if ":path}" in part else 1 if "{" in part else 0 for part in path.split("/")]
