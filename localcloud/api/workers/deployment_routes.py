"""`/accounts/{a}/workers/scripts/{n}/deployments`: the live split, its history, and a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from localcloud.api.faults import staleness
from localcloud.api.ids import timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.workers import deployments, drafts, errors, models

service = Service("worker_deployments")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_PATH: Final = "/accounts/{account}/workers/scripts/{script}/deployments"


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.post(_PATH, permission=_WRITE)
async def create(call: Call) -> Reply:
    """`?force=true` allows a version that was live with other secrets."""
    store = call.cloud.store
    body = call.json_object()
    annotations = drafts.read_annotations(body.get("annotations"))
    with store.transaction():
        worker = _script(call)
        if body.get("strategy", "percentage") != "percentage":
            raise errors.BAD_DEPLOYMENT(reason="the strategy must be percentage.")
        shares = deployments.read_shares(store, worker, body.get("versions"))
        force = call.query.get("force") == "true" or body.get("force") is True
        changed = [] if force else deployments.changed_secrets(store, worker, shares)
        if changed:
            raise errors.SECRET_CHANGED(names=", ".join(changed))
        plans = deployments.check_returnable(store, worker, shares)
        deployment = deployments.deploy(
            store,
            worker,
            shares,
            plans,
            source=drafts.source_of(call.headers),
            annotations=annotations,
            triggered_by=annotations.get("workers/triggered_by", "deployment"),
        )
    await call.cloud.changed()
    return Reply(deployment.body)


@service.get(_PATH, permission=_READ)
async def list_all(call: Call) -> Reply:
    """Newest first; the first is live."""
    found = [d.body for d in reversed(call.cloud.store.list(models.DEPLOYMENT, _script(call).id))]
    stale = staleness(call.cloud.store, call.request.scope["path"].removeprefix("/client/v4"))
    if stale:
        known = timestamp(call.cloud.now() - timedelta(seconds=stale))
        found = [d for d in found if d["created_on"] <= known]
    since, until = call.query.get("since"), call.query.get("until")
    if since:
        found = [d for d in found if d["created_on"] >= since]
    if until:
        found = [d for d in found if d["created_on"] <= until]
    page = paginate(found, call.query, default=100)
    return Reply({"deployments": list(page.items)})


def _found(call: Call) -> tuple[Document, Document]:
    worker = _script(call)
    found = call.cloud.store.get(models.DEPLOYMENT, worker.id, call.path["deployment"])
    if found is None:
        raise errors.NO_DEPLOYMENT()
    return worker, found


@service.get(_PATH + "/{deployment}", permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_found(call)[1].body)


@service.delete(_PATH + "/{deployment}", permission=_WRITE)
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        worker, deployment = _found(call)
        live = models.live_deployment(store, worker)
        if live is not None and live.id == deployment.id:
            raise errors.LIVE_DEPLOYMENT()
        store.delete(deployment)
    return Reply(None)
