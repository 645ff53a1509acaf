"""Assets: a session for a manifest, then the files, with the session's own credentials."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from localcloud.api.multipart import read_parts
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.workers import assets, errors

service = Service("worker_assets")
_BEARER: Final = "Bearer "


@service.post(
    "/accounts/{account}/workers/scripts/{script}/assets-upload-session",
    permission="Workers Scripts Write",
)
async def open_session(call: Call) -> Reply:
    """Works for a script that does not exist yet."""
    manifest = call.json_object().get("manifest")
    if not isinstance(manifest, dict):
        raise errors.BAD_ASSET(reason="manifest is missing")
    store = call.cloud.store
    with store.transaction():
        jwt, buckets = assets.open_session(store, call.account, call.path["script"], manifest)  # pyright: ignore[reportUnknownArgumentType]
    return Reply({"jwt": jwt, "buckets": buckets})


@service.route(
    "POST",
    "/accounts/{account}/workers/assets/upload",
    permission=None,
    authenticated=False,
)
async def upload(call: Call) -> Reply:
    """Parts named by hash; 201 with the completion's JWT once all have come."""
    store = call.cloud.store
    authorization = call.headers.get("authorization", "")
    session = assets.session_of(store, call.account, authorization.removeprefix(_BEARER))
    parts = read_parts(call.content, call.headers.get("content-type", ""))
    with store.transaction():
        for part in parts:
            session = assets.receive(store, session, part.name, _decoded(call, part.content))
    if session.body["missing"]:
        return Reply({"jwt": None}, status=202)
    return Reply({"jwt": authorization.removeprefix(_BEARER)}, status=201)


def _decoded(call: Call, content: bytes) -> bytes:
    if call.query.get("base64") != "true":
        return content
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.BAD_ASSET(reason="a file is not base64") from error
