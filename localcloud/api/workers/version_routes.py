"""`/accounts/{a}/workers/workers/{w}/versions`: the JSON way to upload code."""

from __future__ import annotations

from typing import Final

from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_object
from localcloud.api.store import Document, Json
from localcloud.api.workers import code, drafts, errors, models, secret_changes, views
from localcloud.api.workers.uploading import Uploaded, again, upload
from localcloud.api.workers.versions import started

service = Service("worker_versions")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_PATH: Final = "/accounts/{account}/workers/workers/{worker}/versions"


@service.post(_PATH, permission=_WRITE)
async def create(call: Call) -> Reply:
    store = call.cloud.store
    worker = models.find_worker(store, call.account, call.path["worker"])
    deploy = call.query.get("deploy") == "true"
    uploaded = await upload(
        call,
        worker,
        drafts.from_json(call.json_object()),
        triggered_by="upload" if deploy else "version_upload",
        deploy=deploy,
    )
    return Reply(_created(call, uploaded))


def _created(call: Call, uploaded: Uploaded) -> Json:
    view = views.beta_version(call.cloud.store, uploaded.worker, uploaded.version)
    if uploaded.reconciliation is not None:
        view["exports_reconciliation"] = uploaded.reconciliation
    return view


@service.get(_PATH, permission=_READ)
async def list_all(call: Call) -> Reply:
    store = call.cloud.store
    worker = models.find_worker(store, call.account, call.path["worker"])
    page = paginate(list(reversed(store.list(models.VERSION, worker.id))), call.query)
    return Reply(
        [views.beta_version(store, worker, version) for version in page.items],
        result_info=page.info,
    )


def _found(call: Call) -> tuple[Document, Document]:
    store = call.cloud.store
    worker = models.find_worker(store, call.account, call.path["worker"])
    version = store.get(models.VERSION, worker.id, call.path["version"])
    if call.path["version"] == "latest":
        version = models.latest_version(store, worker)
    if version is None:
        raise errors.NO_BETA_VERSION()
    return worker, version


@service.get(_PATH + "/{version}", permission=_READ)
async def read(call: Call) -> Reply:
    worker, version = _found(call)
    include = "modules" in call.query.get("include", "").split(",")
    return Reply(views.beta_version(call.cloud.store, worker, version, include_modules=include))


@service.delete(_PATH + "/{version}", permission=_WRITE)
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        worker, version = _found(call)
        if version.id in models.live_version_ids(store, worker):
            raise errors.LIVE_VERSION(version=version.id)
        store.delete(version)
    await call.cloud.changed()
    return Reply({})


@service.patch(_PATH + "/latest", permission=_WRITE)
async def edit_latest(call: Call) -> Reply:
    """A new version: the latest one with some variables and secrets changed (merge patch of `env`). It is not deployed."""
    store = call.cloud.store
    worker = models.find_worker(store, call.account, call.path["worker"])
    latest = models.latest_version(store, worker)
    if latest is None:
        raise errors.NO_VERSIONS_YET()
    body = call.json_object()
    env = as_object(body.get("env") or {})
    if env is None:
        raise errors.BAD_PARAMETER(name="env")
    bindings = secret_changes.merged(latest.body["bindings"], env)
    changes: Json = {"bindings": bindings, "annotations": body.get("annotations")}
    draft = drafts.Draft(
        again(latest, changes),
        code.load_modules(store, latest),
        latest.body["main_module"],
        latest.body["has_modules"],
    )
    uploaded = await upload(
        call, worker, draft, triggered_by="secret", deploy=False, started=started(latest)
    )
    return Reply(_created(call, uploaded))
