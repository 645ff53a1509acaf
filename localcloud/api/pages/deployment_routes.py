"""Deployments of a project, and the upload of their files (`/pages/assets`, with a session token of its own)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Final

from localcloud.api.multipart import read_parts
from localcloud.api.pages import errors, models
from localcloud.api.pages.routes import ONE, READ, WRITE, project_of
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json, Store

service = Service("pages_deployments")
SESSION: Final = "pages_session"
FILE: Final = "pages_file"
_LIFETIME: Final = 1800
_MAX_FILES: Final = 20_000
_ALL: Final = ONE + "/deployments"
_ONE: Final = _ALL + "/{deployment}"


@service.get(ONE + "/upload-token", permission=WRITE)
async def upload_token(call: Call) -> Reply:
    """A JWT whose last part is a secret that the session's document knows: it cannot be made up."""
    project = project_of(call)
    secret = secrets.token_urlsafe(32)
    expires = int(time.time()) + _LIFETIME
    claims: Json = {
        "account": call.account,
        "project": project.id,
        "exp": expires,
        "max_file_count_allowed": _MAX_FILES,
    }
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    head = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    body: Json = {"account": call.account, "exp": expires}
    call.cloud.store.insert(SESSION, "", secret, body)
    return Reply({"jwt": ".".join([*head, secret])})


def _account(call: Call) -> str:
    """The account of the session whose token came. Raises `ApiError` 8000013."""
    token = call.headers.get("authorization", "").removeprefix("Bearer ")
    session = call.cloud.store.get(SESSION, "", token.rsplit(".", 1)[-1])
    if session is None or session.body["exp"] < time.time():
        raise errors.BAD_SESSION()
    account: str = session.body["account"]
    return account


@service.route("POST", "/pages/assets/check-missing", permission=None, authenticated=False)
async def check_missing(call: Call) -> Reply:
    account = _account(call)
    hashes: list[str] = call.json_object().get("hashes") or []
    return Reply([h for h in hashes if call.cloud.store.get(FILE, account, h) is None])


@service.route("POST", "/pages/assets/upload", permission=None, authenticated=False)
async def upload(call: Call) -> Reply:
    account, store = _account(call), call.cloud.store
    sent = call.json()
    if not isinstance(sent, list):
        raise errors.BAD_BODY(reason="expected a list of files")
    files: list[Json] = sent  # pyright: ignore[reportUnknownVariableType]
    with store.transaction():
        for file in files:
            value = str(file["value"])
            content = base64.b64decode(value) if file.get("base64") else value.encode()
            if store.get(FILE, account, str(file["key"])) is None:
                metadata: Json = file.get("metadata") or {}
                kept: Json = {
                    "digest": store.put_blob(content),
                    "content_type": metadata.get("contentType"),
                }
                store.insert(FILE, account, str(file["key"]), kept)
    return Reply({"successful_key_count": len(files), "unsuccessful_keys": []})


@service.route("POST", "/pages/assets/upsert-hashes", permission=None, authenticated=False)
async def upsert_hashes(call: Call) -> Reply:
    _account(call)
    return Reply(True)


@service.post(_ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    """A form with the manifest (path → hash) of what was uploaded before."""
    parts = {
        p.name: p.content for p in read_parts(call.content, call.headers.get("content-type", ""))
    }
    sent = {name: content.decode("utf-8", "replace") for name, content in parts.items()}
    try:
        files: dict[str, str] = json.loads(sent.get("manifest") or "{}")
    except ValueError as error:
        raise errors.BAD_BODY(reason="the manifest is not JSON") from error
    store = call.cloud.store
    with store.transaction():
        project = project_of(call)
        missing = [h for h in files.values() if store.get(FILE, call.account, h) is None]
        if missing:
            raise errors.MISSING_FILES(count=len(missing))
        made = models.create_deployment(store, project, files, sent)
    await call.cloud.changed()
    return Reply(models.shown_deployment(project, made))


@service.get(_ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    project = project_of(call)
    found = reversed(call.cloud.store.list(models.DEPLOYMENT, project.id))
    wanted = call.query.get("env")
    rows = [
        models.shown_deployment(project, d)
        for d in found
        if wanted is None or d.body["environment"] == wanted
    ]
    return Reply.of_page(paginate(rows, call.query, limit=25))


def _found(call: Call) -> tuple[Document, Document]:
    project = project_of(call)
    return project, models.find_deployment(call.cloud.store, project, call.path["deployment"])


@service.get(_ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(models.shown_deployment(*_found(call)))


@service.delete(_ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        project, deployment = _found(call)
        if deployment.body.get("canonical"):
            raise errors.LIVE()
        if _is_alias(store, project, deployment) and call.query.get("force") != "true":
            raise errors.ALIASED()
        store.delete(deployment)
    await call.cloud.changed()
    return Reply(None)


def _is_alias(store: Store, project: Document, deployment: Document) -> bool:
    branch = deployment.body["branch"]
    same = [d for d in store.list(models.DEPLOYMENT, project.id) if d.body["branch"] == branch]
    return same[-1].id == deployment.id


@service.post(_ONE + "/rollback", permission=WRITE)
async def rollback(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        project, deployment = _found(call)
        if deployment.body["environment"] != "production":
            raise errors.BAD_BODY(reason="only a production deployment can be rolled back to")
        for other in store.list(models.DEPLOYMENT, project.id):
            canonical = other.id == deployment.id
            if bool(other.body.get("canonical")) != canonical:
                store.update(other, {**other.body, "canonical": canonical})
    await call.cloud.changed()
    return Reply(models.shown_deployment(project, deployment))


@service.post(_ONE + "/retry", permission=WRITE)
async def retry(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        project, old = _found(call)
        metadata = old.body["trigger"]["metadata"]
        made = models.create_deployment(store, project, old.body["files"], metadata)
    await call.cloud.changed()
    return Reply(models.shown_deployment(project, made))


@service.get(_ONE + "/history/logs", permission=READ)
async def logs(call: Call) -> Reply:
    _, deployment = _found(call)
    line = f"{len(deployment.body['files'])} files were deployed"
    rows = [{"ts": deployment.body["created_on"], "line": line}]
    return Reply({"total": 1, "includes_container_logs": False, "data": rows})
