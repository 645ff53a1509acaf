"""`/accounts/{a}/workers/workers`: Workers apart from their code."""

from __future__ import annotations

from typing import Final

from localcloud.api.ids import timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_texts
from localcloud.api.store import ClashError, Document, Json
from localcloud.api.workers import errors, models, removal, views

service = Service("workers")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_SUBDOMAIN_KEYS: Final = ("enabled", "previews_enabled")


@service.post("/accounts/{account}/workers/workers", permission=_WRITE)
async def create(call: Call) -> Reply:
    body = call.json_object()
    store = call.cloud.store
    with store.transaction():
        worker = models.create_worker(store, call.account, _name(body))
        worker = _write(call, worker, body, replace=True)
    return Reply(views.beta_worker(store, worker))


@service.get("/accounts/{account}/workers/workers", permission=_READ)
async def list_all(call: Call) -> Reply:
    store = call.cloud.store
    workers = store.list(models.KIND, call.account)
    order = call.query.get("order_by", "created_on")
    key = {"deployed_on": "deployed_on", "updated_on": "updated_on", "name": "name"}.get(
        order, "created_on"
    )
    workers.sort(
        key=lambda worker: worker.body[key] or "", reverse=call.query.get("order") == "desc"
    )
    page = paginate(workers, call.query)
    return Reply([views.beta_worker(store, w) for w in page.items], result_info=page.info)


@service.get("/accounts/{account}/workers/workers/{worker}", permission=_READ)
async def read(call: Call) -> Reply:
    store = call.cloud.store
    return Reply(
        views.beta_worker(store, models.find_worker(store, call.account, call.path["worker"]))
    )


@service.put("/accounts/{account}/workers/workers/{worker}", permission=_WRITE)
async def replace(call: Call) -> Reply:
    return await _changed(call, replace=True)


@service.patch("/accounts/{account}/workers/workers/{worker}", permission=_WRITE)
async def edit(call: Call) -> Reply:
    return await _changed(call, replace=False)


async def _changed(call: Call, *, replace: bool) -> Reply:
    store = call.cloud.store
    body = call.json_object()
    with store.transaction():
        worker = models.find_worker(store, call.account, call.path["worker"])
        worker = _write(call, worker, body, replace=replace)
    await call.cloud.changed()
    return Reply(views.beta_worker(store, worker))


@service.delete("/accounts/{account}/workers/workers/{worker}", permission=_WRITE)
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        worker = models.find_worker(store, call.account, call.path["worker"])
        removal.remove_worker(store, worker, force=call.query.get("force") == "true")
    await call.cloud.changed()
    return Reply({})


def _name(body: Json) -> str:
    name = body.get("name")
    if not isinstance(name, str):
        raise errors.BAD_NAME()
    return name


def _write(call: Call, worker: Document, sent: Json, *, replace: bool) -> Document:
    """PUT sets what is not sent back to its default; PATCH leaves it."""
    current = worker.body
    base: Json = (
        {
            "logpush": False,
            "observability": models.OBSERVABILITY,
            "subdomain": {"enabled": False, "previews_enabled": False},
            "tags": [],
            "tail_consumers": [],
            "previews_base_config": None,
        }
        if replace
        else {}
    )
    body: Json = {**current, **base, "updated_on": timestamp()}
    if sent.get("name") is not None and sent["name"] != current["name"]:
        models.check_name(_name(sent))
        body["name"] = sent["name"]
    for key in ("logpush", "tags", "tail_consumers", "previews_base_config"):
        if sent.get(key) is not None:
            body[key] = sent[key]
    tags = as_texts(body["tags"])
    if tags is None:
        raise errors.BAD_PARAMETER(name="tags")
    body["tags"] = sorted(set(tags))
    if "observability" in sent:
        body["observability"] = models.with_defaults(
            body["observability"], sent["observability"], "observability"
        )
    body["subdomain"] = _subdomain(body["subdomain"], sent.get("subdomain"))
    try:
        updated = call.cloud.store.update(worker, body, body["name"])
    except ClashError as error:
        raise errors.NAME_TAKEN(name=body["name"]) from error
    if body["name"] != current["name"]:
        removal.follow_name(call.cloud.store, updated, current["name"])
    return updated


def _subdomain(current: Json, sent: object) -> Json:
    """Preview URLs follow `enabled` unless said otherwise."""
    if not isinstance(sent, dict):
        return current
    given: Json = {k: v for k, v in sent.items() if k in _SUBDOMAIN_KEYS and v is not None}  # pyright: ignore[reportUnknownVariableType]
    if "enabled" in given:
        given.setdefault("previews_enabled", given["enabled"])
    return {**current, **given}
