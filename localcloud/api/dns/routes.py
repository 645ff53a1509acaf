"""`/zones/{z}/dns_records`. Permissions by Cloudflare's page of token permissions: DNS Read, DNS Write."""

from __future__ import annotations

from typing import Final

from starlette.responses import PlainTextResponse, Response

from localcloud.api.dns import errors, models, zone_file
from localcloud.api.dns.filters import chosen
from localcloud.api.errors import ApiError
from localcloud.api.multipart import read_parts
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_objects
from localcloud.api.store import Document, Json
from localcloud.api.zones.models import find_zone

service = Service("dns")
_READ: Final = "DNS Read"
_WRITE: Final = "DNS Write"
_ALL: Final = "/zones/{zone}/dns_records"
_ONE: Final = _ALL + "/{record}"


def _zone(call: Call) -> Document:
    return find_zone(call.cloud.store, call.zone)


def _records(call: Call) -> list[Json]:
    return [document.body for document in call.cloud.store.list(models.KIND, call.zone)]


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        return Reply(models.create(call.cloud.store, _zone(call), call.json_object()).body)


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    types = call.request.query_params.getlist("type")
    found = chosen(_records(call), call.query, types)
    return Reply.of_page(paginate(found, call.query, default=100, limit=5000))


@service.get(_ALL + "/export", permission=_READ)
async def export(call: Call) -> Response:
    """The zone as a BIND file."""
    return PlainTextResponse(zone_file.written(_zone(call), _records(call)))


@service.post(_ALL + "/import", permission=_WRITE)
async def import_(call: Call) -> Reply:
    """All records of a BIND file, or none. One that is there already is counted as parsed, not as added."""
    sent_parts = read_parts(call.content, call.headers.get("content-type", ""))
    parts = {part.name: part.content.decode("utf-8", "replace") for part in sent_parts}
    if not parts.get("file", "").strip():
        raise errors.INVALID(reason="the form's field file must have a BIND file")
    store, zone, added = call.cloud.store, _zone(call), 0
    proxied = parts.get("proxied") == "true"
    sent = zone_file.parsed(parts["file"], zone.body["name"], proxied=proxied)
    with store.transaction():
        for record in sent:
            try:
                models.create(store, zone, record)
            except ApiError as error:
                if error.details[0].code != errors.IDENTICAL.code:
                    raise
            else:
                added += 1
    return Reply({"recs_added": added, "total_records_parsed": len(sent)})


@service.post(_ALL + "/batch", permission=_WRITE)
async def batch(call: Call) -> Reply:
    """All or nothing, in the order deletes, patches, puts, posts."""
    sent = call.json_object()
    store, answer = call.cloud.store, Json()
    with store.transaction():
        zone = _zone(call)
        answer["deletes"] = [_deleted(call, zone, row) for row in _rows(sent, "deletes")]
        for key, whole in (("patches", False), ("puts", True)):
            answer[key] = [
                models.change(
                    store, zone, models.find(store, zone, str(row.get("id"))), row, whole=whole
                ).body
                for row in _rows(sent, key)
            ]
        answer["posts"] = [models.create(store, zone, row).body for row in _rows(sent, "posts")]
    return Reply(answer)


def _rows(sent: Json, key: str) -> list[Json]:
    rows = as_objects(sent.get(key) or [])
    if rows is None:
        raise errors.INVALID(reason=f"{key} must be a list of records")
    return rows


def _deleted(call: Call, zone: Document, row: Json) -> Json:
    found = models.find(call.cloud.store, zone, str(row.get("id")))
    call.cloud.store.delete(found)
    return found.body


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(models.find(call.cloud.store, _zone(call), call.path["record"]).body)


def _changed(call: Call, *, whole: bool) -> Reply:
    store = call.cloud.store
    with store.transaction():
        zone = _zone(call)
        found = models.find(store, zone, call.path["record"])
        return Reply(models.change(store, zone, found, call.json_object(), whole=whole).body)


@service.put(_ONE, permission=_WRITE)
async def replace(call: Call) -> Reply:
    return _changed(call, whole=True)


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    return _changed(call, whole=False)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(models.find(call.cloud.store, _zone(call), call.path["record"]))
    return Reply({"id": call.path["record"]})
