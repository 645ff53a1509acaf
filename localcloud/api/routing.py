"""How a service declares its routes, and what a handler is given and answers with.

    service = Service("kv")

    @service.post("/accounts/{account}/storage/kv/namespaces", permission="Workers KV Storage Write")
    async def create_namespace(call: Call) -> Reply:
        ...
        return Reply(namespace)

`{account}` and `{zone}` are checked before the handler runs: that they exist and that the token may use them.
A parameter written `{key:path}` takes slashes.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.api.errors import BAD_JSON, ErrorKind
from localcloud.api.pagination import Page

if TYPE_CHECKING:
    from localcloud.api.cloud import Cloud
    from localcloud.api.tokens import Token

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """A successful answer in the v4 envelope."""

    result: Any
    status: int = 200
    result_info: Json | None = None
    messages: tuple[Json, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    success: bool = True
    errors: tuple[Json, ...] = ()

    @staticmethod
    def of_page(page: Page[Any]) -> Reply:
        return Reply(list(page.items), result_info=page.info)

    def response(self) -> Response:
        body: Json = {
            "success": self.success,
            "errors": list(self.errors),
            "messages": list(self.messages),
            "result": self.result,
        }
        if self.result_info is not None:
            body["result_info"] = self.result_info
        return JSONResponse(body, self.status, dict(self.headers))


@dataclass(frozen=True)
class Call:
    """One authenticated request. `path` holds the path parameters, percent-decoded."""

    cloud: Cloud
    request: Request
    token: Token
    path: Mapping[str, str]
    content: bytes

    @property
    def account(self) -> str:
        return self.path["account"]

    @property
    def zone(self) -> str:
        return self.path["zone"]

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def headers(self) -> Headers:
        return self.request.headers

    def json(self, invalid: ErrorKind = BAD_JSON) -> Any:  # noqa: ANN401 (what a client sent, before it is looked at)
        """The body as JSON, whatever its content type says (wrangler sends `text/plain`). Empty is None.

        `invalid` is the family's own error for a body that is something else; it has a `reason`.
        """
        if not self.content:
            return None
        try:
            body = json.loads(self.content)
            if b"\\ud" in self.content.lower():
                # JSON can name half of a surrogate pair; nothing that is kept here can hold one.
                json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise invalid(reason=str(error)) from error
        return body

    def json_object(self, invalid: ErrorKind = BAD_JSON) -> Json:
        body = self.json(invalid)
        if not isinstance(body, dict):
            raise invalid(reason="expected an object")
        return body  # pyright: ignore[reportUnknownVariableType]


Handler = Callable[[Call], Awaitable["Reply | Response"]]
Check = Callable[[Any], None]


@dataclass(frozen=True)
class Route:
    """`permission` is the token permission that Cloudflare asks for, by its name in the dashboard, or None for any valid token.
    `authenticated=False`: the handler checks credentials of its own (a session JWT)."""

    method: str
    path: str
    handler: Handler
    permission: str | None
    service: str
    authenticated: bool = True


class Service:
    """A family of the API: a name and its routes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.routes: list[Route] = []

    def route(
        self, method: str, path: str, *, permission: str | None, authenticated: bool = True
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, path, handler, permission, self.name, authenticated))
            return handler

        return register

    def get(self, path: str, *, permission: str | None) -> Callable[[Handler], Handler]:
        return self.route("GET", path, permission=permission)

    def post(self, path: str, *, permission: str | None) -> Callable[[Handler], Handler]:
        return self.route("POST", path, permission=permission)

    def put(self, path: str, *, permission: str | None) -> Callable[[Handler], Handler]:
        return self.route("PUT", path, permission=permission)

    def patch(self, path: str, *, permission: str | None) -> Callable[[Handler], Handler]:
        return self.route("PATCH", path, permission=permission)

    def delete(self, path: str, *, permission: str | None) -> Callable[[Handler], Handler]:
        return self.route("DELETE", path, permission=permission)
