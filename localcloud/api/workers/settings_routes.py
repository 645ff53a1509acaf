"""Settings of a script: `settings` are the version's (a change is a new version), `script-settings` the Worker's."""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.api.multipart import read_parts
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json
from localcloud.api.workers import drafts, errors, models, views
from localcloud.api.workers.changing import deployed_latest, redeploy
from localcloud.api.workers.script_routes import served_version

service = Service("worker_settings")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_SCRIPT: Final = "/accounts/{account}/workers/scripts/{script}"
_VERSIONED: Final = ("bindings", "compatibility_date", "compatibility_flags", "usage_model")
_SETTINGS_KIND: Final = "workers_account_settings"


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.get(_SCRIPT + "/settings", permission=_READ)
async def get_settings(call: Call) -> Reply:
    worker = _script(call)
    return Reply(views.settings(call.cloud.store, worker, served_version(call, worker)))


@service.patch(_SCRIPT + "/settings", permission=_WRITE)
async def edit_settings(call: Call) -> Reply:
    store = call.cloud.store
    worker = _script(call)
    sent = _sent_settings(call)
    changes: Json = {
        key: sent[key]
        for key in (*_VERSIONED, *drafts.KEPT_AS_SENT, "migrations", "annotations")
        if key in sent
    }
    own = models.settings_of(sent)
    latest = models.latest_version(store, worker)
    if changes and latest is not None:
        latest = deployed_latest(call, worker, errors.SETTINGS_UNDEPLOYED)
    if changes and latest is not None:
        uploaded = await redeploy(
            call, worker, latest, changes, triggered_by="upload", settings=own
        )
        return Reply(views.settings(store, uploaded.worker, uploaded.version))
    with store.transaction():
        worker = store.update(worker, {**worker.body, **own})
    return Reply(views.settings(store, worker, served_version(call, worker)))


def _sent_settings(call: Call) -> Json:
    """Multipart with a part `settings`, or the same as JSON."""
    content_type = call.headers.get("content-type", "")
    if "multipart/" not in content_type:
        return call.json_object()
    for part in read_parts(call.content, content_type):
        if part.name == "settings":
            try:
                settings: Any = json.loads(part.content)
            except ValueError as error:
                raise errors.BAD_BODY(reason=f"the settings part is not JSON: {error}") from error
            return settings
    raise errors.BAD_BODY(reason="expected a part named settings")


@service.get(_SCRIPT + "/script-settings", permission=_READ)
async def get_script_settings(call: Call) -> Reply:
    return Reply(views.script_settings(_script(call)))


@service.patch(_SCRIPT + "/script-settings", permission=_WRITE)
async def edit_script_settings(call: Call) -> Reply:
    store = call.cloud.store
    own = models.settings_of(call.json_object())
    with store.transaction():
        worker = _script(call)
        worker = store.update(worker, {**worker.body, **own})
    return Reply(views.script_settings(worker))


@service.get("/accounts/{account}/workers/account-settings", permission=_READ)
async def get_account_settings(call: Call) -> Reply:
    document = call.cloud.store.get(_SETTINGS_KIND, call.account, "settings")
    return Reply(document.body if document else _ACCOUNT_DEFAULTS)


_ACCOUNT_DEFAULTS: Final[Json] = {"default_usage_model": "standard", "green_compute": False}


@service.put("/accounts/{account}/workers/account-settings", permission=_WRITE)
async def put_account_settings(call: Call) -> Reply:
    store = call.cloud.store
    sent = call.json_object()
    body = {key: sent.get(key, default) for key, default in _ACCOUNT_DEFAULTS.items()}
    with store.transaction():
        document = store.get(_SETTINGS_KIND, call.account, "settings")
        if document is None:
            store.insert(_SETTINGS_KIND, call.account, "settings", body)
        else:
            store.update(document, body)
    return Reply(body)
