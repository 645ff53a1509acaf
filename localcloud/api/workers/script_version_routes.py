"""`/accounts/{a}/workers/scripts/{n}/versions`: wrangler's way to upload without traffic."""

from __future__ import annotations

from typing import Final

from localcloud.api.ids import is_uuid
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.workers import drafts, errors, models, views
from localcloud.api.workers.uploading import upload

service = Service("worker_script_versions")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_PATH: Final = "/accounts/{account}/workers/scripts/{script}/versions"


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.post(_PATH, permission=_WRITE)
async def create(call: Call) -> Reply:
    worker = _script(call)
    draft = drafts.from_upload(call)
    if draft.metadata.get("migrations"):
        raise errors.MIGRATION_UPLOAD()
    uploaded = await upload(call, worker, draft, triggered_by="version_upload", deploy=False)
    view = views.script_version(call.cloud.store, uploaded.worker, uploaded.version)
    if uploaded.reconciliation is not None:
        view["exports_reconciliation"] = uploaded.reconciliation
    return Reply(view)


@service.get(_PATH, permission=_READ)
async def list_all(call: Call) -> Reply:
    """Newest first; `deployable=true` gives the last hundred at once."""
    worker = _script(call)
    versions = list(reversed(call.cloud.store.list(models.VERSION, worker.id)))
    if call.query.get("deployable") == "true":
        recent = [v for v in versions if v.body["number"] > worker.body["last_number"] - 100]
        return Reply({"items": [views.script_version_head(worker, v) for v in recent]})
    page = paginate(versions, call.query)
    return Reply(
        {"items": [views.script_version_head(worker, v) for v in page.items]},
        result_info=page.info,
    )


@service.get(_PATH + "/{version}", permission=_READ)
async def read(call: Call) -> Reply:
    store = call.cloud.store
    worker = _script(call)
    if not is_uuid(call.path["version"]):
        raise errors.BAD_PARAMETER(name="version_id")
    version = store.get(models.VERSION, worker.id, call.path["version"].lower())
    if version is None:
        raise errors.NO_VERSION()
    return Reply(views.script_version(store, worker, version))
