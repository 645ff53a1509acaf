"""The upload of a deployment's files: `/pages/assets`, outside of any account, with a session token of its own."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from typing import Final

from localcloud.api.pages import errors, files
from localcloud.api.pages.routes import ONE, WRITE, project_of
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_object, as_objects, as_texts
from localcloud.api.store import Json

service = Service("pages_assets")
SESSION: Final = "pages_session"
_LIFETIME: Final = 1800


@service.get(ONE + "/upload-token", permission=WRITE)
async def upload_token(call: Call) -> Reply:
    """A JWT whose last part is a secret that the session's document knows: it cannot be made up."""
    store, now = call.cloud.store, int(time.time())
    with store.transaction():
        project = project_of(call)
        for session in store.list(SESSION):
            if session.body["exp"] < now:
                store.delete(session)
        secret = secrets.token_urlsafe(32)
        store.insert(SESSION, "", secret, {"account": call.account, "exp": now + _LIFETIME})
    claims: Json = {
        "account": call.account,
        "project": project.id,
        "exp": now + _LIFETIME,
        "max_file_count_allowed": files.MAX_FILES,
    }
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    head = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return Reply({"jwt": ".".join([*head, secret])})


def _account(call: Call) -> str:
    """The account of the session whose token came. Raises `ApiError` 8000013."""
    token = call.headers.get("authorization", "").removeprefix("Bearer ")
    session = call.cloud.store.get(SESSION, "", token.rsplit(".", 1)[-1])
    if session is None or session.body["exp"] < time.time():
        raise errors.BAD_SESSION()
    account: str = session.body["account"]
    return account


def _hashes(call: Call) -> list[str]:
    hashes = as_texts(call.json_object(errors.BAD_BODY).get("hashes"))
    if hashes is None:
        raise errors.BAD_BODY(reason="hashes must be a list of texts")
    return hashes


@service.route("POST", "/pages/assets/check-missing", permission=None, authenticated=False)
async def check_missing(call: Call) -> Reply:
    account = _account(call)
    return Reply([h for h in _hashes(call) if files.find(call.cloud.store, account, h) is None])


@service.route("POST", "/pages/assets/upload", permission=None, authenticated=False)
async def upload(call: Call) -> Reply:
    account = _account(call)
    rows = as_objects(call.json(errors.BAD_BODY))
    if rows is None:
        raise errors.BAD_BODY(reason="expected a list of files")
    with call.cloud.store.transaction():
        for row in rows:
            key, content = _content(row)
            kind = (as_object(row.get("metadata")) or {}).get("contentType")
            kept_kind = kind if isinstance(kind, str) else None
            files.keep(call.cloud.store, account, key, content, kept_kind)
    return Reply({"successful_key_count": len(rows), "unsuccessful_keys": []})


def _content(row: Json) -> tuple[str, bytes]:
    key, value = row.get("key"), row.get("value")
    if not isinstance(key, str) or not key or not isinstance(value, str):
        raise errors.BAD_BODY(reason="each file needs a key and a value, both of them text")
    if not row.get("base64"):
        return key, value.encode()
    try:
        return key, base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise errors.BAD_BODY(reason=f"the file {key} is not base64") from error


@service.route("POST", "/pages/assets/upsert-hashes", permission=None, authenticated=False)
async def upsert_hashes(call: Call) -> Reply:
    """Cloudflare keeps files for a while that no deployment names yet; here nothing is taken away."""
    _account(call)
    _hashes(call)
    return Reply(True)
