"""`/accounts/{a}/workers/scripts`: upload and deploy in one go, read the code again, delete."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.responses import Response

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json
from localcloud.api.workers import code, drafts, models, removal, views
from localcloud.api.workers.uploading import Uploaded, again, upload

service = Service("worker_scripts")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_SCRIPTS: Final = "/accounts/{account}/workers/scripts"
_SCRIPT: Final = _SCRIPTS + "/{script}"


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.get(_SCRIPTS, permission=_READ)
async def list_all(call: Call) -> Reply:
    """By one page; `tags=a:yes,b:no` filters."""
    store = call.cloud.store
    workers = [w for w in store.list(models.KIND, call.account) if _tagged(w, call)]
    return Reply([views.script(worker, served_version(call, worker)) for worker in workers])


@service.get("/accounts/{account}/workers/scripts-search", permission=_READ)
async def search(call: Call) -> Reply:
    name, id = call.query.get("name", ""), call.query.get("id")
    return Reply(
        [
            {
                "id": worker.id,
                "script_name": worker.body["name"],
                "service_name": worker.body["name"],
                "environment_name": "production",
                "environment_is_default": True,
                "created_on": worker.body["created_on"],
                "modified_on": worker.body["updated_on"],
            }
            for worker in call.cloud.store.list(models.KIND, call.account)
            if name in worker.body["name"] and id in (None, worker.id)
        ]
    )


def _tagged(worker: Document, call: Call) -> bool:
    for condition in filter(None, call.query.get("tags", "").split(",")):
        tag, _, wanted = condition.partition(":")
        if (tag in worker.body["tags"]) != (wanted != "no"):
            return False
    return True


def served_version(call: Call, worker: Document) -> Document | None:
    """The newest live version, else the latest uploaded one."""
    store = call.cloud.store
    live = [
        version
        for version_id in models.live_version_ids(store, worker)
        if (version := store.get(models.VERSION, worker.id, version_id))
    ]
    if live:
        return max(live, key=lambda version: version.body["number"])
    return models.latest_version(store, worker)


@service.put(_SCRIPT, permission=_WRITE)
async def put_script(call: Call) -> Reply:
    """A new version with all the traffic; the Worker is made when there is none of that name."""
    store = call.cloud.store
    name = call.path["script"]
    worker = store.named(models.KIND, call.account, name) or models.blank_worker(call.account, name)
    draft = drafts.from_upload(call)
    uploaded = await upload(
        call,
        worker,
        draft,
        triggered_by="upload",
        deploy=True,
        settings=models.settings_of(draft.metadata),
    )
    return Reply(_uploaded(call, uploaded))


def _uploaded(call: Call, uploaded: Uploaded) -> Json:
    view = views.script(uploaded.worker, uploaded.version)
    view["deployment_id"] = uploaded.version.id.replace("-", "")
    view["compatibility_date"] = uploaded.version.body["compatibility_date"]
    if uploaded.reconciliation is not None:
        view["exports_reconciliation"] = uploaded.reconciliation
    return view


@service.get(_SCRIPT, permission=_READ)
async def get_script(call: Call) -> Response:
    return _content(call)


@service.get(_SCRIPT + "/content/v2", permission=_READ)
async def get_content(call: Call) -> Response:
    return _content(call)


@service.put(_SCRIPT + "/content", permission=_WRITE)
async def put_content(call: Call) -> Reply:
    """New code with the settings of the version before it."""
    worker = _script(call)
    sent = drafts.from_upload(call)
    latest = models.latest_version(call.cloud.store, worker)
    metadata = again(latest, {}) if latest else {}
    draft = drafts.Draft(metadata, sent.modules, sent.main_module, sent.has_modules)
    uploaded = await upload(call, worker, draft, triggered_by="upload", deploy=True)
    return Reply(_uploaded(call, uploaded))


def _content(call: Call) -> Response:
    """Modules as multipart, the main one first and named by `cf-entrypoint`; a service worker's code as it is."""
    worker = _script(call)
    version = served_version(call, worker)
    if version is None:
        return Response(b"", media_type="application/javascript")
    modules = code.load_modules(call.cloud.store, version)
    main = version.body["main_module"]
    headers = {"etag": version.body["etag"], "cf-entrypoint": main}
    if not version.body["has_modules"]:
        script = next((m.content for m in modules if m.name == main), b"")
        return Response(script, media_type="application/javascript", headers=headers)
    boundary = secrets.token_hex(16)
    body = b""
    for module in sorted(modules, key=lambda m: m.name != main):
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{module.name}"; '
            f'filename="{module.name}"\r\nContent-Type: {module.content_type}\r\n\r\n'
        ).encode()
        body += module.content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return Response(body, media_type=f"multipart/form-data; boundary={boundary}", headers=headers)


@service.delete(_SCRIPT, permission=_WRITE)
async def delete_script(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        removal.remove_worker(store, _script(call), force=call.query.get("force") == "true")
    await call.cloud.changed()
    return Reply(None)
