"""Deployments of a project."""

from __future__ import annotations

import json
from typing import Final

from localcloud.api.file_paths import why_unusable
from localcloud.api.multipart import read_parts
from localcloud.api.pages import errors, files, models
from localcloud.api.pages.routes import ONE, READ, WRITE, project_of
from localcloud.api.pages.serving import HEADERS, REDIRECTS, rules_of
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_object, as_texts
from localcloud.api.store import Document, Store

service = Service("pages_deployments")
_FUNCTIONS: Final = ("_worker.bundle", "_worker.js")
_ALL: Final = ONE + "/deployments"
_ONE: Final = _ALL + "/{deployment}"


@service.post(_ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    """A form with the manifest (path → hash) of what was uploaded before, and the rules `_headers` and `_redirects`."""
    parts = {
        p.name: p.content for p in read_parts(call.content, call.headers.get("content-type", ""))
    }
    refused = next((name for name in _FUNCTIONS if name in parts), None)
    if refused is not None:
        raise errors.NO_FUNCTIONS(part=refused)
    sent = {name: content.decode("utf-8", "replace") for name, content in parts.items()}
    manifest = _manifest(sent.get("manifest"))
    store = call.cloud.store
    with store.transaction():
        project = project_of(call)
        missing = [h for h in manifest.values() if files.find(store, call.account, h) is None]
        if missing:
            raise errors.MISSING_FILES(count=len(missing))
        for path in (HEADERS, REDIRECTS):
            if path[1:] in parts:
                manifest[path] = files.keep_unnamed(store, call.account, parts[path[1:]])
        made = models.create_deployment(store, project, manifest, sent)
    await call.cloud.changed()
    return Reply(models.shown_deployment(project, made))


def _manifest(sent: str | None) -> dict[str, str]:
    try:
        manifest = as_object(json.loads(sent or "{}"))
    except ValueError as error:
        raise errors.BAD_BODY(reason="the manifest is not JSON") from error
    if manifest is None or as_texts(list(manifest.values())) is None:
        raise errors.BAD_BODY(reason="the manifest must be an object of paths and their hashes")
    if len(manifest) > files.MAX_FILES:
        raise errors.BAD_BODY(reason=f"{len(manifest)} files are more than {files.MAX_FILES}")
    unusable = why_unusable(manifest)
    if unusable is not None:
        raise errors.BAD_BODY(reason=unusable)
    return manifest


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
    if models.alias(project, deployment) is None:
        return False
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
    """What was deployed, and what of its rules is ignored."""
    _, deployment = _found(call)
    named: dict[str, str] = deployment.body["files"]
    headers, redirects = rules_of(call.cloud.store, call.account, named)
    lines = [f"{sum(path not in (HEADERS, REDIRECTS) for path in named)} files were deployed"]
    for path, read in ((HEADERS, headers), (REDIRECTS, redirects)):
        if path in named:
            lines.append(f"{path[1:]}: {len(read.rules)} rules")
            lines += [f"{path[1:]}:{told.line} is ignored: {told.why}" for told in read.ignored]
    rows = [{"ts": deployment.body["created_on"], "line": line} for line in lines]
    return Reply({"total": len(rows), "includes_container_logs": False, "data": rows})
