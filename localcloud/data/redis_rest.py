"""Upstash's REST API over Valkey: https://upstash.com/docs/redis/features/restapi.

A command is a JSON array that is posted to `/`, or the path's own parts; `/pipeline` and `/multi-exec` take several.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localcloud.data.resp import Command, Refusal, Reply, Status
from localcloud.data.valkey import READER, WRITER, Databases, ValkeyError

_METHODS: Final = frozenset({"GET", "POST", "PUT", "HEAD"})
_MOST_BYTES: Final = 10 << 20
_SYNC_TOKEN: Final = "upstash-sync-token"  # noqa: S105 (the name of a header)
_STATEFUL: Final = frozenset(
    [
        "multi",
        "exec",
        "discard",
        "watch",
        "unwatch",
        "subscribe",
        "psubscribe",
        "ssubscribe",
        "unsubscribe",
        "punsubscribe",
        "sunsubscribe",
        "monitor",
        "auth",
        "hello",
        "select",
        "client",
        "quit",
        "reset",
    ]
)
"""What only means something on a connection of one's own, which REST has not."""


@dataclass(frozen=True)
class Access:
    """Which stack's database a token opens."""

    stack: str
    read_only: bool = False


def read_only_token(token: str) -> str:
    """The second token of a database, which only reads."""
    return hmac.new(token.encode(), b"read-only", "sha256").hexdigest()


class _RequestError(Exception):
    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class RedisRest:
    """An ASGI application. `tokens`: stack → its token, asked for at each request; `distance` the round trip in seconds."""

    def __init__(
        self,
        databases: Databases,
        tokens: Callable[[], Mapping[str, str]],
        distance: Callable[[], float],
    ) -> None:
        self._databases = databases
        self._tokens = tokens
        self._distance = distance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        half = self._distance() / 2
        await asyncio.sleep(half)
        try:
            body, status = await self._answer(request), 200
            if isinstance(body, dict) and "error" in body:
                status = 400
        except _RequestError as error:
            body, status = {"error": str(error)}, error.status
        except ValkeyError as error:
            body, status = {"error": f"ERR {error}"}, 503
        await asyncio.sleep(half)
        response: Response = JSONResponse(body, status)
        token = request.headers.get(_SYNC_TOKEN)
        if token is not None:
            # One copy only: whoever has written sees it at once.
            response.headers[_SYNC_TOKEN] = token
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Any:  # noqa: ANN401 (as JSON)
        if request.method not in _METHODS:
            raise _RequestError("ERR unsupported method", 405)
        query = parse_qsl(request.scope["query_string"], keep_blank_values=True)
        access = self._access(request, query)
        encoded = request.headers.get("upstash-encoding", "").lower() == "base64"
        parts = request.scope["raw_path"].split(b"?")[0].strip(b"/").split(b"/")
        content = await _content(request)
        user = READER if access.read_only else WRITER
        if parts == [b"pipeline"]:
            replies = await self._databases.run(access.stack, user, _several(content))
            return [_shown(reply, encoded) for reply in replies]
        if parts == [b"multi-exec"]:
            commands = [[b"MULTI"], *_several(content), [b"EXEC"]]
            *queued, executed = await self._databases.run(access.stack, user, commands)
            if not isinstance(executed, list):
                refused = [reply.text for reply in queued if isinstance(reply, Refusal)]
                cause = f" because of: {refused[0]}" if refused else ""
                return {"error": f"EXECABORT Transaction discarded{cause}"}
            return [_shown(reply, encoded) for reply in executed]
        command = _of_path(parts, query, content) if parts != [b""] else _one(_read(content))
        (reply,) = await self._databases.run(access.stack, user, [command])
        return _shown(reply, encoded)

    def _access(self, request: Request, query: Sequence[tuple[bytes, bytes]]) -> Access:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = next((value.decode("utf-8", "replace") for name, value in query if name == b"_token"), "")  # fmt: skip
        for stack, token in self._tokens().items():
            if hmac.compare_digest(given.encode(), token.encode()):
                return Access(stack)
            if hmac.compare_digest(given.encode(), read_only_token(token).encode()):
                return Access(stack, read_only=True)
        raise _RequestError("WRONGPASS invalid or missing auth token", 401)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise _RequestError(f"ERR max request size exceeded. Limit: {_MOST_BYTES} bytes", 413)
    return bytes(content)


def _read(content: bytes) -> Any:  # noqa: ANN401 (what a client sent)
    try:
        return json.loads(content)
    except ValueError as error:
        raise _RequestError("ERR failed to parse command: the body is not JSON") from error


def _one(sent: Any) -> Command:  # noqa: ANN401
    if not isinstance(sent, list) or not sent:
        raise _RequestError("ERR empty or invalid command: it is a JSON array")
    return _checked([_word(word) for word in cast("list[object]", sent)])


def _several(content: bytes) -> list[Command]:
    sent = _read(content)
    if not isinstance(sent, list) or not sent:
        raise _RequestError("ERR empty pipeline request: it is a JSON array of commands")
    return [_one(command) for command in sent]  # pyright: ignore[reportUnknownVariableType]


def _word(word: object) -> bytes:
    if isinstance(word, bool):
        return b"true" if word else b"false"
    if isinstance(word, str):
        return word.encode("utf-8", "surrogatepass")
    if isinstance(word, int | float):
        return json.dumps(word).encode()
    raise _RequestError("ERR a command holds texts and numbers only")


def _of_path(
    parts: Sequence[bytes], query: Sequence[tuple[bytes, bytes]], content: bytes
) -> Command:
    """The body is the last argument; what the query says comes after it."""
    command = [unquote_to_bytes(part) for part in parts]
    if content:
        command.append(content)
    for name, value in query:
        if name != b"_token":
            command += [name, value] if value else [name]
    return _checked(command)


def _checked(command: list[bytes]) -> Command:
    name = command[0].decode("utf-8", "replace").lower()
    if name in _STATEFUL:
        raise _RequestError(f"ERR Command is not available: '{name}'")
    return command


def _shown(reply: Reply, encoded: bool) -> dict[str, Any]:
    if isinstance(reply, Refusal):
        return {"error": reply.text}
    return {"result": _result(reply, encoded)}


def _result(reply: Reply, encoded: bool) -> Any:  # noqa: ANN401
    if isinstance(reply, list):
        return [_result(part, encoded) for part in reply]
    if isinstance(reply, Refusal):
        return {"error": reply.text}
    if reply is None or isinstance(reply, int) or reply == Status("OK"):
        return "OK" if isinstance(reply, Status) else reply
    text = reply.text.encode() if isinstance(reply, Status) else reply
    return base64.b64encode(text).decode() if encoded else text.decode("utf-8", "replace")
